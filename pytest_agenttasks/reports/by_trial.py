"""Trials of the same task told together: how many passed, and what is in no count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Outcome, TaskResult

JUDGED = (Outcome.PASSED, Outcome.FAILED)
"""Outcomes that say something of the agent's work: what a number of trials is counted over."""

MOST_NUMBERS = 5
"""Trials that a line names by their numbers."""

MOST_TASKS = 50
"""Tasks that are told one by one."""

MOST_FLAKY = 10
"""Flaky tasks that are named."""


@dataclass(slots=True)
class Trials:
    """The trials of one task on one preset.

    Attributes:
        name: the task's, with its file.
        preset: empty where no model is asked.
        results: of the trials; one where the task is not repeated.
    """

    name: str
    preset: str
    results: list[TaskResult] = field(default_factory=list)

    @property
    def repeated(self) -> bool:
        """Whether these are numbered trials."""
        return any(result.trial for result in self.results)

    @property
    def judged(self) -> list[TaskResult]:
        """Those whose agent ran and was judged by the checks."""
        return [result for result in self.results if result.outcome in JUDGED]

    @property
    def passed(self) -> int:
        """How many of these passed."""
        return _passed(self.results)

    @property
    def flaky(self) -> bool:
        """Whether the same task passed at times, and at times failed."""
        return self.repeated and 0 < self.passed < len(self.judged)

    @property
    def rank(self) -> int:
        """What needs a person first: differing trials, then trials that were not judged, then failures."""
        untold = len(self.results) - len(self.judged)
        return 0 if self.flaky else 1 if untold else 2 if not self.passed else 3

    def told(self) -> str:
        """`greet: 4 of 5 passed; failed: trial 3`."""
        judged = len(self.judged)
        parts = [f"{self.passed} of {judged} passed" if judged else "no trial was judged"]
        if self.flaky:
            parts.append(f"failed: {_numbers(one for one in self.results if one.outcome is Outcome.FAILED)}")
        for outcome in (Outcome.ERROR, Outcome.QUOTA):
            some = [one for one in self.results if one.outcome is outcome]
            parts += [f"not counted, {outcome}: {_numbers(some)}"] if some else []
        parts += [f"{count} {word}" for word, count in marks(self.results).items()]
        return f"{self.name}: {'; '.join(parts)}"


def by_trial(results: Iterable[TaskResult]) -> list[Trials]:
    """The results by task and preset, in the order of first ones."""
    found: dict[tuple[str, str], Trials] = {}
    for result in results:
        name = task_name(result)
        found.setdefault((name, result.requested), Trials(name, result.requested)).results.append(result)
    return list(found.values())


def trial_lines(results: Iterable[TaskResult]) -> list[str]:
    """A line for each task that was repeated, those that need a person first; none where nothing was repeated."""
    repeated = sorted((one for one in by_trial(results) if one.repeated), key=lambda one: one.rank)
    rest = repeated[MOST_TASKS:]
    more = [f"… {number(len(rest), 'more task')}: {_summed(rest)}"] if rest else []
    return [*(one.told() for one in repeated[:MOST_TASKS]), *more]


def flaky_lines(results: Iterable[TaskResult]) -> list[str]:
    """Which tasks differ over their trials, a line for each preset; none where no task has two that were judged."""
    repeated: dict[str, list[Trials]] = {}
    for one in by_trial(results):
        if one.repeated and len(one.judged) > 1:
            repeated.setdefault(one.preset, []).append(one)
    several = len(repeated) > 1
    return [_flaky(some, f" on {preset or 'no model'}" if several else "") for preset, some in repeated.items()]


def _flaky(repeated: Sequence[Trials], where: str) -> str:
    names = [one.name for one in repeated if one.flaky]
    if not names:
        return f"flaky{where}: none of {number(len(repeated), 'task')}"
    more = f" and {len(names) - MOST_FLAKY} more" if len(names) > MOST_FLAKY else ""
    return f"flaky{where}: {len(names)} of {number(len(repeated), 'task')}: {', '.join(names[:MOST_FLAKY])}{more}"


def marks(results: Sequence[TaskResult]) -> dict[str, int]:
    """What a number of trials must say beside it: how many of them were mixed, rerun, taken over."""
    counted = {
        "mixed": sum(one.purity == "mixed" for one in results),
        "rerun": sum(was_rerun(one) for one in results),
        "taken over": sum(bool(one.resumed_from) for one in results),
    }
    return {word: count for word, count in counted.items() if count}


def was_rerun(result: TaskResult) -> bool:
    """Whether an earlier attempt in the same run asked models, too."""
    return bool(result.earlier_models) or result.earlier_cost_usd is None or result.earlier_cost_usd > 0


def task_name(result: TaskResult) -> str:
    """A task as pytest names it, without trial and preset."""
    return f"{result.file}::{result.unit or result.task}"


def _passed(results: Iterable[TaskResult]) -> int:
    return sum(result.outcome is Outcome.PASSED for result in results)


def _numbers(results: Iterable[TaskResult]) -> str:
    numbers = sorted(result.trial for result in results)
    more = ", …" if len(numbers) > MOST_NUMBERS else ""
    return f"trial{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:MOST_NUMBERS]))}{more}"


def _summed(trials: Sequence[Trials]) -> str:
    words = ("differ over their trials", "with trials not judged", "passed in no trial", "passed in all trials")
    counts = Counter(one.rank for one in trials)
    return ", ".join(f"{counts[rank]} {word}" for rank, word in enumerate(words) if counts[rank])
