"""In a worker on another machine: tells what it has before tasks begin, and sends home what it writes of them."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.config import (
    base_folder,
    fetch_key,
    grown_key,
    handed,
    is_only_looking,
    models_file,
    run_id,
    settings_of,
    task_folders,
)
from pytest_agenttasks.earlier import taken_over_key
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.fixtures import run_key
from pytest_agenttasks.hosts import Courier, project_files
from pytest_agenttasks.items import TaskItem

if TYPE_CHECKING:
    from pytest_agenttasks.settings import Plan

    State = tuple[int, int] | None


PATIENCE = 60.0
"""Seconds in which the controller answers; it only reads a file."""


def join(config: pytest.Config) -> None:
    """Register `Away` if the controller says that this worker is on another machine."""
    given = handed(config).get("away")
    if given is not None:
        config.pluginmanager.register(Away(config, given["channel"]), "agenttasks-away")


def files_of_project(config: pytest.Config) -> dict[str, str]:
    """Hashes of the files that must be the same on all machines."""
    return project_files(config.rootpath, task_folders(config), (models_file(config), config.inipath))


class Away:
    """Registered in workers on other machines only."""

    def __init__(self, config: pytest.Config, channel: Any) -> None:
        from pytest_agenttasks.runs import RunFolder

        self._config = config
        self._run = RunFolder(base_folder(config), run_id(config))
        places = {"run": self._run.path, "cassettes": config.rootpath / config.getini("agenttasks_cassette_dir")}
        self._courier = Courier(channel.send, places)
        self._answered = channel.receive
        self._before: State = None
        # The controller has made its own before: where it is seen from here, so is all that is written there.
        self._sends = not (self._run.path / "run.json").exists() and not is_only_looking(config)
        if self._sends:
            self._run.create()
            config.stash[grown_key] = self._courier.grown
            config.stash[fetch_key] = self._fetch

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell, before xdist tells the ids of the items, what they are here and what this machine lacks for them."""
        tasks = {item.nodeid: item.task for item in session.items if isinstance(item, TaskItem)}
        facts: dict[str, Any] = {
            "files": files_of_project(self._config),
            "folder": str(self._run.path) if self._sends else "",
            "tasks": len(tasks),
            "contents": {},
        }
        try:
            plans = self._plans(tasks)
            facts["contents"] = self._contents(plans)
            facts["lacks"] = self._lacks(plans)
        except (AgentTasksError, pytest.UsageError) as error:
            facts["lacks"] = str(error)
        self._courier.tell(facts)

    def _plans(self, tasks: dict[str, Any]) -> dict[str, Plan]:
        from pytest_agenttasks.settings import plan_task

        settings = settings_of(self._config) if tasks else None
        return {node_id: plan_task(task, settings) for node_id, task in tasks.items()} if settings else {}

    def _contents(self, plans: dict[str, Plan]) -> dict[str, dict[str, str]]:
        from pytest_agenttasks.content import known_content

        return {node_id: known_content(plan, settings_of(self._config)) for node_id, plan in plans.items()}

    def _lacks(self, plans: dict[str, Plan]) -> str:
        from pytest_agenttasks.preflight import check_machine

        if plans and not is_only_looking(self._config):
            check_machine(list(plans.values()), settings_of(self._config))
        return ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
        """When all of a task is over, and its cassette saved, send what it left."""
        report = yield
        run = item.stash.get(run_key, None)
        if call.when == "setup" and run is not None:
            self._before = _state(run.plan.cassette)  # it is saved later
        if call.when == "teardown" and self._sends:
            try:
                self._send_home(item)
            except OSError as error:
                warnings.warn(pytest.PytestWarning(f"what {item.nodeid} left was not sent home: {error}"), stacklevel=1)
        return report

    def _fetch(self, run: str, slug: str) -> None:
        """Put the result of an earlier run where this process looks for it; the rest stays at home."""
        self._courier.ask(run, slug)
        result = self._answered(PATIENCE)
        if result:
            folder = self._run.path.parent / run / slug
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "result.json").write_bytes(result)

    def _send_home(self, item: pytest.Item) -> None:
        run, earlier = item.stash.get(run_key, None), item.stash.get(taken_over_key, None)
        if earlier is not None:
            self._courier.bring(self._run.path / earlier.slug / "result.json")
            shutil.rmtree(self._run.path / earlier.slug)
            shutil.rmtree(self._run.path.parent / earlier.resumed_from / earlier.slug, ignore_errors=True)
        if run is not None and (folder := self._run.path / run.plan.slug(run.settings.root)).is_dir():
            self._courier.bring(folder)
            shutil.rmtree(folder)
        if run is not None and run.plan.action == "record" and _state(run.plan.cassette) != self._before:
            self._courier.bring(run.plan.cassette)

    def pytest_unconfigure(self) -> None:
        """Leave nothing of the run here: it is at home."""
        if self._sends:
            with suppress(OSError):
                (self._run.path / "events" / f"{self._config.workerinput['workerid']}.jsonl").unlink()  # type: ignore[attr-defined]


def _state(cassette: Path) -> State:
    """Differs once it was saved: then it is another file."""
    try:
        stat = cassette.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
