"""pass@k and pass^k: whether one of k trials passes, and whether all of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

from pytest_agenttasks.statistics.trials import Trials


@dataclass(frozen=True, slots=True)
class Passes:
    """Both, over tasks.

    Attributes:
        k: of how many trials.
        any_of: pass@k: how likely it is that at least one of k trials passes.
        all_of: pass^k: how likely it is that all of k trials pass.
        tasks: over how many tasks, those with k counted trials or more.
    """

    k: int
    any_of: float
    all_of: float
    tasks: int


def pass_at_k(trials: Trials, k: int) -> float:
    """How likely it is that at least one of k trials of a task passes, `1 - C(n-c, k) / C(n, k)`.

    The unbiased estimator for n counted trials of which c passed: of all ways to draw k of them, the share with a pass
    in it. `1 - (1 - c/n)^k` would be too low. Chen et al. 2021, "Evaluating Large Language Models Trained on Code",
    arXiv:2107.03374, equation 1.

    Raises:
        ValueError: k is below 1, or above the number of trials, for which there is no unbiased estimator.
    """
    _check(trials, k)
    return 1 - comb(trials.counted - trials.passed, k) / comb(trials.counted, k)


def pass_hat_k(trials: Trials, k: int) -> float:
    """How likely it is that all of k trials of a task pass, `C(c, k) / C(n, k)`.

    Unbiased likewise. Yao et al. 2024, "tau-bench", arXiv:2406.12045, section 3.

    Raises:
        ValueError: k is below 1, or above the number of trials.
    """
    _check(trials, k)
    return comb(trials.passed, k) / comb(trials.counted, k)


def passes(tasks: Sequence[Trials], k: int) -> Passes | None:
    """The means over those tasks that have k trials or more; None if no task has."""
    enough = [task for task in tasks if task.counted >= k]
    if not enough:
        return None
    return Passes(k, _mean(enough, k, pass_at_k), _mean(enough, k, pass_hat_k), len(enough))


def told_k(tasks: Sequence[Trials]) -> int:
    """The k that says most: the largest that at least half of the tasks have trials for; 0 if there are none.

    What nearly all tasks have is told for nearly all of them, and one task with many trials does not stand for all.
    """
    counts = sorted((task.counted for task in tasks), reverse=True)
    return counts[(len(counts) - 1) // 2] if counts else 0


def _mean(tasks: Sequence[Trials], k: int, of: Callable[[Trials, int], float]) -> float:
    return sum(of(task, k) for task in tasks) / len(tasks)


def _check(trials: Trials, k: int) -> None:
    if not 1 <= k <= trials.counted:
        raise ValueError(f"k = {k} of {trials.counted} trials")
