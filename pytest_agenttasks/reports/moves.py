"""Tasks that did not simply stay with the model asked for: what they moved to, why, and how long they waited."""

from __future__ import annotations

import re

from pytest_agenttasks.reports.rows import MOST_TOLD, WORTH_TELLING, cut, duration, name, number
from pytest_agenttasks.results import TaskResult

MOST_REASONS = 3
"""Reasons of a task that are told; result.json has all."""

_SHORT = re.compile(r"[^\s,(]+/")
"""What stands before the last part of a full id."""


def moves(results: list[TaskResult]) -> list[str]:
    """A line for each task that moved, was answered by another model from its first call on, or waited.

    A task moved where several models answered in it, or where it went on to another model after a request. Where the
    model asked for was passed over and one other answered all, nothing moved. Those of which the model asked for can
    be said least come first; then those that waited longest.
    """
    moved = [result for result in results if _moved(result)]
    passed_over = [result for result in results if not _moved(result) and not result.own]
    others = [result for result in results if not _moved(result) and result.own and _waited(result)]
    told = sorted(
        [*moved, *passed_over, *others],
        key=lambda result: (result.own, result.purity != "mixed", -_waited(result)),
    )
    counts = [f"{number(len(moved), 'task')} moved between models"] if moved else []
    counts += [f"{number(len(passed_over), 'task')} answered by another model from the start"] if passed_over else []
    counts += [f"{number(len(others), 'task')} waited for limits"] if others else []
    lines = [f"{', '.join(counts)}:"] if told else []
    lines += [f"  {name(result)}: {cut(_told(result))}" for result in told[:MOST_TOLD]]
    return [*lines, f"  … {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else lines


def _moved(result: TaskResult) -> bool:
    return result.purity == "mixed" or result.rotations > 0


def _told(result: TaskResult) -> str:
    facts = ["mixed"] if result.purity == "mixed" else []
    facts += [] if result.own else ["not answered by the model asked for"]
    facts += [number(result.rotations, "rotation")] if result.rotations else []
    facts += [f"waited {duration(_waited(result))}"] if _waited(result) else []
    why = [_SHORT.sub("", reason) for reason in result.moved_on[:MOST_REASONS]]
    more = len(result.moved_on) - len(why)
    why += [f"and {more} more"] if more else []
    when = " in an earlier run" if result.resumed_from else " when recorded" if result.cassette == "replayed" else ""
    return ", ".join(facts) + when + (f" · {'; '.join(why)}" if why else "")


def _waited(result: TaskResult) -> float:
    """Seconds, where they are worth telling; else 0."""
    return result.told_wait_s if result.told_wait_s >= WORTH_TELLING else 0.0
