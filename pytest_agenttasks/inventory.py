"""What a project has, told by pytest itself to a program that started it: `pytest -p pytest_agenttasks.inventory`.

`agenttasks cassettes` must know which tasks there are, on which preset each would run, and where their cassettes lie.
Only pytest knows: rootdir, ini file and its overrides, conftests, plugins, parametrised fixtures and Python tests all
have a say. So the command starts pytest and this plugin writes down what it found, as JSON into the file that the
option names. Reading pytest's ini files without it would be a second opinion that differs on the day it matters.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.config import models_file, run_id, settings_of
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.fixtures import task_of_marker
from pytest_agenttasks.items import TaskItem, makes_its_own_task

if TYPE_CHECKING:
    from pytest_agenttasks.agents import Agent
    from pytest_agenttasks.results import Json
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.spec import Task

LEFT_ALONE = ("node_modules", "build", "dist", "venv")
"""Folders that are not searched for files that cassettes belong to; nor are those that begin with a dot."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command."""
    add = parser.getgroup("agenttasks").addoption
    add("--agent-inventory", metavar="FILE", help="write what there is to FILE.")
    add("--agent-inventory-also", metavar="PATH", action="append", default=[], help="look into PATH as well.")


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Where no file is named: look into the task folders, and into the files that cassettes belong to."""
    known = early_config.known_args_namespace
    if not known.collectonly or known.file_or_dir:
        return
    root = early_config.rootpath
    folders = [root / name for name in early_config.getini("agenttasks_paths")]
    args += [str(folder) for folder in folders if folder.exists()]
    args += [str(file) for file in _files_of_cassettes(root, early_config, folders)]
    args += known.agent_inventory_also


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With --lf, from the ini say, pytest would not even read files without failures: their tasks are not gone."""
    if config.option.collectonly:
        config.option.lf = False


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write down, in the process that the command started."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Inventory(config), "agenttasks-inventory")


class Inventory:
    """What is found in one run of pytest.

    Attributes:
        items: all tasks, whatever is deselected.
        broken: what is wrong with files that could not be read, a line each.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.items: list[pytest.Item] = []
        self.broken: list[str] = []
        self._unread: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Every task, before anything is deselected."""
        if is_task(item):
            self.items.append(item)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Files that could not be read, or skip themselves: their tasks are unknown, not gone."""
        if not report.passed:
            from pytest_agenttasks.spec import folder

            path = self._config.rootpath / report.nodeid.partition("::")[0]
            told = _first_line(report) or f"{report.nodeid} is skipped"
            self._unread[folder(path, self._config.rootpath)] = told
            if report.failed:
                self.broken.append(told if told.startswith(report.nodeid) else f"{report.nodeid}: {told}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Why a task did not pass, in full."""
        if report.failed and report.nodeid not in self._told:
            self._told[report.nodeid] = report.longreprtext

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write it down."""
        file = self._config.getoption("agent_inventory")
        if file:
            Path(file).write_text(json.dumps(self._all(session)), "utf-8")

    def _all(self, session: pytest.Session) -> Json:
        config = self._config
        settings = settings_of(config)
        selected = {item.nodeid for item in session.items} if hasattr(session, "items") else set()
        models = models_file(config)
        return {
            "root": str(config.rootpath),
            "ini": str(config.inipath) if config.inipath else None,
            "cassettes": str(settings.cassettes),
            "models": str(models) if models else None,
            "max_age": config.getini("agenttasks_cassette_max_age"),
            "run": run_id(config),
            "tasks": [
                {**known, "selected": item.nodeid in selected}
                for item in self.items
                for known in _known_of(item, settings)
            ],
            "unread": self._unread,
            "told": self._told,
        }


def is_task(item: pytest.Item) -> bool:
    """Whether an agent works for it: a task of a file, or a Python test with the marker."""
    return isinstance(item, TaskItem) or item.get_closest_marker("agent_task") is not None


def task_of(item: pytest.Item) -> Task:
    """The task of such an item.

    Raises:
        TaskFileError, UsageError: the marker of a Python test describes none well.
    """
    return item.task if isinstance(item, TaskItem) else task_of_marker(item)


def _known_of(item: pytest.Item, settings: Settings) -> Iterator[Json]:
    """What is known of a task; nothing of a Python test that describes none well, which tells so when it runs."""
    from pytest_agenttasks.settings import plan_task

    try:
        task = task_of(item)
        plan = plan_task(task, settings)
    except (AgentTasksError, pytest.UsageError):
        return
    yield {
        "id": item.nodeid,
        "line": task.line,
        "folder": task.folder(settings.root),
        "slug": task.slug,
        "unit": task.unit or task.name,
        "in_matrix": bool(task.spec.matrix),
        "preset": plan.requested,
        "agent": plan.agent.name,
        "action": plan.action,
        "cassette": str(plan.cassette),
        **_content(item, task, plan.agent, settings),
    }


def _content(item: pytest.Item, task: Task, agent: Agent, settings: Settings) -> Json:
    """Hashes of what a recording would be made from now, or why they are not known."""
    from pytest_agenttasks.content import content_of

    if makes_its_own_task(item):
        return {"content": None, "why": "a fixture agent_task of the project's own changes the task when it runs"}
    try:
        return {"content": content_of(task, agent, settings), "why": ""}
    except AgentTasksError as error:
        return {"content": None, "why": str(error).splitlines()[0]}


def _first_line(report: Any) -> str:
    """What is wrong with a file: the line that names the error, or the first one."""
    text = "" if report.skipped else report.longreprtext
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return next(iter([*errors[-1:], *lines]), "")


def _files_of_cassettes(root: Path, config: pytest.Config, folders: list[Path]) -> Iterator[Path]:
    """Task files and Python tests outside of the task folders that have cassettes."""
    from pytest_agenttasks.spec import folder

    cassettes = root / config.getini("agenttasks_cassette_dir")
    recorded = {str(file.parent.relative_to(cassettes)) for file in cassettes.rglob("*--*.yaml")}
    inside = {folder(one, root) for one in folders}
    recorded = {one for one in recorded if not any(one.startswith(f"{top}/") for top in inside)}
    return (file for file in _files(root, cassettes) if folder(file, root) in recorded) if recorded else iter(())


def _files(root: Path, cassettes: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in LEFT_ALONE
            and Path(top, name) != cassettes
            and not Path(top, name, "pyvenv.cfg").exists()
        )
        yield from (Path(top, name) for name in sorted(files) if name.endswith((".py", ".yaml", ".yml")))
