"""Comparisons in pairs: against published examples of Newcombe's interval, and tests of scipy."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact, permutation_test  # type: ignore[import-untyped]

from pytest_agenttasks.statistics import Pairs, Trials, compared, fisher, sign_flips

YES, NO = Trials(1, 1), Trials(0, 1)


def table(both: int, first: int, second: int, neither: int) -> Pairs:
    """Tasks that both, only the first, only the second, or neither passed, once each."""
    return [(YES, YES)] * both + [(YES, NO)] * first + [(NO, YES)] * second + [(NO, NO)] * neither


PUBLISHED = {
    # Newcombe 1998, Statistics in Medicine 17, 2635-2650, table II, method 10.
    (36, 12, 2, 0): (0.0569, 0.3404),
    # Bentur et al. 2009 and Cavo et al. 2012, as in Fagerland, Lydersen & Laake 2017, Statistical Analysis of
    # Contingency Tables, chapter 8, and in the tests of their R package contingencytables.
    (1, 1, 7, 12): (-0.5069, -0.0256),
    (59, 6, 16, 80): (-0.1186, -0.0046),
}
"""Fourfold table → limits of the difference at 95 %."""


@pytest.mark.parametrize("counts", PUBLISHED)
def test_with_one_trial_each_it_is_newcombes_interval(counts: tuple[int, int, int, int]) -> None:
    found = compared(table(*counts))
    assert found is not None
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == PUBLISHED[counts]
    assert (found.tasks, found.better, found.worse) == (sum(counts), counts[1], counts[2])


@pytest.mark.parametrize("counts", [*PUBLISHED, (0, 5, 0, 3), (4, 1, 1, 4), (2, 0, 0, 2)])
def test_with_one_trial_each_p_is_mcnemars_exact_one(counts: tuple[int, int, int, int]) -> None:
    found = compared(table(*counts))
    assert found is not None
    discordant = counts[1] + counts[2]
    assert found.p == pytest.approx(binomtest(counts[1], discordant).pvalue if discordant else 1.0)


def test_with_several_trials_p_is_that_of_all_sign_flips() -> None:
    chance = random.Random(3)
    for trials in (2, 3, 5):
        differences = [Fraction(chance.randint(-trials, trials), trials) for _ in range(9)]
        theirs = permutation_test(
            (np.array([float(one) for one in differences]),), lambda x, axis: np.round(np.sum(x, axis=axis), 9),
            permutation_type="samples", n_resamples=np.inf, vectorized=True,
        )  # fmt: skip
        assert sign_flips(differences) == pytest.approx(theirs.pvalue)


def test_odd_numbers_of_trials_and_many_tasks_are_no_trouble() -> None:
    chance = random.Random(4)
    pairs = [(Trials(chance.randint(0, n), n), Trials(chance.randint(0, m), m))
             for n, m in ((chance.randint(1, 97), chance.randint(1, 97)) for _ in range(200))]  # fmt: skip
    found = compared(pairs)
    assert found is not None
    assert 0 < found.p <= 1


def test_of_one_task_p_is_fishers_exact_one() -> None:
    for a, n, b, m in ((5, 5, 0, 5), (4, 5, 1, 5), (3, 7, 2, 9), (0, 3, 0, 4)):
        expected = fisher_exact([[a, n - a], [b, m - b]]).pvalue
        assert fisher(Trials(a, n), Trials(b, m)) == pytest.approx(expected)
    found = compared([(Trials(5, 5), Trials(0, 5))])
    assert found is not None
    assert found.p == pytest.approx(2 / 252)


def test_nothing_in_common_is_no_comparison() -> None:
    assert compared([]) is None


def test_the_other_way_round_it_is_the_same() -> None:
    pairs = [(Trials(c, 5), Trials(d, 4)) for c, d in ((5, 1), (2, 3), (0, 0), (4, 4), (3, 1), (5, 0))]
    one, other = compared(pairs), compared([(b, a) for a, b in pairs])
    assert one is not None
    assert other is not None
    assert (one.difference, one.p, one.better) == (-other.difference, other.p, other.worse)
    assert [one.interval.low, one.interval.high] == pytest.approx([-other.interval.high, -other.interval.low])


def test_common_difficulty_makes_the_interval_narrower() -> None:
    """What pairs are for: both fail the hard tasks, so that the difference is known better than both rates are."""
    same = [(Trials(5 * (n % 2), 5), Trials(5 * (n % 2), 5)) for n in range(20)]
    crossed = [(one, same[n - 1][1]) for n, (one, _) in enumerate(same)]
    paired, unpaired = compared(same), compared(crossed)
    assert paired is not None
    assert unpaired is not None
    assert paired.interval.high - paired.interval.low < (unpaired.interval.high - unpaired.interval.low) / 3


@pytest.mark.parametrize(
    ("pairs", "apart"),
    [
        (table(0, 5, 0, 0), False),  # p = 0.0625: five of five by chance are no rarity
        (table(0, 6, 0, 0), True),
        ([(Trials(5, 5), Trials(0, 5))] * 2, False),  # many trials, and two tasks only
        ([(Trials(5, 5), Trials(0, 5))], True),  # of this task
        (table(10, 0, 0, 10), False),
        ([(Trials(4, 5), Trials(2, 5))] * 10, True),
    ],
)
def test_what_is_told_apart_needs_both_interval_and_p(pairs: Pairs, apart: bool) -> None:
    found = compared(pairs)
    assert found is not None
    assert found.told_apart is apart


@pytest.mark.parametrize(("tasks", "trials", "shift"), [(8, 1, 0.0), (12, 4, 0.2), (41, 1, 0.2)])
def test_the_interval_holds_the_true_difference_as_often_as_it_says(tasks: int, trials: int, shift: float) -> None:
    """Tasks of random difficulty; equal models are told apart in no more than one of twenty samples."""
    chance, held, apart = random.Random(1), 0, 0
    for _ in range(300):
        pairs = []
        for _ in range(tasks):
            rate = chance.betavariate(2, 2) * (1 - shift)
            passed = [sum(chance.random() < p for _ in range(trials)) for p in (rate + shift, rate)]
            pairs.append((Trials(passed[0], trials), Trials(passed[1], trials)))
        found = compared(pairs)
        assert found is not None
        held += found.interval.low <= shift <= found.interval.high
        apart += found.told_apart
    assert held >= 0.93 * 300
    assert shift or apart <= 0.07 * 300
