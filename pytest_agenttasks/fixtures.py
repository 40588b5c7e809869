"""The stages of a task as fixtures. Each may be overridden in a conftest; each wraps a stage of `TaskRun`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_agenttasks.cassettes import Cassette
    from pytest_agenttasks.exceptions import Problem
    from pytest_agenttasks.models import Session
    from pytest_agenttasks.runner import TaskRun
    from pytest_agenttasks.spec import Task
    from pytest_agenttasks.workspace import Workspace

run_key = pytest.StashKey["TaskRun"]()
ahead_key = pytest.StashKey["TaskRun"]()
"""The run of a task whose agent works before its turn; see flight.py."""


@pytest.fixture
def agent_task(request: pytest.FixtureRequest) -> Task:
    """The task: of the task file, or of the marker `agent_task` in a Python test."""
    task: Task | None = getattr(request.node, "task", None)
    return task if task is not None else task_of_marker(request.node)


@pytest.fixture
def agent_models(request: pytest.FixtureRequest, agent_task: Task) -> Iterator[Session]:
    """The session through which the task asks its models."""
    with _run(request, agent_task).open_models() as session:
        yield session


@pytest.fixture
def agent_workspace(request: pytest.FixtureRequest, agent_task: Task) -> Iterator[Workspace]:
    """The folder in which the agent works."""
    with _run(request, agent_task).open_workspace() as workspace:
        yield workspace


@pytest.fixture(scope="session")
def agent_normalise() -> dict[str, tuple[str | re.Pattern[str], str]]:
    """What varies in tool output without meaning anything, by name: a regular expression, and what stands for it."""
    return {}


@pytest.fixture
def agent_cassette(
    request: pytest.FixtureRequest,
    agent_task: Task,
    agent_models: Session,
    agent_workspace: Workspace,
    agent_normalise: dict[str, tuple[str | re.Pattern[str], str]],
) -> Iterator[Cassette | None]:
    """The task's cassette; None where no model is asked."""
    if request.config.option.setuponly:
        yield None
        return
    with _run(request, agent_task).open_cassette(agent_models, agent_workspace, agent_normalise) as cassette:
        yield cassette


@pytest.fixture
def agent_run(
    request: pytest.FixtureRequest,
    agent_task: Task,
    agent_models: Session,
    agent_workspace: Workspace,
    agent_cassette: Cassette | None,  # noqa: ARG001 - the session plays and records through it
) -> TaskRun:
    """The task with its agent's work done; not with `--setup-only`."""
    run = _run(request, agent_task)
    if not request.config.option.setuponly:
        run.work(agent_models, agent_workspace)
    return run


def task_of_marker(item: Any) -> Task:
    """The task that a Python test describes with `@pytest.mark.agent_task(prompt=…, …)`."""
    from pydantic import ValidationError

    from pytest_agenttasks.exceptions import TaskFileError
    from pytest_agenttasks.spec import Task, TaskSpec
    from pytest_agenttasks.yamlfile import Document, problems_of

    path, line, _ = item.reportinfo()
    document = Document.in_code(item.location[0], (line or 0) + 1)
    marker = item.get_closest_marker("agent_task")
    if marker is None:
        raise pytest.UsageError("agent fixtures need a task: @pytest.mark.agent_task(prompt='…', checks=[…])")
    try:
        spec = TaskSpec.model_validate(marker.kwargs)
    except ValidationError as error:
        raise TaskFileError(document.path, problems_of(error, document, TaskSpec)) from None
    name = item.nodeid.partition("::")[2]
    task = Task(spec, name, item.path if item.path else path, document, (), unit=name)
    problems = list(_problems_in_code(task, item))
    if problems:
        raise TaskFileError(document.path, problems)
    return task


def _problems_in_code(task: Task, item: Any) -> Iterator[Problem]:
    from pytest_agenttasks.config import settings_of
    from pytest_agenttasks.exceptions import Problem
    from pytest_agenttasks.items import unknown_names

    if task.spec.matrix or task.spec.repeat > 1:
        yield Problem(task.line, 1, "matrix and repeat are for task files; in Python use pytest.mark.parametrize")
    yield from unknown_names(task, settings_of(item.config))


def _run(request: pytest.FixtureRequest, task: Task) -> TaskRun:
    from pytest_agenttasks.config import settings_of
    from pytest_agenttasks.runner import TaskRun

    stash = request.node.stash
    if ahead_key in stash:  # once: a rerun does all of it anew
        stash[run_key] = stash[ahead_key]
        del stash[ahead_key]
    if run_key not in stash or stash[run_key].task is not task:
        stash[run_key] = TaskRun(task, settings_of(request.config))
    run: TaskRun = stash[run_key]
    return run
