"""The Markdown summary of a run, for `$GITHUB_STEP_SUMMARY`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_agenttasks.reports.by_model import model_tables
from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.reports.properties import printable
from pytest_agenttasks.reports.rows import HEADINGS, Row, rows, totals
from pytest_agenttasks.results import Outcome, TaskResult

LIMIT = 1_000_000
"""Bytes; GitHub refuses a step's summary above 1 MiB."""


def markdown(results: list[TaskResult], title: str) -> str:
    """Tables of tasks and models, those that did not pass first, and why not; cut to what GitHub takes."""
    tasks = rows(results)
    reasons = [_reason(row) for row in tasks if row.result.outcome is not Outcome.PASSED]
    lines = [f"## {title}", "", *_lines(totals(results)), ""]
    lines += _table(HEADINGS, [row.cells for row in tasks])
    for table in model_tables(results):
        lines += ["", *_table(table.headings, ((id_, *row) for id_, row in zip(table.ids, table.rows, strict=True)))]
    told = moves(results)
    lines += ["", *_lines(told)] if told else []
    lines += ["", "### Not passed", "", *reasons] if reasons else []
    return _cut(printable("\n".join(lines) + "\n"))


def _table(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> list[str]:
    head = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    return head + ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in cells]


def _lines(remarks: Iterable[str]) -> list[str]:
    """Lines that stay lines: two spaces at the end."""
    return [f"{_escaped(remark)}  " for remark in remarks]


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
