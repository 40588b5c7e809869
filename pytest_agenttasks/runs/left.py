"""How long a run will still take: from what its tasks took so far, and who is free when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_agenttasks.runs.events import DONE
from pytest_agenttasks.runs.status import RunStatus, TaskStatus

LEAST = 0.25
"""Part of the usual time that a running task is thought to need at least: one that takes longer than usual says
nothing of its end."""


def left(status: RunStatus, now: float) -> float | None:
    """Seconds until all tasks are done; None as long as there is nothing to base that on.

    Tasks whose models are asked and tasks that are replayed are told apart: one says nothing of the other.

    Args:
        status: of the run.
        now: seconds since the epoch.
    """
    tasks: dict[bool, list[TaskStatus]] = {True: [], False: []}
    for task in status.tasks.values():
        tasks[task.live].append(task)
    undone = [task for task in status.tasks.values() if not task.outcome]
    usual = {live: _usual(tasks[live], now) for live in {task.live for task in undone}}
    if None in usual.values():
        return None
    known = {live: seconds for live, seconds in usual.items() if seconds is not None}
    # What is done already, in flight, and waits for its checks only, keeps nobody.
    busy = [_still(task, known[task.live], now) for task in undone if task.running and task.phase != DONE]
    waiting = [known[task.live] for task in undone if not task.running]
    free = sorted([*busy, *[0.0] * (status.workers - len(busy))])
    return max([*free[-1:], _until_done(free, waiting)])


def _usual(alike: Iterable[TaskStatus], now: float) -> float | None:
    """What a task takes: the time spent on all, those in the middle too, for each that is done.

    Without those in the middle the short ones, which end first, would speak for all.
    """
    spent, done = 0.0, 0
    for task in alike:
        if task.began is None or task.resumed:
            continue
        done += bool(task.outcome)
        spent += max(task.seconds - task.quota_s, 0.0) if task.outcome else task.worked(now)
    return spent / done if done else None


def _still(task: TaskStatus, usual: float, now: float) -> float:
    wait = max((task.waiting_until or now) - now, 0.0)
    return wait + max(usual - task.worked(now), usual * LEAST)


def _until_done(free: Sequence[float], waiting: Sequence[float]) -> float:
    """When the work that nobody has begun is done, if each worker takes some as soon as it is free.

    Args:
        free: seconds until each worker is free, sorted.
        waiting: seconds that each task takes.
    """
    if not waiting:
        return 0.0
    rest, level = sum(waiting), free[0]
    for count, until in enumerate([*free[1:], float("inf")], 1):
        if rest <= (until - level) * count:
            level += rest / count
            break
        rest -= (until - level) * count
        level = until
    return max(level, free[0] + max(waiting))
