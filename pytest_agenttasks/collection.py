"""Which files are task files, which folders are left alone, and in what order tasks start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.config import task_folders
from pytest_agenttasks.items import TaskItem


def is_task_file(path: Path, session: pytest.Session) -> bool:
    """Whether a YAML file is ours: any other one is never touched."""
    if session.isinitpath(path):
        return True
    if path.name.startswith(("_", ".")):
        return False
    return path.name.endswith((".task.yaml", ".task.yml")) or _task_folder(path, session.config) is not None


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


def by_priority(items: list[pytest.Item]) -> None:
    """Sort the tasks among their own places in the list, in place."""
    places = [place for place, item in enumerate(items) if isinstance(item, TaskItem)]
    if not places:
        return
    from pytest_agenttasks.spec import PRIORITIES

    tasks = [item for item in items if isinstance(item, TaskItem)]
    tasks.sort(key=lambda item: PRIORITIES.index(item.task.spec.priority))
    for place, task in zip(places, tasks, strict=True):
        items[place] = task


_workspaces_key = pytest.StashKey[dict[Path, set[Path]]]()


def _task_folder(path: Path, config: pytest.Config) -> Path | None:
    for top in task_folders(config):
        if path == top or top in path.parents:
            return top
    return None


def _named(path: Path, config: pytest.Config) -> bool:
    return any(str(path) == str(Path(arg.split("::")[0]).absolute()) for arg in config.args)


def _workspaces_beside(folder: Path, config: pytest.Config) -> set[Path]:
    """Folders that the task files in `folder` copy as workspaces. Broken files tell of themselves elsewhere."""
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
    tasks = data.get("tasks")
    entries = [data, data.get("defaults"), *(tasks if isinstance(tasks, list) else ())]
    workspaces = [one.get("workspace") for one in entries if isinstance(one, dict)]
    sources = [one.get("from") for one in workspaces if isinstance(one, dict)]
    return {(folder / source).resolve() for source in sources if isinstance(source, str)}
