"""A report as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_agenttasks.reports.collected import Column, Report, Status
from pytest_agenttasks.reports.compared import compared, summed
from pytest_agenttasks.reports.groups import tally
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.properties import printable
from pytest_agenttasks.reports.rates import column_lines, rates_lines, wrapped
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.reports.terminal import summary
from pytest_agenttasks.reports.texts import visible
from pytest_agenttasks.statistics import counts

MOST_MISSING = 50
"""Tasks without a result that are listed."""


def report_text(report: Report, width: int) -> str:
    """What the summary at the end of a run tells, and what is missing; or what changed between runs.

    Args:
        report: what it tells.
        width: columns of the terminal.
    """
    lines = _compared(report, width) if len(report.columns) > 1 else _merged(report.columns[0], width)
    return "".join(f"{printable(visible(line))}\n" for line in lines)


def _merged(column: Column, width: int) -> Iterator[str]:
    yield from _notes(column)
    missing = [entry for entry in column.entries if entry.status is Status.MISSING]
    yield from (f"{entry.status}  {entry.asked}: {entry.reason}" for entry in missing[:MOST_MISSING])
    yield from [f"… {len(missing) - MOST_MISSING} more without a result"] if len(missing) > MOST_MISSING else []
    folders = ", ".join(source.folder for source in column.sources if source.folder)
    if column.results:
        # Of several trials or models the summary tells more.
        yield from () if counts(column.results).several else rates_lines(column.results, width)
        yield from summary(column.results, width, folders)
    else:
        yield f"{number(len(column.entries), 'task')}, none with a result: {folders}"


def _compared(report: Report, width: int) -> Iterator[str]:
    told = compared(report)
    for column in report.columns:
        yield from _notes(column)
        all_ = tally(column.label, column.entries)
        yield f"{column.label}: {all_.told}"
    changed = [line for line in told if line.change not in ("same", "only")]
    size = max((len(line.change) for line in changed), default=0)
    for line in changed:
        differs = f" (not the same: {', '.join(line.differs)})" if line.differs else ""
        yield f"{line.change:{size}}  {line.name}: {' → '.join(line.told)}{differs}"
    yield summed(told, [column.label for column in report.columns])
    yield from wrapped(column_lines(report), width)


def _notes(column: Column) -> list[str]:
    return [f"! {line}" for line in notes(column)]
