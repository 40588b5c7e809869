"""What a comparison says in words."""

from __future__ import annotations

import pytest

from pytest_agenttasks.statistics import Comparison, Interval, Rate, Trials, compared, p_value, percent_of, verdict


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
    "not enough tasks to tell: 18 points apart, but chance alone does that 7 times in 100": comparison(
        0.18, 0.01, 0.4, 0.07
    ),
    "not enough tasks to tell: over 3 tasks no number of trials can; it takes 6": comparison(
        0.67, 0.07, 1.0, 0.25, tasks=3
    ),
    "not enough tasks to tell: over 5 tasks no number of trials can; it takes 6": comparison(
        0.67, -0.07, 1.0, 0.1, tasks=5
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


@pytest.mark.parametrize(("confidence", "least"), [(0.95, 6), (1 - 0.05 / 3, 7), (1 - 0.05 / 4, 8)])
def test_the_least_number_of_tasks_is_that_of_the_test(confidence: float, least: int) -> None:
    """However many trials each has, and though all differ in the same direction as far as they can."""
    found = [compared([(Trials(50, 50), Trials(0, 50))] * tasks, confidence) for tasks in (least - 1, least)]
    assert [one.least_tasks for one in found if one] == [least, least]
    assert [one.told_apart for one in found if one] == [False, True]


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (31 / 40, 78),
        (sum([0.7, 0.8, 0.8, 0.8]) / 4, 78),
        (0.285, 29),
        (0.5 / 100, 1),
        (0.625, 63),
        (1.0, 100),
        (0.0, 0),
    ],
)
def test_halves_are_rounded_up_however_they_were_computed(share: float, percent: int) -> None:
    assert percent_of(share) == percent
