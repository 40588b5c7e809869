"""In which order tasks start, so that workers end together and similar tasks follow each other. No pytest in here.

xdist deals (`LoadScheduling.schedule` of pytest-xdist 3): every worker gets two items at the beginning, and from then
on the next of the list whenever it has ended one; so it always holds the one at hand and one that waits behind it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

ABOUT_EQUAL = 2**0.25
"""Tasks whose expected lengths differ by less than this factor may change places, so that similar ones start together:
earlier runs tell no better how long a task will take. Up to here the end of the run comes no later; with a factor of
2 it comes 4 % later where tasks are few (20 for 5 workers, in `python -m benchmarks.order`)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A task, as far as the order is concerned.

    Attributes:
        priority: its rank: 0 starts first.
        seconds: how long it is expected to take; None: nobody knows.
        category: tasks of the same one are expected to take about as long as each other.
        likeness: equal for similar tasks.
        trial: which of several trials of a task it is; 0 where there is one.
    """

    priority: int
    seconds: float | None = None
    category: str | None = None
    likeness: Hashable = None
    trial: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """What comes first: in a priority the first trials of all tasks, so that a run cut short has some of each."""
        return self.priority, max(self.trial, 1)


@dataclass(frozen=True, slots=True)
class Deal:
    """How the items of a run come to its workers.

    Attributes:
        workers: below 2, or where xdist deals in another way (`--dist`): one after the other, as listed.
        items: of the whole run, those that are no tasks included.
    """

    workers: int
    items: int

    def before(self, place: int) -> int | None:
        """The place that a worker begins with, where this one is dealt to wait behind it; else None."""
        if self.items < 2 * self.workers:
            return place - self.workers if place >= self.workers else None
        return place - 1 if place < 2 * self.workers and place % 2 else None


def as_listed(tasks: Sequence[Entry]) -> list[int]:
    """Order of start, as indices: by priority, among equals as listed."""
    return sorted(range(len(tasks)), key=lambda index: tasks[index].priority)


def alike_together(tasks: Sequence[Entry]) -> list[int]:
    """Order of start for one process: by rank, among equals as listed, similar ones after the first of them."""
    first = _first_alike(tasks)
    return sorted(range(len(tasks)), key=lambda i: (tasks[i].rank, first[i]))


def longest_first(tasks: Sequence[Entry], workers: int) -> list[int]:
    """Order of start for several workers: by rank, among equals the longest first, similar ones together.

    Where a lower rank begins, as many of its shortest come after its first ones: they will wait behind these.
    """
    first = _first_alike(tasks)
    order = sorted(
        range(len(tasks)), key=lambda i: (tasks[i].rank, -_size(_length(tasks[i])), first[i], -_length(tasks[i]))
    )
    equal = [list(several) for _, several in groupby(order, key=lambda i: tasks[i].rank)]
    return [i for n, several in enumerate(equal) for i in (_short_behind(several, tasks, workers) if n else several)]


def estimated(tasks: Sequence[Entry]) -> list[Entry]:
    """The tasks with the unknown lengths filled in: the median of the category, else of all; of none, None stays."""
    known: dict[str | None, list[float]] = {}
    for task in tasks:
        if task.seconds is not None:
            known.setdefault(task.category, []).append(task.seconds)
    if not known:
        return list(tasks)
    usual = statistics.median(seconds for several in known.values() for seconds in several)
    medians = {category: statistics.median(several) for category, several in known.items()}
    return [
        replace(task, seconds=medians.get(task.category, usual)) if task.seconds is None else task for task in tasks
    ]


def dealt(tasks: Sequence[Entry], places: Sequence[int], deal: Deal) -> list[int]:
    """Which task to list at each place, so that they start in the order in which they are given.

    What waits behind the first ones from the beginning on are the shortest tasks, of the highest rank that is
    left: the shorter ones behind the longer ones. With a long one behind a long one, a worker would end last.

    Args:
        tasks: in the order of start.
        places: those of the tasks in the list of all items, ascending.
        deal: how that list is dealt.

    Returns:
        an index of `tasks` for each place.
    """
    ours = set(places)
    waiting = {place: before for place in places if (before := deal.before(place)) in ours}
    # Other tests are short: who waits behind one of them begins.
    begin = [place for place in places if place < 2 * deal.workers and place not in waiting]
    at = {place: index for index, place in enumerate(begin)}
    rest = range(len(begin), len(tasks))
    short = set(sorted(rest, key=lambda i: (tasks[i].rank, _length(tasks[i])))[: len(waiting)])
    soonest = sorted(waiting, key=lambda place: _length(tasks[at[waiting[place]]]))
    at.update(zip(soonest, (i for i in rest if i in short), strict=True))
    later = [place for place in places if place not in at]
    at.update(zip(later, (i for i in rest if i not in short), strict=True))
    return [at[place] for place in places]


def _first_alike(tasks: Sequence[Entry]) -> list[int]:
    """For every task, where the first similar one of the same rank is listed."""
    found: dict[Hashable, int] = {}
    return [found.setdefault((task.rank, task.likeness), index) for index, task in enumerate(tasks)]


def _short_behind(order: list[int], tasks: Sequence[Entry], workers: int) -> list[int]:
    by_length = sorted(order[workers:], key=lambda i: _length(tasks[i]))
    short = dict.fromkeys(by_length[:workers])
    return [*order[:workers], *short, *(i for i in order[workers:] if i not in short)]


def _length(task: Entry) -> float:
    return task.seconds or 0.0


def _size(seconds: float) -> int:
    """The same number for lengths that are about equal."""
    return math.floor(math.log(seconds, ABOUT_EQUAL)) if seconds > 0 else -(1 << 30)
