"""A success rate and the interval in which the true one lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from pytest_agenttasks.statistics.quantiles import CONFIDENCE, t_of, z_of
from pytest_agenttasks.statistics.trials import Trials


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of the work is done.

    Attributes:
        value: the mean of the tasks' shares of passed trials, so that each task counts the same.
        interval: where the true one lies, at the confidence asked for.
        passed: trials, over all tasks.
        counted: likewise.
        tasks: that have counted trials.
        worth: as how many independent trials the interval counts them; between tasks and trials.
    """

    value: float
    interval: Interval
    passed: int
    counted: int
    tasks: int
    worth: float


def wilson(rate: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval for a share.

    `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`, with z = 1.96 for 95 %. It never leaves 0 to 1, and 0 or n
    passes of n have an interval that is not empty. Wilson 1927, J. Am. Stat. Assoc. 22, 209-212; Newcombe 1998,
    Statistics in Medicine 17, 857-872, method 3.

    Args:
        rate: the share p.
        trials: n, which need not be whole; with 0 nothing is known, and the interval is everything.
        confidence: of the interval.
    """
    if trials <= 0:
        return Interval(0.0, 1.0)
    z = z_of(confidence)
    around, shrink = z * z / trials, 1 + z * z / trials
    middle = (rate + around / 2) / shrink
    half = z * sqrt(rate * (1 - rate) / trials + around / trials / 4) / shrink
    return Interval(max(middle - half, 0.0) if rate > 0 else 0.0, min(middle + half, 1.0) if rate < 1 else 1.0)


def rate_of(tasks: Sequence[Trials], confidence: float = CONFIDENCE) -> Rate | None:
    """The rate over some tasks; None where there are none.

    Trials of one task are not independent of each other: a hard task fails again. So five trials of each of ten tasks
    are not worth fifty trials. The interval is Wilson's for `worth` trials (see `_worth`), which is the usual one
    where each task has one trial, and where there is one task; of one task the interval says nothing about others.

    Args:
        tasks: each of them once.
        confidence: of the interval.
    """
    if not tasks:
        return None
    value = sum(task.rate for task in tasks) / len(tasks)
    counted = sum(task.counted for task in tasks)
    worth = _worth(tasks, value, counted, confidence)
    passed = sum(task.passed for task in tasks)
    return Rate(value, wilson(value, worth, confidence), passed, counted, len(tasks), worth)


def _worth(tasks: Sequence[Trials], value: float, counted: int, confidence: float) -> float:
    """As how many independent trials they count: the effective sample size of a sample in clusters.

    `p(1-p)` over the variance of the mean of the tasks' rates, which is the square of the clustered standard error
    (Miller 2024, "Adding Error Bars to Evals", arXiv:2411.00640, section 2.2); corrected by (z/t)² since few
    tasks tell little of that variance (Korn & Graubard 1998, Survey Methodology 24, 193-201). Never fewer than there
    are tasks, each of which is independent of the others, nor more than there are trials.
    """
    count = len(tasks)
    if count in (1, counted):
        return counted
    if value in (0.0, 1.0):
        return count
    variance = sum((task.rate - value) ** 2 for task in tasks) / (count - 1) / count
    if not variance:
        return counted
    few = (z_of(confidence) / t_of(confidence, count - 1)) ** 2
    return min(max(value * (1 - value) / variance * few, count), counted)
