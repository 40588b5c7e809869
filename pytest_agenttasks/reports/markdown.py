"""Markdown: the summary of a run, for `$GITHUB_STEP_SUMMARY`, and reports over runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_agenttasks.reports.by_model import model_tables
from pytest_agenttasks.reports.by_trial import flaky_lines, trial_lines
from pytest_agenttasks.reports.collected import Column, Entry, Report, Status
from pytest_agenttasks.reports.compared import compared, summed
from pytest_agenttasks.reports.groups import counted, tally
from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.properties import printable
from pytest_agenttasks.reports.rows import HEADINGS, Row, duration, money, number, rows, totals
from pytest_agenttasks.reports.side_by_side import side_by_side
from pytest_agenttasks.results import Outcome, TaskResult

LIMIT = 1_000_000
"""Bytes; GitHub refuses a step's summary above 1 MiB."""


def markdown(results: list[TaskResult], title: str) -> str:
    """What did not pass and why, tables of models and tasks; cut to what GitHub takes."""
    return _cut([f"## {title}", "", *_results(results)])


def report_markdown(report: Report) -> str:
    """The same of whole runs, what is missing first; runs that are compared begin with what changed between them."""
    several = len(report.columns) > 1
    lines = [f"## Agent tasks: {' and '.join(_escaped(column.label) for column in report.columns)}", ""]
    lines += _compared(report) if several else []
    for column in report.columns:
        lines += ["", f"## {_escaped(column.label)}", ""] if several else []
        lines += _column(column)
    return _cut(lines)


def _column(column: Column) -> list[str]:
    told = notes(column)
    missing = [entry for entry in column.entries if entry.status is Status.MISSING]
    all_ = tally("all", column.entries)
    lines = [*(f"> {line}" for line in _lines(told)), ""] if told else []
    lines += [*_lines([f"{counted(all_.counts)}; passed of judged: {all_.rate}"]), ""]
    lines += ["### Missing", "", *(_absent(entry) for entry in missing), ""] if missing else []
    return [*lines, *(_results(column.results) if column.results else [])]


def _absent(entry: Entry) -> str:
    return f"- **{entry.status}** {_escaped(entry.name)}: {_escaped(entry.reason)}"


def _compared(report: Report) -> list[str]:
    told = compared(report)
    cells = [
        (line.change, f"{line.name}{_differs(line.differs)}", *(_cell(entry) for entry in line.entries))
        for line in told
    ]
    headings = ("change", "task", *(_escaped(column.label) for column in report.columns))
    return [*_lines([summed(told)]), "", *_table(headings, cells)]


def _differs(names: Sequence[str]) -> str:
    return f" (not the same: {', '.join(names)})" if names else ""


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return "–"
    result = entry.result
    if result is None:
        return entry.status
    tokens = result.prompt_tokens + result.completion_tokens
    mixed = ["mixed"] if entry.mixed else []
    told = [*mixed, number(result.calls, "call"), f"{tokens:,} tokens", money(result), duration(result.seconds)]
    return f"{entry.status}: {', '.join(told)}"


def _results(results: list[TaskResult]) -> list[str]:
    tasks = rows(results)
    reasons = [_reason(row) for row in tasks if row.result.outcome is not Outcome.PASSED]
    lines = [*_lines(totals(results)), ""]
    lines += ["### Not passed", "", *reasons, ""] if reasons else []
    for table in model_tables(results):
        named = ((id_, *row) for id_, row in zip(table.ids, table.rows, strict=True))
        lines += [*_table(table.headings, named), ""]
    lines += _several(results)
    told = moves(results)
    lines += [*_lines(told), ""] if told else []
    return [*lines, *_table(HEADINGS, [row.cells for row in tasks])]


def _several(results: list[TaskResult]) -> list[str]:
    """Tasks by presets, and what came of the trials of each task, where there are several."""
    table = side_by_side(results)
    told = [*([] if table else trial_lines(results)), *flaky_lines(results)]
    lines: list[str] = []
    if table:
        shown, notes = table.shortened()
        cells = [(name, *map(str, row)) for name, row in shown.items()]
        rates = ("all", *(cell.summed for cell in table.all))
        lines += ["### Presets side by side", "", *_table(("task", *map(_escaped, table.presets)), [*cells, rates]), ""]
        lines += [*_lines(notes), ""] if notes else []
    return [*lines, "### Trials", "", *_lines(told), ""] if told else lines


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


def _cut(lines: list[str]) -> str:
    text = printable("\n".join(lines) + "\n")
    data = text.encode()
    if len(data) <= LIMIT:
        return text
    kept = data[:LIMIT].decode("utf-8", "ignore").rpartition("\n")[0]
    return f"{kept}\n\n… the rest was left out: a summary may have 1 MiB.\n"
