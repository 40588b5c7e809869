"""The same tasks on several presets of one run: a table tasks by models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.by_trial import JUDGED, by_trial, task_name
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Outcome, TaskResult

LETTERS = {"E": "error", "Q": "quota", "M": "not answered by the model asked for alone"}
"""What stands behind a number of trials, and is not in it."""

NOT_RUN = "–"

MOST_ROWS = 40
"""Tasks that are listed at most."""

MOST_KINDS = 5
"""Ways in which tasks came out alike that are told."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one preset made of one task, or of all.

    Attributes:
        passed: trials that passed.
        counted: trials that were judged, and that the model asked for answered alone.
        left_out: letter → trials that are in neither number.
        single: the one result, where the task is not repeated.
    """

    passed: int = 0
    counted: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    single: Outcome | None = None

    def __str__(self) -> str:
        if self.single is not None:
            return " ".join([self.single, *("M" for letter, _ in self.left_out if letter == "M")])
        behind = [f"{count}{letter}" for letter, count in self.left_out]
        counted = [f"{self.passed}/{self.counted}"] if self.counted else []
        return " ".join([*counted, *behind]) or NOT_RUN

    @property
    def summed(self) -> str:
        """With its share: `45/50 90 %`."""
        share = [f"{self.passed}/{self.counted} {100 * self.passed // self.counted} %"] if self.counted else []
        return " ".join([*share, *(f"{count}{letter}" for letter, count in self.left_out)]) or NOT_RUN


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The table.

    Attributes:
        presets: of its columns, in the order in which they were given.
        rows: name of a task → its cells.
        all: cells over all tasks.
    """

    presets: tuple[str, ...]
    rows: dict[str, tuple[Cell, ...]]
    all: tuple[Cell, ...]

    @property
    def differing(self) -> dict[str, tuple[Cell, ...]]:
        """The rows in which the presets came out differently."""
        return {name: row for name, row in self.rows.items() if len({str(cell) for cell in row}) > 1}

    def shortened(self) -> tuple[dict[str, tuple[Cell, ...]], list[str]]:
        """The rows to show, and lines that say what is not shown and what letters mean.

        All rows, unless there are more than `MOST_ROWS`: then those that differ.
        """
        legend = self._legend()
        if len(self.rows) <= MOST_ROWS:
            return self.rows, legend
        differing = self.differing
        shown = dict(list(differing.items())[:MOST_ROWS])
        hidden = len(differing) - len(shown)
        alike = [str(row[0]) for name, row in self.rows.items() if name not in differing]
        notes = [f"… {hidden} more that differ"] if hidden else []
        notes += [f"… {number(len(alike), 'task')} came out the same on all: {_counted(alike)}"] if alike else []
        return shown, [*notes, *legend]

    def _legend(self) -> list[str]:
        there = {letter for cell in self.all for letter, _ in cell.left_out}
        told = ", ".join(f"{letter} {word}" for letter, word in LETTERS.items() if letter in there)
        return [f"in no rate: {told}"] if told else []


def side_by_side(results: Sequence[TaskResult]) -> SideBySide | None:
    """The table of a run in which the same tasks ran on several presets; None of another run."""
    asked = [result for result in results if result.requested]
    names = list(dict.fromkeys(task_name(result) for result in asked))
    cells = {(one.name, one.preset): one.results for one in by_trial(asked)}
    if len(cells) == len(names):
        return None
    presets = tuple(dict.fromkeys(result.requested for result in asked))
    rows = {name: tuple(_cell(cells.get((name, preset), ())) for preset in presets) for name in names}
    totals = tuple(_cell([one for one in asked if one.requested == preset], alone=False) for preset in presets)
    return SideBySide(presets, rows, totals)


def is_own(result: TaskResult) -> bool:
    """Whether the model asked for answered, and no other one did."""
    return result.purity != "mixed" and result.own


def letter_of(result: TaskResult) -> str:
    """Why a trial is in no number of its model; empty where it is."""
    if result.outcome not in JUDGED:
        return "E" if result.outcome is Outcome.ERROR else "Q"
    return "" if is_own(result) else "M"


def _cell(results: Sequence[TaskResult], *, alone: bool = True) -> Cell:
    letters = [letter_of(result) for result in results]
    passed = sum(not letter and one.outcome is Outcome.PASSED for letter, one in zip(letters, results, strict=True))
    left_out = tuple((letter, letters.count(letter)) for letter in LETTERS if letter in letters)
    single = results[0].outcome if alone and len(results) == 1 and not results[0].trial else None
    return Cell(passed, letters.count(""), left_out, single)


def _counted(cells: Sequence[str]) -> str:
    counts = Counter(cells).most_common()
    more = ", …" if len(counts) > MOST_KINDS else ""
    return ", ".join(f"{count} {cell}" for cell, count in counts[:MOST_KINDS]) + more
