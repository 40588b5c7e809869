"""Task files and tasks as pytest nodes. Beside junit.py the only module that touches pytest's private API.

A task is a `pytest.Function` in a `pytest.Module`, not a custom `pytest.Item` in a `pytest.File`: so fixtures of
every scope, parametrised conftest fixtures and the hooks of other plugins treat it like any test.
"""

from __future__ import annotations

import gc
import inspect
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.exceptions import (
    AgentTasksError,
    CheckFailed,
    Problem,
    TaskFileError,
    TransientError,
    YamlFileError,
)

if TYPE_CHECKING:
    from pytest_agenttasks.runner import TaskRun
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.spec import JudgeOptions, Task

FREEZE_EVERY = 500
"""Tasks after which the garbage collector is told to leave the collected ones alone: they stay to the end."""


def check(agent_run: TaskRun) -> None:
    """The call phase of a task: run its checks on what the agent left."""
    __tracebackhide__ = True
    agent_run.judge()


_calls_key = pytest.StashKey[dict[Any, list[tuple[Any, Any]]]]()
_collected_key = pytest.StashKey[int]()
_markers_key = pytest.StashKey[set[str]]()


class TaskFile(pytest.Module):
    """A task file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module = types.ModuleType(self.path.name.split(".")[0])
        module.__file__ = str(self.path)
        vars(module)["task"] = check
        self.obj = module

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """The tasks of the file.

        Raises:
            CollectError: mistakes in the file, all of them.
        """
        enabled = gc.isenabled()
        gc.disable()  # thousands of new objects that all stay: collecting them only takes time
        try:
            return list(self._items(self._tasks()))
        finally:
            self._freeze()
            if enabled:
                gc.enable()

    def _tasks(self) -> list[Task]:
        from pytest_agenttasks.config import settings_or_none

        try:
            tasks = tasks_of(self.path, self.config)
            settings = settings_or_none(self.config)
            if settings is not None:
                problems = [problem for task in tasks for problem in unknown_names(task, settings)]
                if problems:
                    raise TaskFileError(_shown(self.path, self.config), list(set(problems)))
        except TaskFileError as error:
            raise self.CollectError(str(error)) from None
        return tasks

    def _items(self, tasks: list[Task]) -> Iterator[pytest.Item]:
        for task in tasks:
            for callspec, fixtureinfo in self._calls():
                named = parametrised(task, callspec.id if callspec is not None else "")
                yield TaskItem.from_parent(
                    self,
                    name=named.name,
                    originalname=task.name,
                    task=named,
                    callspec=callspec,
                    fixtureinfo=fixtureinfo,
                )

    def _calls(self) -> list[tuple[Any, Any]]:
        """(callspec or None, fixture info) for each parametrisation by conftest fixtures, once a directory."""
        cache = self.session.stash.setdefault(_calls_key, {})
        if self.parent not in cache:
            functions = self._genfunctions("task", check)
            cache[self.parent] = [(getattr(f, "callspec", None), f._fixtureinfo) for f in functions]
        return cache[self.parent]

    def _freeze(self) -> None:
        count = self.session.stash.get(_collected_key, 0) + 1
        if count >= FREEZE_EVERY:
            gc.freeze()
            count = 0
        self.session.stash[_collected_key] = count


class TaskItem(pytest.Function):
    """One task.

    Attributes:
        task: what the task file says.
    """

    def __init__(self, name: str, parent: TaskFile, task: Task, **kwargs: Any) -> None:
        super().__init__(name, parent, callobj=check, **kwargs)
        node_id = getattr(self, "_id", None)
        if node_id is not None:  # since pytest 9.2; --lf and --sw compare it with what parsing gives
            self._id = type(node_id).parse(str(node_id))
        self.task = task
        for marker in (task.spec.category, task.spec.priority, *task.spec.tags):
            if marker:
                self._register(marker)
                self.add_marker(marker)
        self._guard_against_other_plugins()

    def reportinfo(self) -> tuple[Path, int, str]:
        """The YAML line where the task begins."""
        return self.path, self.task.line - 1, self.name

    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """What went wrong in a line, then where the task file says so."""
        error = excinfo.value
        if isinstance(error, AgentTasksError | CheckFailed):
            return failure_text(self, error)
        return super().repr_failure(excinfo)

    def _register(self, marker: str) -> None:
        known = self.config.stash.setdefault(_markers_key, set())
        if marker not in known:
            known.add(marker)
            self.config.addinivalue_line("markers", f"{marker}: from a task file")

    def _guard_against_other_plugins(self) -> None:
        """Reruns are for passing faults of infrastructure; a time limit for tests is none for agents."""
        reruns = self.config.getoption("reruns", None)
        if reruns and not self._chosen_reruns() and self.get_closest_marker("flaky") is None:
            delay = self.config.getoption("reruns_delay", None) or 0
            self.add_marker(pytest.mark.flaky(reruns=reruns, reruns_delay=delay, condition=is_transient))
        if self.config.pluginmanager.hasplugin("timeout") and self.get_closest_marker("timeout") is None:
            self.add_marker(no_time_limit())  # the task has limits of its own

    def _chosen_reruns(self) -> bool:
        """Whether the user says himself what is run again."""
        return any(self.config.getoption(name, None) for name in ("only_rerun", "rerun_except"))


def tasks_of(path: Path, config: pytest.Config) -> list[Task]:
    """The tasks of a file, with as many trials and on as many presets as the command line says.

    Raises:
        TaskFileError: mistakes in the file, all of them.
    """
    from pytest_agenttasks.ini import repeat_of
    from pytest_agenttasks.spec import load_tasks

    presets = config.getoption("model_preset") or []
    tasks = load_tasks(path, _shown(path, config), repeat_of(config))
    return [bound for task in tasks for bound in bound_to(task, presets)]


def is_agent_item(item: pytest.Item) -> bool:
    """Whether it is a task: of a task file, or a Python test with the marker `agent_task`."""
    return isinstance(item, TaskItem) or item.get_closest_marker("agent_task") is not None


def is_transient(error: BaseException) -> bool:
    """Whether a rerun may help."""
    return isinstance(error, TransientError)


def unknown_names(task: Task, settings: Settings) -> Iterator[Problem]:
    """Agents, models, and what checks need, that a task names and that are not there."""
    from pytest_agenttasks.agents import find_agent
    from pytest_agenttasks.checks import missing_folder, mistakes
    from pytest_agenttasks.exceptions import AgentError, ModelsConfigError

    for index, check in enumerate(task.spec.checks):
        for keys, message in mistakes(check, task.path.parent):
            yield Problem(*task.at("checks", index, *keys), message)
        if check.hidden is not None and (reason := missing_folder(check.hidden, task.path.parent)) is not None:
            yield Problem(*task.at("checks", index, "hidden"), reason)
    try:
        find_agent(task.spec.agent, task.path.parent)
    except AgentError as error:
        yield Problem(*task.at("agent"), str(error))
    for index, name in enumerate(task.spec.model or ()):
        try:
            settings.models.expand([name])
        except ModelsConfigError as error:
            yield Problem(*task.at("model", index), str(error))
    for index, check in enumerate(task.spec.checks):
        if check.judge is not None:
            yield from _trouble_with_judge(check.judge, task, index, settings)


def _trouble_with_judge(judge: JudgeOptions, task: Task, index: int, settings: Settings) -> Iterator[Problem]:
    """A judge that nobody knows, that nobody names, or that the task itself asks for the work."""
    from pytest_agenttasks.exceptions import ModelsConfigError
    from pytest_agenttasks.models import judging

    where = task.at("checks", index, "judge", *(("model",) if judge.model else ()))
    try:
        chain = judging(settings.models, judge.model)
    except ModelsConfigError as error:
        yield Problem(*where, f"judge: {error}")
        return
    with suppress(ModelsConfigError):  # told above
        own = {preset.model for preset in settings.models.expand(task.spec.model or ())}
        both = [preset.name for preset in chain.presets if preset.model in own]
        if both and not judge.same_model:
            told = f"judge: {both[0]} is asked for the work as well; name another, or allow it with same_model: true"
            yield Problem(*where, told)


def makes_its_own_task(item: pytest.Item) -> bool:
    """Whether the project has an `agent_task` fixture of its own, so that the task is known only when it runs."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("agent_task", ())
    return any(one.func.__module__ != "pytest_agenttasks.fixtures" for one in known)


def brought_along(item: pytest.Item) -> str | None:
    """A fixture or hook of the project that runs before a task's agent works, in words; None if there is none.

    What installed plugins bring is not meant, unless it stands in for a fixture of ours.
    """
    for name, known in getattr(item, "_fixtureinfo").name2fixturedefs.items():  # noqa: B009 - not of every item
        if not _is_ours(known[-1].func) and (name.startswith("agent_") or not _is_installed(known[-1].func)):
            return f"the fixture {name}"
    for name in ("pytest_runtest_protocol", "pytest_runtest_setup"):
        found = [one.function for one in getattr(item.ihook, name).get_hookimpls()]
        if not all(_is_ours(one) or _is_installed(one) for one in found):
            return f"the hook {name}"
    return None


def _is_ours(function: Any) -> bool:
    return str(function.__module__).startswith("pytest_agenttasks.")


def _is_installed(function: Any) -> bool:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not {"site-packages", "dist-packages"}.isdisjoint(Path(code.co_filename).parts)


def no_time_limit() -> pytest.MarkDecorator:
    """Tells pytest-timeout, where it is installed, to let a task alone: it has limits of its own."""
    return pytest.mark.timeout(0)


def own_time_limit(item: pytest.Item) -> bool:
    """Whether pytest-timeout was told of a limit for this task; see `TaskItem`."""
    marker = item.get_closest_marker("timeout")
    return marker is not None and marker != no_time_limit().mark


def failure_text(item: pytest.Item, error: BaseException) -> str:
    """Message first (reports cut it), then `file:line`, then the evidence."""
    from pytest_agenttasks.reports.properties import printable

    if isinstance(error, YamlFileError):
        return printable(str(error))
    first, _, rest = str(error).partition("\n")
    task = getattr(item, "task", None)
    path, line, _ = item.reportinfo()
    shown = task.document.path if task else _shown(Path(path), item.config)
    where = f"{shown}:{getattr(error, 'line', None) or (task.line if task else (line or 0) + 1)}"
    return printable("\n".join(part for part in (first, where, rest) if part))


def parametrised(task: Task, parameters: str) -> Task:
    """The task under the id that a parametrised conftest fixture gives it: an item, and a cassette, of its own."""
    from dataclasses import replace

    if not parameters:
        return task
    unbound = f"{task.unbound}[{parameters}]" if task.unbound else ""
    return replace(task, name=f"{task.name}[{parameters}]", unbound=unbound, unit=f"{task.unit}[{parameters}]")


def bound_to(task: Task, presets: list[str]) -> list[Task]:
    """The task itself, or with several presets to compare one item each."""
    from dataclasses import replace

    if len(presets) < 2:
        return [task]
    stem, bracket, suffix = task.name.partition("[")
    inner = suffix.rstrip("]") + "-" if bracket else ""
    return [
        replace(task, name=f"{stem}[{inner}{preset}]", preset=preset, unbound=task.name, place=place)
        for place, preset in enumerate(presets, 1)
    ]


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return str(path.relative_to(config.rootpath))
    except ValueError:
        return str(path)
