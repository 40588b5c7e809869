"""Rates with intervals: against scipy, Newcombe's published table, and many samples of tasks of known difficulty."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binomtest, norm, t  # type: ignore[import-untyped]

from pytest_agenttasks.statistics import Trials, rate_of, t_of, wilson, z_of

NEWCOMBE = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}
"""Passed and trials → limits of 95 %: Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3."""


@pytest.mark.parametrize(("passed", "trials"), NEWCOMBE)
def test_wilson_is_as_published(passed: int, trials: int) -> None:
    found = wilson(passed / trials, trials)
    assert (round(found.low, 4), round(found.high, 4)) == NEWCOMBE[passed, trials]


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.995])
def test_wilson_agrees_with_scipy(confidence: float) -> None:
    for trials in (1, 2, 5, 41, 1000):
        for passed in {0, 1, trials // 2, trials - 1, trials}:
            theirs = binomtest(passed, trials).proportion_ci(confidence, method="wilson")
            ours = wilson(passed / trials, trials, confidence)
            assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high])


def test_of_no_trials_nothing_is_known() -> None:
    assert (wilson(0.0, 0).low, wilson(0.0, 0).high) == (0.0, 1.0)
    assert rate_of([]) is None


def test_quantiles_agree_with_scipy() -> None:
    for confidence in (0.5, 0.95, 0.99, 0.9983):
        assert z_of(confidence) == pytest.approx(norm.ppf(0.5 + confidence / 2))
        for freedom in (1, 2, 3, 4, 9, 40, 999):
            assert t_of(confidence, freedom) == pytest.approx(t.ppf(0.5 + confidence / 2, freedom), rel=1e-9)


@pytest.mark.parametrize("passed", [0, 1, 5, 9, 10])
def test_with_one_trial_each_it_is_wilsons_over_tasks(passed: int) -> None:
    found = rate_of([Trials(int(n < passed), 1) for n in range(10)])
    assert found is not None
    assert (found.worth, found.interval) == (10, wilson(passed / 10, 10))


def test_of_one_task_it_is_wilsons_over_its_trials() -> None:
    found = rate_of([Trials(3, 5)])
    assert found is not None
    assert (found.value, found.worth, found.interval) == (0.6, 5, wilson(0.6, 5))


def test_trials_of_the_same_task_are_worth_less_than_as_many_tasks() -> None:
    """Ten tasks, five trials each: all or nothing is worth ten; where all tasks are alike, fifty."""
    all_or_nothing = rate_of([Trials(5 * (n % 2), 5) for n in range(10)])
    alike = rate_of([Trials(2, 5)] * 10)
    hard_and_easy = rate_of([Trials(1 + 3 * (n % 2), 5) for n in range(10)])
    assert all_or_nothing is not None
    assert alike is not None
    assert hard_and_easy is not None
    assert (all_or_nothing.worth, alike.worth) == (10, 50)
    assert 10 < hard_and_easy.worth < 50
    passed = rate_of([Trials(5, 5)] * 10)
    assert passed is not None
    assert passed.interval == wilson(1.0, 10), "passes without a failure tell nothing of how tasks differ"


def test_the_worth_is_that_of_the_clustered_standard_error() -> None:
    """Miller 2024: the variance of the mean over clusters; here with the correction for few of them."""
    tasks = [Trials(c, 10) for c in (2, 4, 5, 6, 7, 3, 5, 8)]
    rates = [task.rate for task in tasks]
    mean = sum(rates) / 8
    squared_error = sum((rate - mean) ** 2 for rate in rates) / 7 / 8
    found = rate_of(tasks)
    assert found is not None
    assert found.worth == pytest.approx(mean * (1 - mean) / squared_error * (norm.ppf(0.975) / t.ppf(0.975, 7)) ** 2)


def test_each_task_counts_the_same() -> None:
    found = rate_of([Trials(1, 1), Trials(0, 9)])
    assert found is not None
    assert (found.value, found.passed, found.counted, found.tasks) == (0.5, 1, 10, 2)


@pytest.mark.parametrize(("tasks", "trials", "a", "b"), [(6, 5, 2.0, 2.0), (12, 10, 0.5, 0.5), (12, 3, 4.0, 1.0)])
def test_the_interval_holds_the_true_rate_as_often_as_it_says(tasks: int, trials: int, a: float, b: float) -> None:
    """Tasks of random difficulty; that of trials taken for independent would hold it in 55 to 92 % of samples."""
    chance, held = random.Random(1), 0
    for _ in range(600):
        rates = [chance.betavariate(a, b) for _ in range(tasks)]
        found = rate_of([Trials(sum(chance.random() < rate for _ in range(trials)), trials) for rate in rates])
        assert found is not None
        held += found.interval.low <= a / (a + b) <= found.interval.high
    assert held >= 0.93 * 600
