"""Two models, or two runs, on the same tasks: by how much one is better, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, lcm, log2, sqrt

from pytest_agenttasks.statistics.quantiles import CONFIDENCE
from pytest_agenttasks.statistics.rate import Interval, Rate, rate_of
from pytest_agenttasks.statistics.trials import Trials

FINEST = 1000
"""Parts of 1 to which differences of tasks' rates are rounded for the test, where no smaller number does it exactly."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first against the second, over the tasks that both have counted trials of.

    Attributes:
        first: its rate over these tasks.
        second: likewise.
        difference: first minus second; above 0 the first is better.
        interval: where the true difference lies.
        p: how likely a difference of this size or more is if both are equal.
        better: tasks in which the first passed more often.
        worse: tasks in which the second did.
        confidence: of the interval; p is small if it is at most 1 minus that.
    """

    first: Rate
    second: Rate
    difference: float
    interval: Interval
    p: float
    better: int
    worse: int
    confidence: float = CONFIDENCE

    @property
    def tasks(self) -> int:
        """How many it is over."""
        return self.first.tasks

    @property
    def told_apart(self) -> bool:
        """Whether it can be said which one is better: the interval is on one side of 0, and chance is unlikely."""
        return not self.interval.low <= 0 <= self.interval.high and self.p <= 1 - self.confidence

    @property
    def least_tasks(self) -> int:
        """Over fewer tasks p is above 1 minus the confidence, whatever came of them and in however many trials.

        All differ in the same direction in 2 of 2^m ways to give m differences a sign. A single task is tested on its
        trials, so that of those it takes enough.
        """
        return 1 if self.tasks == 1 else ceil(log2(2 / (1 - self.confidence)))


Pairs = Sequence[tuple[Trials, Trials]]
"""Of each task: the trials of the first, and those of the second."""


def compared(pairs: Pairs, confidence: float = CONFIDENCE) -> Comparison | None:
    """Compare them task by task; None where they have no task in common."""
    first = rate_of([one for one, _ in pairs], confidence)
    second = rate_of([other for _, other in pairs], confidence)
    if first is None or second is None:
        return None
    interval = _interval(first, second, _correlation(pairs, first, second))
    p = fisher(*pairs[0]) if len(pairs) == 1 else sign_flips(_difference(*pair) for pair in pairs)
    return Comparison(
        first,
        second,
        first.value - second.value,
        interval,
        p,
        sum(_difference(*pair) > 0 for pair in pairs),
        sum(_difference(*pair) < 0 for pair in pairs),
        confidence,
    )


def _interval(first: Rate, second: Rate, correlation: float) -> Interval:
    """Newcombe's hybrid score interval for a difference of paired shares, square and add.

    `δ - √(a² - 2φab + b²)` with the distances a of the first rate to its lower limit and b of the second one to its
    upper limit, and likewise above. Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10. It needs of
    both rates only limits that are right and their correlation (Zou & Donner 2008, Statistics in Medicine 27,
    1693-1702), so it holds for several trials of a task with the limits of `rate_of`.
    """
    delta = first.value - second.value
    down = _added(first.value - first.interval.low, second.interval.high - second.value, correlation)
    up = _added(first.interval.high - first.value, second.value - second.interval.low, correlation)
    return Interval(max(delta - down, -1.0), min(delta + up, 1.0))


def _added(one: float, other: float, correlation: float) -> float:
    return sqrt(max(one * one - 2 * correlation * one * other + other * other, 0.0))


def _correlation(pairs: Pairs, first: Rate, second: Rate) -> float:
    """Of the tasks' rates; with one trial each this is φ of the fourfold table.

    Where it is positive, Newcombe's correction for continuity makes it smaller: by half a pair. 0 where it cannot be
    known, since one of both is the same in all tasks.
    """
    count = len(pairs)
    together = sum((one.rate - first.value) * (other.rate - second.value) for one, other in pairs) / count
    alone = sum((one.rate - first.value) ** 2 for one, _ in pairs) / count
    other_alone = sum((other.rate - second.value) ** 2 for _, other in pairs) / count
    if alone * other_alone == 0:
        return 0.0
    half = 1 / (2 * min(first.counted, second.counted))
    return (max(together - half, 0.0) if together > 0 else together) / sqrt(alone * other_alone)


def _difference(one: Trials, other: Trials) -> Fraction:
    return Fraction(one.passed, one.counted) - Fraction(other.passed, other.counted)


def sign_flips(differences: Iterable[Fraction]) -> float:
    """How likely the differences of the tasks add up to so much, to either side, if each might as well be reversed.

    Fisher's randomisation test for pairs, exact: over all ways to give each difference a sign. If each is 1, 0 or -1
    (one trial each), it is McNemar's exact test, the binomial one on the tasks in which they differ. Fisher 1935, The
    Design of Experiments, section 21; McNemar 1947, Psychometrika 12, 153-157. Assumes that tasks are independent.
    """
    sizes = _whole([one for one in differences if one])
    kept = [1.0]  # place: sum of the differences that are kept positive; value: how likely it is
    for size in map(abs, sizes):
        none = [0.0] * size
        kept = [(one + other) / 2 for one, other in zip(kept + none, none + kept, strict=True)]
    every, seen = len(kept) - 1, abs(sum(sizes))
    return min(sum(chance for place, chance in enumerate(kept) if abs(2 * place - every) >= seen), 1.0)


def _whole(differences: Sequence[Fraction]) -> list[int]:
    parts = min(lcm(*(one.denominator for one in differences)), FINEST)
    return [round(one * parts) for one in differences]


def fisher(one: Trials, other: Trials) -> float:
    """How likely the passes of one task are spread so unevenly over two that are equal: Fisher's exact test.

    Two-sided: of all fourfold tables with these sums, those that are no likelier. Fisher 1935, J. R. Stat. Soc. 98,
    39-82. It says nothing about other tasks.
    """
    passed, count = one.passed + other.passed, one.counted + other.counted

    def ways(of_one: int) -> int:
        return comb(one.counted, of_one) * comb(other.counted, passed - of_one)

    possible = range(max(0, passed - other.counted), min(passed, one.counted) + 1)
    as_rare = sum(ways(of_one) for of_one in possible if ways(of_one) <= ways(one.passed))
    return float(Fraction(as_rare, comb(count, passed)))
