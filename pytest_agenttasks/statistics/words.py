"""What a comparison says, in words: which one is better, or that there are not enough trials to tell."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from pytest_agenttasks.statistics.paired import Comparison

NO_MATTER = 0.05
"""A difference that matters to nobody: where all of the interval is nearer to 0, both are told to be equal."""


FINEST_SHARE = 10**6
"""The largest denominator of a share: what a float is off by less than that is an error of computing."""


def verdict(comparison: Comparison, first: str, second: str) -> str:
    """One of four: which one is better and by how much, that both are equal, or what is missing to tell.

    `A is better by 12 points (3 to 21)` · `equal within 5 points: the difference lies between -1 and +2 points` ·
    `not enough trials to tell: the difference lies between -8 and +20 points` · `not enough tasks to tell: …`.
    Differences are of the first minus the second, in points of 100.
    """
    low, high = comparison.interval.low, comparison.interval.high
    if comparison.told_apart:
        return _better(comparison, first, second)
    lies = f"the difference lies between {_signed(low)} and {_signed(high)} points"
    if low >= -NO_MATTER and high <= NO_MATTER:
        return f"equal within {round(100 * NO_MATTER)} points: {lies}"
    if comparison.tasks < comparison.least_tasks:
        over = f"over {comparison.tasks} tasks no number of trials can"
        return f"not enough tasks to tell: {over}; it takes {comparison.least_tasks}"
    if low <= 0 <= high:
        return f"not enough trials to tell: {lies}"
    apart = f"{_sized(comparison.difference)} apart"
    return f"not enough tasks to tell: {apart}, but chance alone does that {_often(comparison.p)}"


def percent_of(share: float) -> int:
    """Of 100, rounded half up: 31 of 40 is 78, whichever way the share was computed."""
    return floor(100 * Fraction(share).limit_denominator(FINEST_SHARE) + Fraction(1, 2))


def p_value(p: float) -> str:
    """`p = 0.031`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _better(comparison: Comparison, first: str, second: str) -> str:
    ends = sorted((abs(comparison.interval.low), abs(comparison.interval.high)))
    name = first if comparison.difference > 0 else second
    size = f"{_sized(comparison.difference)} ({_points(ends[0])} to {_points(ends[1])})"
    where = " in this one task" if comparison.tasks == 1 else ""
    return f"{name} is better by {size}{where}"


def _sized(difference: float) -> str:
    points = _points(abs(difference))
    return f"{points} point" if points == "1" else f"{points} points"


def _points(share: float) -> str:
    """Of 100; below 1 with a digit more, so that it is not told as 0."""
    return str(percent_of(share)) if share >= 0.0095 or share < 0.0005 else f"{100 * share:.1f}"


def _signed(share: float) -> str:
    text = _points(abs(share))
    return text if text == "0" else f"{'-' if share < 0 else '+'}{text}"


def _often(p: float) -> str:
    return f"{percent_of(p)} times in 100"
