"""Which files are task files, which folders are left alone, and in what order tasks start."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_agenttasks.config import settings_or_none, task_folders, workers_of
from pytest_agenttasks.earlier import past_of
from pytest_agenttasks.exceptions import TaskFileError
from pytest_agenttasks.items import TaskItem, tasks_of

if TYPE_CHECKING:
    from pytest_agenttasks.resuming import Past
    from pytest_agenttasks.schedule import Entry
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.spec import Task


def is_task_file(path: Path, session: pytest.Session) -> bool:
    """Whether a YAML file is ours: any other one is never touched."""
    if session.isinitpath(path):
        return True
    if path.name.startswith(("_", ".")):
        return False
    return path.name.endswith((".task.yaml", ".task.yml")) or _task_folder(path, session.config) is not None


def in_full(arguments: list[str], config: pytest.Config) -> list[str]:
    """The arguments of the command line, with `file::id[value]` as the names of its trials and of its presets.

    pytest itself does so for `file::id`, as for any test with parameters.
    """
    return [one for argument in arguments for one in _in_full(argument, config)]


def is_left_alone(path: Path, config: pytest.Config) -> bool:
    """Whether a path below a task folder is private, or a workspace that a task file beside it copies."""
    top = _task_folder(path, config)
    if top is None or path == top or _named(path, config):
        return False
    if path.name.startswith(("_", ".")):
        return True
    if not path.is_dir():
        return False
    above = [folder for folder in path.parents if folder == top or top in folder.parents]
    return any(path.resolve() in _workspaces_beside(folder, config) for folder in above)


def in_order_of_start(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tasks among their own places in the list, in place; plugins that come later may sort again."""
    places = [place for place, item in enumerate(items) if isinstance(item, TaskItem)]
    if not places:
        return
    from pytest_agenttasks.schedule import alike_together, as_listed, estimated, longest_first

    tasks = [item for item in items if isinstance(item, TaskItem)]
    workers = workers_of(config)
    entries = [_entry(item.task) for item in tasks]
    if config.getini("agenttasks_order") == "file":
        order = as_listed(entries)
    elif workers < 2:
        order = alike_together(entries)
    else:
        entries = estimated(_timed(entries, tasks, config))
        order = longest_first(entries, workers)
    for place, index in zip(places, order, strict=True):
        items[place] = tasks[index]
    started: dict[pytest.Item, Entry] = {tasks[index]: entries[index] for index in order}
    config.stash[_started_key] = started


def deal(config: pytest.Config, items: list[pytest.Item]) -> None:
    """List what was selected so that xdist's workers start it in this order, in place.

    Tasks that another plugin has put into an order of its own (`--ff`) stay in that.
    """
    started, workers = config.stash.get(_started_key, {}), workers_of(config)
    tasks = [item for item in items if item in started]
    selected = set(tasks)
    if workers < 2 or tasks != [task for task in started if task in selected]:
        return
    from pytest_agenttasks.schedule import Deal, dealt

    places = [place for place, item in enumerate(items) if item in selected]
    listed = dealt([started[task] for task in tasks], places, Deal(workers, len(items)))
    for place, index in zip(places, listed, strict=True):
        items[place] = tasks[index]


def expect_workspaces(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell which workspaces the tasks of the run need, so that those that several begin with are built once."""
    tasks = [item.task for item in items if isinstance(item, TaskItem)]
    settings = settings_or_none(config) if tasks else None
    if settings is not None and settings.shared is not None:
        settings.shared.expect((task.path.parent, task.spec.workspace) for task in tasks)


_started_key = pytest.StashKey[dict[pytest.Item, "Entry"]]()
"""The tasks in the order in which they are to start."""

_workspaces_key = pytest.StashKey[dict[Path, set[Path]]]()
_tops_key = pytest.StashKey[list[tuple[Path, str]]]()
_named_key = pytest.StashKey[set[str]]()


def _entry(task: Task) -> Entry:
    from pytest_agenttasks.schedule import Entry
    from pytest_agenttasks.spec import PRIORITIES

    spec = task.spec
    return Entry(PRIORITIES.index(spec.priority), category=spec.category, likeness=_likeness(task), trial=task.trial)


def _likeness(task: Task) -> Hashable:
    """Equal for tasks of the same category that begin with the same files."""
    spec = task.spec.workspace
    place = (task.path.parent, spec.from_, spec.git and (spec.git.ref, spec.git.path))
    return task.spec.category, place, frozenset(spec.files.items())


def _timed(entries: list[Entry], items: list[TaskItem], config: pytest.Config) -> list[Entry]:
    """With what is known of earlier runs."""
    past, settings = past_of(config), settings_or_none(config)
    if not any(past.expected) or settings is None:
        return entries
    return [
        replace(entry, seconds=_known(item.task, past, settings)) for entry, item in zip(entries, items, strict=True)
    ]


def _known(task: Task, past: Past, settings: Settings) -> float | None:
    from pytest_agenttasks.exceptions import AgentTasksError
    from pytest_agenttasks.settings import plan_task

    try:
        plan = plan_task(task, settings)
    except AgentTasksError:  # the controller tells it before anything runs
        return None
    replayed, other = past.expected
    return (replayed if plan.action == "replay" else other).get(plan.slug(settings.root))


def _in_full(argument: str, config: pytest.Config) -> list[str]:
    file, _, name = argument.partition("::")
    if not file.endswith((".yaml", ".yml")) or "[" not in name:
        return [argument]
    try:
        names = {task.name: task.unit for task in tasks_of(config.invocation_params.dir / file, config)}
    except TaskFileError:
        return [argument]  # collecting it tells what is wrong
    meant = [] if name in names else [one for one, unit in names.items() if unit == name]
    return [f"{file}::{one}" for one in meant] or [argument]


def _task_folder(path: Path, config: pytest.Config) -> Path | None:
    if _tops_key not in config.stash:
        config.stash[_tops_key] = [(top, f"{top}/") for top in task_folders(config)]
    below = f"{path}/"
    return next((top for top, begin in config.stash[_tops_key] if below.startswith(begin)), None)


def _named(path: Path, config: pytest.Config) -> bool:
    if _named_key not in config.stash:
        config.stash[_named_key] = {str(Path(argument.split("::")[0]).absolute()) for argument in config.args}
    return str(path) in config.stash[_named_key]


def _workspaces_beside(folder: Path, config: pytest.Config) -> set[Path]:
    """Folders that task files in `folder` copy, for whatever. Broken files tell of themselves elsewhere."""
    from pytest_agenttasks.exceptions import YamlFileError
    from pytest_agenttasks.yamlfile import read

    cache = config.stash.setdefault(_workspaces_key, {})
    if folder not in cache:
        found: set[Path] = set()
        for file in [*folder.glob("*.yaml"), *folder.glob("*.yml")]:
            try:
                found |= _sources(read(file).data, folder)
            except YamlFileError:
                continue
        cache[folder] = found
    return cache[folder]


def _sources(data: object, folder: Path) -> set[Path]:
    if not isinstance(data, dict):
        return set()
    listed = data.get("tasks")
    entries = [data, data.get("defaults"), *(listed if isinstance(listed, list) else ())]
    tasks = [one for one in entries if isinstance(one, dict)]
    checks = [check for one in tasks if isinstance(one.get("checks"), list) for check in one["checks"]]
    hidden = [check.get("hidden") for check in checks if isinstance(check, dict)]
    given = [*(one.get(key) for one in tasks for key in ("workspace", "solution")), *hidden]
    sources = [*(one.get("from") for one in given if isinstance(one, dict)), *hidden]
    return {(folder / source).resolve() for source in sources if isinstance(source, str)}
