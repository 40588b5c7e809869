"""A replayed task is offline, its fixtures and the body of a Python test included. Other tests are free.

The guard is on from the first fixture that belongs to the task alone until the last of them is torn down. Fixtures of a
wider scope belong to no task: they are free, or it would depend on the order of tests what they may do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.config import settings_of
from pytest_agenttasks.exceptions import AgentTasksError, NetworkError
from pytest_agenttasks.fixtures import task_of_marker
from pytest_agenttasks.items import TaskItem, is_agent_item

if TYPE_CHECKING:
    from pytest_agenttasks.network import Guard

guard_key: pytest.StashKey[Guard] = pytest.StashKey()
told_key = pytest.StashKey[NetworkError]()


def hold_tasks_offline(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Look after fixtures, in runs that have tasks."""
    if any(is_agent_item(item) for item in items) and not config.pluginmanager.hasplugin("agenttasks-offline"):
        config.pluginmanager.register(Offline(), "agenttasks-offline")


def trespass_of(item: pytest.Item) -> NetworkError | None:
    """The first attempt of a task's code to leave the machine, also where it swallowed the error."""
    guard = item.stash.get(guard_key, None)
    if guard is None or guard.trespass is None:
        return None
    item.stash[told_key] = guard.trespass
    return guard.trespass


class Offline:
    """Registered where there are tasks."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
        """Begin with the first fixture of a task; let wider ones pass."""
        if fixturedef.scope == "function":
            if guard_key not in request.node.stash and is_agent_item(request.node):
                _begin(request.node)
            return (yield)
        from pytest_agenttasks.network import free

        with free():
            return (yield)


def _begin(item: pytest.Item) -> None:
    from pytest_agenttasks.settings import plan_task

    try:
        settings = settings_of(item.config)
        task = item.task if isinstance(item, TaskItem) else task_of_marker(item)
        guard = settings.guard(plan_task(task, settings))
    except (AgentTasksError, pytest.UsageError):
        return  # the task's own fixtures tell
    guard.__enter__()
    item.stash[guard_key] = guard
    item.addfinalizer(partial(_end, item))  # the first one: runs when all fixtures of the item are torn down


def _end(item: pytest.Item) -> None:
    """Tell what happened after the outcome was settled."""
    guard = item.stash[guard_key]
    guard.__exit__()
    del item.stash[guard_key]
    if guard.trespass is not None and item.stash.get(told_key, None) is not guard.trespass:
        raise guard.trespass
