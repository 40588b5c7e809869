"""The same tasks on several models, or by several agents: a table tasks by models that stays readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.rates import grid, of_contenders
from pytest_agenttasks.reports.rows import number, percent
from pytest_agenttasks.statistics import Cell, Counts, Group, LeftOut, contenders

LETTERS = {
    LeftOut.ERROR: "E", LeftOut.QUOTA: "Q", LeftOut.MIXED: "M", LeftOut.OTHER: "O", LeftOut.NOBODY: "N",
}  # fmt: skip
"""What stands behind the numbers for trials that are in no rate of the model."""

NOT_RUN = "–"

MOST_ROWS = 40
"""Tasks that are listed at most."""

MOST_KINDS = 5
"""Ways in which tasks came out alike that are told."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The table.

    Attributes:
        names: of the columns: models, agents, or both, whatever differs.
        rows: a task's file and name → its cells: `passed`, or of several trials `4/5 1E`.
        rates: the last row, over all tasks: `17/20 85 % 3E`. Each task counts the same in a share.
        left_out: why trials are in no rate.
    """

    names: tuple[str, ...]
    rows: dict[tuple[str, str], tuple[str, ...]]
    rates: tuple[str, ...]
    left_out: frozenset[LeftOut]

    def shortened(self) -> tuple[dict[tuple[str, str], tuple[str, ...]], list[str]]:
        """The rows to show, and lines that say what is not shown and what letters mean.

        All rows, unless there are more than `MOST_ROWS`: then those that differ.
        """
        if len(self.rows) <= MOST_ROWS:
            return self.rows, self._legend()
        differing = {task: row for task, row in self.rows.items() if len(set(row)) > 1}
        shown = dict(list(differing.items())[:MOST_ROWS])
        hidden = len(differing) - len(shown)
        alike = [row[0] for task, row in self.rows.items() if task not in differing]
        notes = [f"… {hidden} more that differ"] if hidden else []
        notes += [f"… {number(len(alike), 'task')} came out the same on all: {_counted(alike)}"] if alike else []
        return shown, [*notes, *self._legend()]

    def _legend(self) -> list[str]:
        told = ", ".join(f"{letter} {why}" for why, letter in LETTERS.items() if why in self.left_out)
        return [f"in no rate: {told}"] if told else []


def side_by_side(found: Counts) -> SideBySide | None:
    """The table; None where no task was done on several models or by several agents."""
    if not found.compares:
        return None
    rows = {task: tuple(map(_cell, cells)) for task, cells in grid(found).items()}
    groups = of_contenders(found).values()
    why = frozenset(why for group in groups for why in group.left_out)
    return SideBySide(tuple(contenders(found).values()), rows, tuple(map(_rate, groups)), why)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return NOT_RUN
    first, *more = cell.results
    if not more and not first.trial:
        why = next(iter(cell.group.left_out), None)
        return f"{first.outcome} {LETTERS[why]}" if why and why.value != first.outcome.value else first.outcome.value
    own = [f"{cell.own.passed}/{cell.own.counted}"] if cell.own else []
    return " ".join([*own, *_behind(cell.group)])


def _rate(group: Group) -> str:
    rate = group.rate
    own = [f"{rate.passed}/{rate.counted} {percent(rate.value)} %"] if rate else []
    return " ".join([*own, *_behind(group)])


def _behind(group: Group) -> list[str]:
    return [f"{group.left_out[why]}{letter}" for why, letter in LETTERS.items() if group.left_out[why]]


def _counted(cells: Sequence[str]) -> str:
    counts = Counter(cells).most_common()
    more = ", …" if len(counts) > MOST_KINDS else ""
    return ", ".join(f"{count} {cell}" for cell, count in counts[:MOST_KINDS]) + more
