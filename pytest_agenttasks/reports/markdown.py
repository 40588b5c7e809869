"""The Markdown summary of a run, for `$GITHUB_STEP_SUMMARY`."""

from __future__ import annotations

from pytest_agenttasks.reports.properties import printable
from pytest_agenttasks.reports.rows import HEADINGS, Row, rows, totals
from pytest_agenttasks.results import Outcome, TaskResult

LIMIT = 1_000_000
"""Bytes; GitHub refuses a step's summary above 1 MiB."""


def markdown(results: list[TaskResult], title: str) -> str:
    """A table with those that did not pass first, and why they did not; cut to what GitHub takes."""
    table = rows(results)
    head = [f"## {title}", "", *(f"{_escaped(line)}  " for line in totals(results)), ""]
    head += ["| " + " | ".join(HEADINGS) + " |", "|" + " --- |" * len(HEADINGS)]
    reasons = [_reason(row) for row in table if row.result.outcome is not Outcome.PASSED]
    lines = [*head, *("| " + " | ".join(_escaped(cell) for cell in row.cells) + " |" for row in table)]
    lines += ["", "### Not passed", "", *reasons] if reasons else []
    return _cut(printable("\n".join(lines) + "\n"))


def _reason(row: Row) -> str:
    return f"- **{row.result.outcome}** {_escaped(row.cells[1])}: {_escaped(row.result.reason)}"


def _escaped(text: str) -> str:
    for character in "\\|<>*_`[]&~#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.splitlines())


def _cut(text: str) -> str:
    data = text.encode()
    if len(data) <= LIMIT:
        return text
    kept = data[:LIMIT].decode("utf-8", "ignore").rpartition("\n")[0]
    return f"{kept}\n\n… the rest was left out: a summary may have 1 MiB.\n"
