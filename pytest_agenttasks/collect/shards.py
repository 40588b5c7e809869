"""Runs that are groups of the same tasks, which pytest-split has split over jobs: which groups are not here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Outcome
from pytest_agenttasks.runs import Planned, Run, RunFacts

NO_TESTS = 5
"""pytest's exit code where nothing was selected: a group may be empty."""

LEFT_NOTHING = "left nothing: not begun, killed at once, or not uploaded"
NOT_ALIKE = "the jobs had other tasks, or other durations to split them by"

Split = tuple[int, tuple[str, ...]]
"""What the groups of one whole have in common: how many they are, and the models that were asked for."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not here of tasks that were split.

    Attributes:
        name: which groups, for people.
        note: all of it, in a line.
        why: what became of each task, in a line.
        tasks: those that have no result; None where no group that is here knows them.
    """

    name: str
    note: str
    why: str
    tasks: Sequence[Planned] | None


def gaps(runs: Iterable[Run], known: Collection[str]) -> list[Gap]:
    """What is missing of each whole, of which at least one group is here.

    A group that left nothing is missed as far as its tasks have no result: it may have had none, or they were done in
    another run.

    Args:
        runs: all that are taken together.
        known: slugs of the tasks that any of them planned or did.
    """
    wholes: dict[Split, list[RunFacts]] = {}
    for run in runs:
        if run.facts and run.facts.splits:
            wholes.setdefault(_split(run.facts), []).append(run.facts)
    return [gap for split, parts in wholes.items() if (gap := _gap(split, parts, known))]


def group_of(run: Run) -> str:
    """Which group a run did, for people; empty where it was not split."""
    facts = run.facts
    return _named([facts.group], _split(facts)) if facts and facts.splits else ""


def is_unexplained(run: Run, runs: Iterable[Run]) -> bool:
    """Whether all its tasks passed, and yet it did not end with exit code 0; and no later run did the same group."""
    facts = run.facts
    if not facts or not facts.exit_code or not run.results or run.missing:
        return False
    if any(result.outcome is not Outcome.PASSED for result in run.results):
        return False
    return not facts.splits or not any(_again(facts, other.facts) for other in runs if other.facts)


def _again(facts: RunFacts, other: RunFacts) -> bool:
    return (_split(facts), facts.group) == (_split(other), other.group) and other.began > facts.began


def _gap(split: Split, parts: Sequence[RunFacts], known: Collection[str]) -> Gap | None:
    here = {facts.group for facts in parts if facts.tasks or facts.exit_code == NO_TESTS}
    gone = [group for group in range(1, split[0] + 1) if group not in here]
    told = [facts.elsewhere for facts in parts if facts.elsewhere is not None]
    tasks = {task.slug: task for others in told for task in others if task.slug not in known}
    if gone and not told:
        name = _named(gone, split)
        return Gap(name, f"{name} {LEFT_NOTHING}; the tasks are not known", "", None)
    if not tasks:
        return None
    lost = number(len(tasks), "task")
    if gone:
        name = _named(gone, split)
        return Gap(name, f"{name} {LEFT_NOTHING}; {lost}", f"{name} left nothing", list(tasks.values()))
    name = f"no group of {split[0]}{_on(split)}"
    return Gap(name, f"{lost} in {name}: {NOT_ALIKE}", f"in {name}: {NOT_ALIKE}", list(tasks.values()))


def _split(facts: RunFacts) -> Split:
    return facts.splits, tuple(facts.asked)


def _named(groups: Sequence[int], split: Split) -> str:
    *first, last = map(str, groups)
    which = f"groups {', '.join(first)} and {last}" if first else f"group {last}"
    return f"{which} of {split[0]}{_on(split)}"


def _on(split: Split) -> str:
    return f" on {', '.join(split[1])}" if split[1] else ""
