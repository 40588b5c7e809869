"""A run that is one group of several jobs' (pytest-split): which one, and what it leaves to the others.

pytest-split takes its group out of the list that all plugins before it have made. All jobs must have that list alike,
so tasks get their order of start, in which earlier runs of a machine have a say, after it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.bookkeeping import planned
from pytest_agenttasks.config import WORKER_KEY, is_only_looking, settings_or_none
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.items import TaskItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_agenttasks.results import Json
    from pytest_agenttasks.runs import Planned
    from pytest_agenttasks.settings import Settings

_all_key = pytest.StashKey[list[TaskItem]]()
_others_key = pytest.StashKey[list[TaskItem]]()


def before_split(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember what there is, all groups together."""
    config.stash[_all_key] = [item for item in items if isinstance(item, TaskItem)]


def after_split(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember what was left to the other groups."""
    ours = set(items)
    config.stash[_others_key] = [item for item in config.stash.get(_all_key, []) if item not in ours]


def elsewhere(config: pytest.Config) -> list[Planned] | None:
    """The tasks of the other groups; None where this process collects nothing."""
    others, settings = config.stash.get(_others_key, None), settings_or_none(config)
    return None if others is None or settings is None else list(_planned(others, settings))


def hand_over(config: pytest.Config) -> None:
    """At the end of xdist's first worker: tell the controller, which does not collect, what the other groups are."""
    if config.workerinput["workerid"] == "gw0" and not is_only_looking(config):  # type: ignore[attr-defined]
        told = [asdict(one) for one in elsewhere(config) or ()]
        config.workeroutput[WORKER_KEY] = told  # type: ignore[attr-defined]


def handed_over(node: Any) -> list[Planned] | None:
    """What a worker has told at its end; None where it told nothing, or died."""
    from pytest_agenttasks.runs import Planned

    told: list[Json] | None = getattr(node, "workeroutput", {}).get(WORKER_KEY)
    return None if told is None else [Planned(**one) for one in told]


def _planned(items: list[TaskItem], settings: Settings) -> Iterator[Planned]:
    from pytest_agenttasks.settings import plan_task

    for item in items:
        try:
            yield planned(item.nodeid, plan_task(item.task, settings), settings)
        except AgentTasksError:  # the job that has it tells it
            continue
