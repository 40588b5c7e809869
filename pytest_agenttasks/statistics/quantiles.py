"""How many standard errors an interval reaches to each side."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
"""Of all intervals, where nothing else is said."""


@cache
def z_of(confidence: float = CONFIDENCE) -> float:
    """The quantile of the normal distribution for a two-sided interval: 1.959964 for 95 %."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


@cache
def t_of(confidence: float, freedom: int) -> float:
    """The quantile of Student's t distribution for a two-sided interval: 2.262157 for 95 % and 9 degrees of freedom.

    By halving the interval of angles in which it must be.

    Args:
        confidence: above 0, below 1.
        freedom: degrees of freedom, at least 1.
    """
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return sqrt(freedom) * sin(high) / cos(high)


def _within(angle: float, freedom: int) -> float:
    """How likely |t| is at most `sqrt(freedom) * tan(angle)`: Abramowitz & Stegun 26.7.3 and 26.7.4."""
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for i in range(2 + odd, freedom, 2):
        term *= cos(angle) ** 2 * (i - 1) / i
        total += term
    return (angle + sin(angle) * total) * 2 / pi if odd else sin(angle) * total
