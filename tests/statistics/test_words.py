"""What a comparison says in words."""

from __future__ import annotations

import pytest

from pytest_agenttasks.statistics import Comparison, Interval, Rate, p_value, verdict


def comparison(difference: float, low: float, high: float, p: float, tasks: int = 10) -> Comparison:
    rate = Rate(0.5, Interval(0.1, 0.9), 5, 10, tasks, 10)
    return Comparison(rate, rate, difference, Interval(low, high), p, 1, 1)


WORDS = {
    "A is better by 12 points (3 to 21)": comparison(0.12, 0.03, 0.21, 0.01),
    "B is better by 12 points (3 to 21)": comparison(-0.12, -0.21, -0.03, 0.01),
    "A is better by 80 points (20 to 95) in this one task": comparison(0.8, 0.2, 0.95, 0.008, tasks=1),
    "A is better by 1 point (0.4 to 2)": comparison(0.012, 0.004, 0.02, 0.01),
    "not enough trials to tell: the difference lies between -8 and +20 points": comparison(0.06, -0.08, 0.2, 0.4),
    "not enough trials to tell: the difference lies between 0 and +20 points": comparison(0.1, 0.0, 0.2, 0.06),
    "equal within 5 points: the difference lies between -3 and +4 points": comparison(0.01, -0.03, 0.04, 0.8),
    "not enough tasks to tell: 67 points apart, but chance alone does that 25 times in 100": comparison(
        0.67, 0.07, 1.0, 0.25, tasks=3
    ),
}


@pytest.mark.parametrize("words", WORDS)
def test_a_verdict(words: str) -> None:
    assert verdict(WORDS[words], "A", "B") == words


@pytest.mark.parametrize(
    ("p", "text"), [(1.0, "p = 1.00"), (0.25, "p = 0.25"), (0.0312, "p = 0.031"), (0.0004, "p < 0.001")]
)
def test_p(p: float, text: str) -> None:
    assert p_value(p) == text
