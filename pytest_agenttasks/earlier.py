"""What earlier runs mean for an item: with `--agent-resume`, what they came to is taken over and not done again."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import pytest

from pytest_agenttasks.config import PAST_KEY, WORKER_KEY, base_folder, fetch_key, is_controller, settings_or_none
from pytest_agenttasks.exceptions import AgentTasksError, CheckFailed, SetAsideError
from pytest_agenttasks.fixtures import task_of_marker
from pytest_agenttasks.items import TaskItem, is_agent_item, makes_its_own_task

if TYPE_CHECKING:
    from pytest_agenttasks.results import Json, TaskResult
    from pytest_agenttasks.resuming import Past
    from pytest_agenttasks.settings import Plan, Settings

_past_key = pytest.StashKey["Past"]()
taken_over_key: pytest.StashKey[TaskResult] = pytest.StashKey()


def past_of(config: pytest.Config) -> Past:
    """What earlier runs came to: read once by the controller, for all workers alike."""
    if _past_key not in config.stash:
        from pytest_agenttasks.resuming import Past

        if is_controller(config):
            past = Past.of(base_folder(config), resume=config.getoption("agent_resume"))
        else:
            handed = config.workerinput[WORKER_KEY][PAST_KEY]  # type: ignore[attr-defined]
            past = Past.from_json(handed) if handed else Past()
        config.stash[_past_key] = past
    return config.stash[_past_key]


def to_hand_over(config: pytest.Config) -> Json | None:
    """The same for a worker; None where there were no runs, as in projects without tasks."""
    return past_of(config).to_json() if (base_folder(config) / "runs").is_dir() else None


def remember_code(items: list[pytest.Item]) -> None:
    """Read the files of Python tests now: what is edited during the run is not what the run has imported."""
    files = {item.path for item in items if not isinstance(item, TaskItem) and is_agent_item(item)}
    if files:
        from pytest_agenttasks.content import code_of

        for file in files:
            code_of(file)


def look_back(item: pytest.Item) -> None:
    """Skip a task that passed in an earlier run, and set one aside whose workers die of it.

    Raises:
        CheckFailed: it is measured, and failed in an earlier run.
        SetAsideError: it ended its worker too often, in this run or in earlier ones.
        RunFolderError: what it left then cannot be put into this run's folder.
    """
    settings = settings_or_none(item.config) if _matters(item) else None
    plan = _planned(item, settings) if settings else None
    if settings is None or plan is None:
        return
    from pytest_agenttasks.content import known_content

    content = known_content(plan, settings)
    _refuse_if_lost(item, plan, content, settings)
    if item.config.getoption("agent_resume") and not makes_its_own_task(item):
        _take_over(item, plan, content, settings)


def ended_before(item: TaskItem) -> bool:
    """Whether `look_back` will find that nothing is to be done."""
    settings = settings_or_none(item.config) if _matters(item) else None
    plan = _planned(item, settings) if settings else None
    if settings is None or plan is None:
        return False
    from pytest_agenttasks.content import known_content
    from pytest_agenttasks.resuming import earlier_end

    content = known_content(plan, settings)
    try:
        _refuse_if_lost(item, plan, content, settings)
    except SetAsideError:
        return True
    resume = item.config.getoption("agent_resume")
    return bool(resume) and earlier_end(plan, content, past_of(item.config), settings) is not None


def _matters(item: pytest.Item) -> bool:
    """Whether what was before may be of any consequence for it."""
    option = item.config.option
    asked = option.agent_resume or item.config.getoption("reruns", None)
    return bool(asked) and not option.setuponly


def _refuse_if_lost(item: pytest.Item, plan: Plan, content: dict[str, str], settings: Settings) -> None:
    from pytest_agenttasks.resuming import refuse_if_lost

    refuse_if_lost(plan, content, past_of(item.config), settings, f"pytest {quote(item.nodeid)}")


def _planned(item: pytest.Item, settings: Settings) -> Plan | None:
    """What would be done; None for a task that tells in its fixtures what is wrong with it."""
    from pytest_agenttasks.settings import plan_task

    try:
        return plan_task(item.task if isinstance(item, TaskItem) else task_of_marker(item), settings)
    except (AgentTasksError, pytest.UsageError):
        return None


def _take_over(item: pytest.Item, plan: Plan, content: dict[str, str], settings: Settings) -> None:
    from pytest_agenttasks.resuming import earlier_end, take_over, told

    attempt = earlier_end(plan, content, past_of(item.config), settings)
    if attempt and fetch_key in item.config.stash:
        item.config.stash[fetch_key](attempt.run, plan.slug(settings.root))
    result = take_over(plan, attempt, settings) if attempt else None
    if result is not None:
        item.stash[taken_over_key] = result
        if result.outcome == "failed":
            line = next((check.line for check in result.checks if check.status == "failed"), None)
            raise CheckFailed(f"{result.reason}\n{told(result)}", line)
        pytest.skip(told(result))
