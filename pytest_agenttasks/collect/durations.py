"""How long tasks took in runs, by node id: what jobs of CI split them by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pytest_agenttasks.collect.whole import is_whole_result
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import LAST, read_run

LEAST = 0.001
"""Seconds: with 0, pytest-split would give all such tasks to one group."""


@dataclass(frozen=True, slots=True)
class Durations:
    """How long tasks took.

    Attributes:
        seconds: by node id, without waits for limits; over the presets of a task the median. Of trials and of
            presets that were compared, also by the name that the task has without them.
        replayed: whether of replays, or of work for which models were asked; None if no task asked any.
        left_out: results of the other kind.
    """

    seconds: dict[str, float]
    replayed: bool | None
    left_out: int


def durations(folders: Iterable[Path]) -> Durations:
    """The median of the last runs of each task on each preset that came to an end.

    A replay takes no time for models: of replays and other work only the kind counts that was done last.

    Args:
        folders: of the runs.
    """
    results, ids = _ended(folders)
    replayed = next((one.cassette == "replayed" for one in results if one.cassette != "none"), None)
    # What asks no model takes as long in both.
    counts = [one for one in results if one.cassette == "none" or (one.cassette == "replayed") is replayed]
    by_slug: dict[str, list[float]] = {}
    for one in counts:
        if len(by_slug.setdefault(one.slug, [])) < LAST:
            by_slug[one.slug].append(one.seconds - one.wait_s)
    by_id: dict[str, list[float]] = {}
    for slug, several in by_slug.items():
        for node_id in ids[slug]:
            by_id.setdefault(node_id, []).append(median(several))
    seconds = {node_id: max(round(median(several), 3), LEAST) for node_id, several in by_id.items()}
    return Durations(seconds, replayed, len(results) - len(counts))


def _ended(folders: Iterable[Path]) -> tuple[list[TaskResult], dict[str, set[str]]]:
    """Results that were judged in the run that they are of, the youngest first; node ids by slug."""
    found: dict[tuple[str, str], TaskResult] = {}
    ids: dict[str, set[str]] = {}
    for run in map(read_run, folders):
        planned = {task.slug: task.id for task in (run.facts.tasks if run.facts else ())}
        for one in run.results:
            judged = one.outcome in (Outcome.PASSED, Outcome.FAILED) and not one.resumed_from
            if judged and is_whole_result(one):
                found[one.run, one.slug] = one
                ids.setdefault(one.slug, set()).update(_names(planned.get(one.slug, f"{one.file}::{one.task}"), one))
    return sorted(found.values(), key=lambda one: (one.ended, one.run), reverse=True), ids


def _names(node_id: str, result: TaskResult) -> set[str]:
    return {node_id, f"{node_id.partition('::')[0]}::{result.unit}"} if result.unit else {node_id}
