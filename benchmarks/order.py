"""How near to the best possible end the order of start comes: simulated workers, dealt to by the real xdist.

`python -m benchmarks.order` prints this one alone; it takes seconds.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.dealing import Dealing, Worker
from benchmarks.plan import Plan
from benchmarks.table import Row, table
from pytest_agenttasks.schedule import Deal, Entry, as_listed, dealt, estimated, longest_first

WORKERS = 5
SEEDS = 200
SECONDS = 60.0
"""Median length of a task."""


class Simulation:
    """One run of items of these lengths in this order; `end` is when the last one ended."""

    def __init__(self, lengths: Sequence[float], chunk: int | None) -> None:
        self.end = 0.0
        self._lengths, self._count = lengths, itertools.count()
        self._events: list[tuple[float, int, Worker, int]] = []
        dealing = Dealing(len(lengths), WORKERS, chunk, self._begin)
        dealing.start()
        done = 0
        while self._events:
            self.end, _, worker, index = heapq.heappop(self._events)
            dealing.ended(worker, index, lengths[index])
            done += 1
        assert done == len(lengths)

    def _begin(self, worker: Worker, index: int) -> None:
        heapq.heappush(self._events, (self.end + self._lengths[index], next(self._count), worker, index))


@dataclass(frozen=True, slots=True)
class Load:
    """The tasks of a run.

    Attributes:
        tasks: how many.
        spread: sigma of the lognormal distribution of their lengths; at 1.0 one in twenty takes more than five times
            the median.
        noise: sigma of how much longer or shorter a task takes than it is expected to.
        unknown: share of tasks that nobody knows the length of.
        priorities: how many different ones.
    """

    tasks: int = 47
    spread: float = 1.0
    noise: float = 0.0
    unknown: float = 0.0
    priorities: int = 1

    def made(self, seed: int) -> tuple[list[float], list[Entry]]:
        """Real lengths in seconds, and what the order is made from."""
        luck = random.Random(seed)
        lengths = [SECONDS * luck.lognormvariate(0, self.spread) for _ in range(self.tasks)]
        return lengths, [self._entry(length, luck) for length in lengths]

    def _entry(self, length: float, luck: random.Random) -> Entry:
        known = luck.random() >= self.unknown
        seconds = length * luck.lognormvariate(0, self.noise) if known else None
        return Entry(luck.randrange(self.priorities), seconds, f"c{luck.randrange(3)}", luck.randrange(4))


LOADS = {
    "usual": (Load(), "47 tasks of lognormal lengths", 1.02),
    "guessed": (Load(noise=0.3), "the same, expected 30 % wrong", 1.05),
    "unknown": (Load(unknown=0.3), "3 in 10 of unknown length", None),
    "priorities": (Load(priorities=3), "of three priorities", None),
    "few": (Load(tasks=12), "12 tasks", None),
    "narrow": (Load(tasks=20, spread=0.5), "20 tasks of similar lengths", None),
    "equal": (Load(tasks=50, spread=0.0), "50 tasks of equal length", 1.0),
}
"""Name → tasks, the same in words, and the ratio that the median must reach."""


def rows(plan: Plan) -> Iterator[Row]:
    """Two ratios for each load, over many seeds."""
    seeds = range(SEEDS // 4 if plan.quick else SEEDS)
    for name, (load, what, target) in LOADS.items():
        found = [_ratios(*load.made(seed)) for seed in seeds]
        for quantity, share, limit in (("median", 0.5, target), ("p95", 0.95, None)):
            ours, *others = (_quantile([one[order] for one in found], share) for order in ORDERS)
            beside = dict(zip(tuple(ORDERS)[1:], others, strict=True))
            yield Row(f"order.{name}.{quantity}", f"end / lower bound, {what}", ours, "×", limit, beside=beside)


def _ours(lengths: Sequence[float], tasks: Sequence[Entry]) -> float:
    known = estimated(tasks)
    return _end(lengths, known, longest_first(known, WORKERS))


def _one_by_one(lengths: Sequence[float], tasks: Sequence[Entry]) -> float:
    """Longest first, if workers took the next task only when they are free: xdist has no such way."""
    free = [0.0] * WORKERS
    for index in longest_first(estimated(tasks), 0):
        heapq.heapreplace(free, free[0] + lengths[index])
    return max(free)


def _file_order(lengths: Sequence[float], tasks: Sequence[Entry]) -> float:
    unknown = [replace(task, seconds=None) for task in tasks]
    return _end(lengths, unknown, as_listed(unknown))


def _plain_xdist(lengths: Sequence[float], tasks: Sequence[Entry]) -> float:
    return Simulation([lengths[index] for index in as_listed(tasks)], None).end


ORDERS: dict[str, Callable[[Sequence[float], Sequence[Entry]], float]] = {
    "ours": _ours,
    "one-by-one": _one_by_one,
    "file": _file_order,
    "xdist": _plain_xdist,
}
"""Name → seconds until the last task has ended."""


def _end(lengths: Sequence[float], tasks: Sequence[Entry], order: Sequence[int]) -> float:
    listed = dealt([tasks[index] for index in order], range(len(tasks)), Deal(WORKERS, len(tasks)))
    return Simulation([lengths[order[index]] for index in listed], 1).end


def _ratios(lengths: Sequence[float], tasks: Sequence[Entry]) -> dict[str, float]:
    bound = max(*lengths, sum(lengths) / WORKERS)
    return {name: end(lengths, tasks) / bound for name, end in ORDERS.items()}


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    print(table(list(rows(Plan()))))
