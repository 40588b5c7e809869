"""pass@k and pass^k: against all ways to draw k of n trials, and scipy's hypergeometric distribution."""

from __future__ import annotations

from itertools import combinations

import pytest
from scipy.stats import binom, hypergeom  # type: ignore[import-untyped]

from pytest_agenttasks.statistics import Trials, pass_at_k, pass_hat_k, passes, told_k

ALL = [(c, n, k) for n in range(1, 9) for c in range(n + 1) for k in range(1, n + 1)]


def test_they_are_the_shares_of_all_ways_to_draw() -> None:
    for c, n, k in ALL:
        draws = list(combinations([True] * c + [False] * (n - c), k))
        assert pass_at_k(Trials(c, n), k) == pytest.approx(sum(map(any, draws)) / len(draws))
        assert pass_hat_k(Trials(c, n), k) == pytest.approx(sum(map(all, draws)) / len(draws))


@pytest.mark.parametrize(("c", "n", "k"), [(3, 10, 5), (1, 200, 100), (40, 200, 10), (199, 200, 100), (0, 5, 5)])
def test_they_agree_with_scipy(c: int, n: int, k: int) -> None:
    drawn = hypergeom(n, c, k)
    assert pass_at_k(Trials(c, n), k) == pytest.approx(1 - drawn.pmf(0))
    assert pass_hat_k(Trials(c, n), k) == pytest.approx(drawn.pmf(k))


def test_they_are_unbiased() -> None:
    """Over all outcomes of n trials that pass with p, the mean is what k such trials come to."""
    n, k, p = 7, 3, 0.3
    chances = binom(n, p).pmf(range(n + 1))
    at = sum(chance * pass_at_k(Trials(c, n), k) for c, chance in enumerate(chances))
    hat = sum(chance * pass_hat_k(Trials(c, n), k) for c, chance in enumerate(chances))
    assert (at, hat) == (pytest.approx(1 - (1 - p) ** k, abs=1e-12), pytest.approx(p**k, abs=1e-12))


def test_with_one_trial_both_are_the_rate() -> None:
    assert pass_at_k(Trials(2, 5), 1) == pass_hat_k(Trials(2, 5), 1) == 0.4


def test_huge_numbers_of_trials_are_no_trouble() -> None:
    assert pass_at_k(Trials(1, 20_000), 10_000) == pytest.approx(0.5)


@pytest.mark.parametrize("k", [0, -1, 6])
def test_more_trials_than_there_are_have_no_estimate(k: int) -> None:
    with pytest.raises(ValueError, match="of 5 trials"):
        pass_at_k(Trials(2, 5), k)
    with pytest.raises(ValueError, match="of 5 trials"):
        pass_hat_k(Trials(2, 5), k)


def test_the_mean_is_over_tasks_with_enough_trials() -> None:
    found = passes([Trials(1, 2), Trials(2, 2), Trials(1, 1)], 2)
    assert found is not None
    assert (found.any_of, found.all_of, found.tasks) == (1.0, 0.5, 2)
    assert passes([Trials(1, 1)], 2) is None
    assert passes([], 1) is None


def test_the_k_that_is_told_is_there_for_half_of_the_tasks() -> None:
    assert told_k([Trials(0, n) for n in (5, 5, 5, 4)]) == 5
    assert told_k([Trials(0, n) for n in (9, 1, 1)]) == 1
    assert told_k([Trials(0, n) for n in (5, 3)]) == 5
    assert told_k([]) == 0


@pytest.mark.parametrize(("passed", "counted"), [(0, 0), (2, 1), (-1, 3)])
def test_there_are_no_such_trials(passed: int, counted: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        Trials(passed, counted)
