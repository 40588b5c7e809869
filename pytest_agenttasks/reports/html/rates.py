"""Rates of a column: their table with intervals drawn, remarks, and tasks by models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_agenttasks.reports.rates import RateTable, groups_of, matrix, rate_line, rate_table, remarks
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import Rate, counts


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rate and its interval in per cent of the width."""

    low: float
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class RatesView:
    """What the template needs.

    Attributes:
        line: the rate of all tasks, where there is no table; empty where none was judged.
        table: of all that has a rate of its own; None where that is all tasks only.
        drawn: for each of its rows.
        remarks: below it.
        matrix: tasks by models; None where no task was done on several.
    """

    line: str = ""
    table: RateTable | None = None
    drawn: list[Drawn | None] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    matrix: RateTable | None = None


def rates_view(results: Sequence[TaskResult]) -> RatesView:
    """Rates of these results. A page has room for categories and models where each task was done once, too."""
    found = counts(results)
    groups = groups_of(found)
    if not found.all.rate:
        return RatesView()
    if not found.several and len(groups) == 1:
        return RatesView(rate_line(found))
    return RatesView(
        table=rate_table(found),
        drawn=[_drawn(group.rate) for group in groups],
        remarks=remarks(found),
        matrix=matrix(found) if found.compares else None,
    )


def _drawn(rate: Rate | None) -> Drawn | None:
    if rate is None:
        return None
    return Drawn(*(round(100 * share, 2) for share in (rate.interval.low, rate.value, rate.interval.high)))
