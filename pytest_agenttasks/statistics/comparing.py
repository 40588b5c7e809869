"""Which results are compared with which: models within a run, and runs with each other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from pytest_agenttasks.statistics.counting import Cell, Counts
from pytest_agenttasks.statistics.paired import Comparison, Pairs, compared
from pytest_agenttasks.statistics.quantiles import CONFIDENCE
from pytest_agenttasks.statistics.trials import Trials
from pytest_agenttasks.statistics.words import verdict


@dataclass(frozen=True, slots=True)
class Compared:
    """Two models or two runs over the tasks that both have counted trials of.

    Attributes:
        first: names it.
        second: likewise.
        comparison: of their rates.
        alone: whether only trials that the model asked for did alone are in it; else all that were judged.
        unpaired: tasks that are left out, since only one of both has counted trials of them.
        together: how many comparisons are told at once; the intervals are so much wider (`confidence_of`).
    """

    first: str
    second: str
    comparison: Comparison
    alone: bool
    unpaired: int
    together: int

    @property
    def verdict(self) -> str:
        """In words."""
        return verdict(self.comparison, self.first, self.second)


def confidence_of(together: int) -> float:
    """For each of several comparisons that are told at once, so that all of them hold at 95 %: Bonferroni.

    Of ten pairs of equal models one in twenty each would look different by chance. Dunn 1961, J. Am. Stat. Assoc. 56,
    52-64.
    """
    return 1 - (1 - CONFIDENCE) / max(together, 1)


def contenders(found: Counts) -> dict[tuple[str, str], str]:
    """Models with agents as they are named beside each other: by what differs.

    In the order in which a run was to compare them; others, of runs taken together, after them by name.
    """
    places: dict[tuple[str, str], float] = {}
    for cell in found.cells:
        one = cell.model, cell.agent
        places[one] = min(places.get(one, math.inf), cell.place or math.inf)
    known = sorted(places, key=lambda one: (places[one], one))
    models, agents = {model for model, _ in known}, {agent for _, agent in known}
    if len(agents) == 1:
        return {one: one[0] for one in known}
    return {one: one[1] if len(models) == 1 else " · ".join(one) for one in known}


def compared_models(found: Counts) -> list[Compared]:
    """Each two models or agents of a run that have tasks in common; those told apart first."""
    names = contenders(found)
    sides = {one: _by_key([cell for cell in found.cells if (cell.model, cell.agent) == one]) for one in names}
    pairs = [(a, b) for a, b in combinations(names, 2) if _pairs(sides[a], sides[b], alone=True)]
    told = [_compared((names[a], sides[a]), (names[b], sides[b]), len(pairs)) for a, b in pairs]
    return sorted((one for one in told if one), key=lambda one: not one.comparison.told_apart)


def compared_runs(labelled: Sequence[tuple[str, Counts]]) -> list[Compared]:
    """Each run but the first against the first.

    Tasks are matched by file and name, so that two presets or two agents can be compared; by preset and agent, too,
    where one of the runs has a task on several.
    """
    several = any(found.compares for _, found in labelled)
    sides = [(label, _by_key(found.cells, several=several)) for label, found in labelled]
    told = [_compared(side, sides[0], len(sides) - 1) for side in sides[1:]]
    return [one for one in told if one]


Side = tuple[str, dict[Hashable, Cell]]
"""What is compared: its name, and its tasks."""


def _by_key(cells: Iterable[Cell], *, several: bool = False) -> dict[Hashable, Cell]:
    return {(cell.task, cell.model, cell.agent) if several else cell.task: cell for cell in cells}


def _compared(first: Side, second: Side, together: int) -> Compared | None:
    both = [(first[1][key], second[1][key]) for key in first[1] if key in second[1]]
    alone = any(one.model != other.model for one, other in both)
    pairs = _pairs(first[1], second[1], alone=alone)
    found = compared(pairs, confidence_of(together))
    unpaired = len(_counted(first[1], alone=alone)) + len(_counted(second[1], alone=alone)) - 2 * len(pairs)
    return Compared(first[0], second[0], found, alone, unpaired, together) if found else None


def _pairs(first: dict[Hashable, Cell], second: dict[Hashable, Cell], *, alone: bool) -> Pairs:
    one, other = _counted(first, alone=alone), _counted(second, alone=alone)
    return [(one[key], other[key]) for key in one if key in other]


def _counted(cells: dict[Hashable, Cell], *, alone: bool) -> dict[Hashable, Trials]:
    found = {key: cell.own if alone else cell.judged for key, cell in cells.items()}
    return {key: trials for key, trials in found.items() if trials}
