"""Markdown: the summary of a run, for `$GITHUB_STEP_SUMMARY`, and reports over runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_agenttasks.reports.by_model import model_tables
from pytest_agenttasks.reports.by_trial import trial_lines
from pytest_agenttasks.reports.collected import Column, Entry, Report, Status
from pytest_agenttasks.reports.compared import Line, compared, summed, told
from pytest_agenttasks.reports.groups import tally
from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.properties import printable
from pytest_agenttasks.reports.rates import column_lines, rate_line, rate_table, remarks
from pytest_agenttasks.reports.rows import HEADINGS, Row, duration, money, number, rows, totals
from pytest_agenttasks.reports.side_by_side import side_by_side
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.statistics import Counts, counts

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
    remarked = notes(column)
    missing = [entry for entry in column.entries if entry.status is Status.MISSING]
    all_ = tally("all", column.entries)
    lines = [*(f"> {line}" for line in _lines(remarked)), ""] if remarked else []
    lines += [*_lines([all_.told]), ""]
    lines += ["### Missing", "", *(_absent(entry) for entry in missing), ""] if missing else []
    return [*lines, *(_results(column.results) if column.results else [])]


def _absent(entry: Entry) -> str:
    return f"- **{entry.status}** {_escaped(entry.asked)}: {_escaped(entry.reason)}"


def _compared(report: Report) -> list[str]:
    lines = compared(report)
    cells = [(line.change, f"{line.name}{_differs(line.differs)}", *_cells(line)) for line in lines]
    headings = ("change", "task", *(_escaped(column.label) for column in report.columns))
    return [
        *_lines([summed(lines, [column.label for column in report.columns]), *column_lines(report)]),
        "",
        *_table(headings, cells),
    ]


def _differs(names: Sequence[str]) -> str:
    return f" (not the same: {', '.join(names)})" if names else ""


def _cells(line: Line) -> list[str]:
    return [_cell(*cell) if len(cell) == 1 else told(cell, alone=line.alone) for cell in line.cells]


def _cell(entry: Entry) -> str:
    result = entry.result
    if result is None:
        return entry.status
    tokens = result.prompt_tokens + result.completion_tokens
    mixed = ["mixed"] if entry.mixed else []
    work = [*mixed, number(result.calls, "call"), f"{tokens:,} tokens", money(result), duration(result.seconds)]
    return f"{entry.status}: {', '.join(work)}"


def _results(results: list[TaskResult]) -> list[str]:
    tasks = rows(results)
    reasons = [_reason(row) for row in tasks if row.result.outcome is not Outcome.PASSED]
    found = counts(results)
    line = [rate_line(found)] if found.all.rate and not found.several else []
    lines = [*_lines([*totals(results), *line]), ""]
    lines += ["### Not passed", "", *reasons, ""] if reasons else []
    lines += _rates(found) if found.several and found.all.rate else []
    for table in model_tables(results):
        named = ((id_, *row) for id_, row in zip(table.ids, table.rows, strict=True))
        lines += [*_table(table.headings, named), ""]
    moved = moves(results)
    lines += [*_lines(moved), ""] if moved else []
    return [*lines, *_table(HEADINGS, [row.cells for row in tasks])]


def _rates(found: Counts) -> list[str]:
    table = rate_table(found)
    rates = ["### Rates", "", *_table(table.headings, table.rows), "", *_lines(remarks(found)), ""]
    return [*rates, *_side_by_side(found), *_trials(found)]


def _side_by_side(found: Counts) -> list[str]:
    table = side_by_side(found)
    if table is None:
        return []
    shown, notes = table.shortened()
    rows = [("::".join(task), *row) for task, row in shown.items()]
    cells = _table(("task", *map(_escaped, table.names)), [*rows, ("all", *table.rates)])
    return ["### Side by side", "", *cells, "", *([*_lines(notes), ""] if notes else [])]


def _trials(found: Counts) -> list[str]:
    """What came of the trials of each task, unless a table beside others has them."""
    lines = [] if found.compares else trial_lines(found)
    return ["### Trials", "", *_lines(lines), ""] if lines else []


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
