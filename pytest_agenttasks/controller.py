"""The process that the user started: gateway, preflight before the first task, and what xdist needs to know."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pytest_agenttasks.bookkeeping import Bookkeeping
from pytest_agenttasks.config import (
    GATEWAY_TOKEN,
    PAST_KEY,
    STATE,
    WORKER_KEY,
    began_key,
    gateway_key,
    is_ci,
    is_only_looking,
    is_split,
    models_file,
    run_id,
    settings_of,
    shared_name,
    state_of,
)
from pytest_agenttasks.earlier import past_of, to_hand_over
from pytest_agenttasks.exceptions import AgentError, AgentTasksError, GatewayError, TaskFileError
from pytest_agenttasks.fixtures import task_of_marker
from pytest_agenttasks.items import TaskItem, parametrised, tasks_of
from pytest_agenttasks.processes import mark

if TYPE_CHECKING:
    from pytest_agenttasks.models import GatewayHost
    from pytest_agenttasks.results import TaskResult
    from pytest_agenttasks.runs import Planned
    from pytest_agenttasks.settings import Plan, Settings
    from pytest_agenttasks.spec import Task


class Controller:
    """Registered in the controller only, never in an xdist worker.

    Attributes:
        plans: node id → what will be done, once the collection is known.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.plans: dict[str, Plan] = {}
        self._host: GatewayHost | None = None
        self._bad_task_files = self._bad_others = 0
        self._checked = False
        self._told: list[str] = []
        self._book = Bookkeeping(config)
        self._crashes: Counter[str] = Counter()

    def prepare_gateway(self) -> None:
        """Bind the gateway's socket where models may be asked; start it at once where they surely are.

        Raises:
            UsageError: `--agent-gateway` without its token; a state in Redis without the package for it.
        """
        config = self.config
        remote = config.getoption("agent_gateway")
        if remote:
            token = os.environ.get(GATEWAY_TOKEN)
            if not token:
                raise pytest.UsageError(f"--agent-gateway needs the gateway's token in the variable {GATEWAY_TOKEN}")
            config.stash[gateway_key] = (_checked_url(remote), token)
            return
        asked = config.getoption("agent_cassettes")
        mode = asked or config.getini("agenttasks_cassettes")
        if mode == "replay" or (mode == "auto" and is_ci()) or is_only_looking(config):
            return
        self._host = self._bind()
        config.stash[gateway_key] = (self._host.url, self._host.token)
        if asked in ("record", "live"):
            self._host.start_now()

    def begin(self) -> None:
        """Make the run folder now.

        Raises:
            UsageError: it cannot be made.
        """
        self._book.begin()

    def refuse(self) -> None:
        """Nothing is done, and nothing is left of the run."""
        self.plans.clear()
        self._book.refused = True

    def _bind(self) -> GatewayHost:
        return gateway_host(self.config, self._book.begin().path / "gateway.log")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker the run's id and begin, where gateway and shared workspaces are, and what orders tasks."""
        gateway = self.config.stash.get(gateway_key, None)
        node.workerinput[WORKER_KEY] = {
            "run": run_id(self.config),
            "began": self.config.stash[began_key],
            "controller": mark(),
            "gateway": list(gateway) if gateway else None,
            "shared": shared_name(self.config),
            "workers": node.workerinput["workercount"] if self.config.getoption("dist") == "load" else 1,
            "away": None,
            PAST_KEY: to_hand_over(self.config),
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Under xdist the controller does not collect: it learns from the first worker what there is."""
        if self._checked:
            return
        tasks = _tasks_of(ids, self.config)
        if tasks:
            self._deal_singly()
            self._preflight(tasks)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without xdist: the collected items are known."""
        if not self.config.pluginmanager.hasplugin("dsession"):
            self._preflight(_tasks_in(session.items))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count broken task files apart from other collection errors."""
        if report.failed and isinstance(getattr(report, "result", None), list):
            is_task_file = report.nodeid.endswith((".yaml", ".yml"))
            self._bad_task_files += is_task_file
            self._bad_others += not is_task_file

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """A broken task file is its own error: the others run, as they do under xdist."""
        option = self.config.option
        if self._bad_task_files and not self._bad_others and not option.collectonly:
            option.continue_on_collection_errors = True

    def result_of_crash(self, plan: Plan, what: str) -> TaskResult:
        """Write and give the result of a task whose worker died."""
        from pytest_agenttasks.results import Outcome
        from pytest_agenttasks.runner import TaskRun

        settings = settings_of(self.config)
        run = TaskRun(plan.task, settings)
        slug = plan.slug(settings.root)
        self._crashes[slug] += 1
        run.crashes = self._crashes[slug]
        run.recall()
        return run.finish(Outcome.ERROR, f"{what.splitlines()[0]}: out of memory, killed, or a crash of its own")

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What went wrong with the state of accounts during the run; the header has what was known before."""
        began = bool(self._told)
        if not began or not any(plan.live for plan in self.plans.values()) or self.config.option.verbose < 0:
            return
        for line in self._trouble():
            if line not in self._told:
                terminalreporter.write_line(line)

    def _broken(self) -> list[str]:
        return [f"warning: {self._host.broken}"] if self._host is not None and self._host.broken else []

    def _trouble(self) -> list[str]:
        client = settings_of(self.config).client()
        try:
            return [f"warning: {line}" for line in client.trouble()] if client else []
        except GatewayError:
            return []  # the tasks that asked it have told so

    def pytest_unconfigure(self) -> None:
        """End the gateway."""
        if self._host is not None:
            self._host.close()
        self._book.forget_if_refused()

    def _preflight_of(self, settings: Settings) -> list[str]:
        """Look at what is to be done, which is not what passed before."""
        from pytest_agenttasks.content import known_content
        from pytest_agenttasks.preflight import preflight
        from pytest_agenttasks.resuming import sorted_out

        plans = list(self.plans.values())
        if not self.config.getoption("agent_resume"):
            return preflight(plans, settings)
        contents = [known_content(plan, settings) for plan in plans]
        left, lines = sorted_out(plans, contents, past_of(self.config), settings)
        head, *rest = preflight(left, settings)
        return [head, *lines, *rest]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from a worker that has ended what other jobs do."""
        if is_split(self.config):
            from pytest_agenttasks.sharding import handed_over

            left = handed_over(node)
            if left is not None:
                self._book.leave(left)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The run has ended."""
        self._book.end(int(exitstatus))

    def _deal_singly(self) -> None:
        """Let workers take one task at a time, unless the user chose: tasks differ too much in length."""
        scheduler = getattr(self.config.pluginmanager.getplugin("dsession"), "sched", None)
        if self.config.getoption("maxschedchunk", None) is None and hasattr(scheduler, "maxschedchunk"):
            scheduler.maxschedchunk = 1  # type: ignore[union-attr]

    def _preflight(self, tasks: dict[str, Task]) -> None:
        self._checked = True
        if not tasks:
            return
        from pytest_agenttasks.preflight import check_names
        from pytest_agenttasks.settings import plan_task

        settings = settings_of(self.config)
        try:
            check_names(settings)
            self.plans = {node_id: plan_task(task, settings) for node_id, task in tasks.items()}
            if is_only_looking(self.config):
                return
            self._told = [*self._preflight_of(settings), *self._broken()]
        except AgentTasksError as error:
            hint = "--agent: " if isinstance(error, AgentError) else ""
            raise pytest.UsageError(f"{hint}{error}") from None
        self._book.plan(self.plans, settings, self._elsewhere())
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None and self.config.option.verbose >= 0:
            if self.config.get_terminal_writer().width_of_current_line:
                reporter.write_line("")  # xdist's line about workers, on a terminal
            for line in self._told:
                reporter.write_line(line)

    def _elsewhere(self) -> list[Planned] | None:
        if not is_split(self.config):
            return None
        from pytest_agenttasks.sharding import elsewhere

        return elsewhere(self.config)


def gateway_host(config: pytest.Config, log: Path) -> GatewayHost:
    """Bind the socket of a gateway that is set up as this configuration says.

    Raises:
        UsageError: the place for accounts' state is a URL of no Redis, or there is no package for it.
    """
    from pytest_agenttasks.health import unusable_state
    from pytest_agenttasks.models import GatewayHost

    arguments = ["--max-wait", str(config.getini("agenttasks_max_wait")), "--log", str(log)]
    models = models_file(config)
    if models is not None:
        arguments += ["--models", str(models)]
    state = state_of(config)
    if told := unusable_state(state):
        raise pytest.UsageError(told)
    # Not as an argument that every `ps` shows: it may be a URL with a password.
    return GatewayHost(arguments, log, {STATE: state})


def _checked_url(url: str) -> str:
    """A gateway's base URL; anything else could send the token somewhere else.

    Raises:
        UsageError: it is no URL of a server.
    """
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.path.rstrip("/") or parts.query or parts.username:
        raise pytest.UsageError(f"--agent-gateway {url}: expected http://HOST:PORT or https://HOST")
    return url.rstrip("/")


def _tasks_in(items: Sequence[pytest.Item]) -> dict[str, Task]:
    """The tasks of task files and of Python tests; a Python test that describes none well tells so in its setup."""
    found = {}
    for item in items:
        if isinstance(item, TaskItem):
            found[item.nodeid] = item.task
        elif item.get_closest_marker("agent_task") is not None:
            with contextlib.suppress(TaskFileError, pytest.UsageError):
                found[item.nodeid] = task_of_marker(item)
    return found


def _tasks_of(ids: Sequence[str], config: pytest.Config) -> dict[str, Task]:
    """The tasks behind node ids, read again from their files; ids of other tests are left out."""
    found: dict[str, Task] = {}
    by_file: dict[str, dict[str, Task]] = {}
    for node_id in ids:
        file, _, name = node_id.partition("::")
        if not file.endswith((".yaml", ".yml")):
            continue
        if file not in by_file:
            by_file[file] = _load(file, config)
        tasks = by_file[file]
        plain, _, parameters = name.rpartition("[")
        if name in tasks:
            found[node_id] = tasks[name]
        elif plain in tasks:
            found[node_id] = parametrised(tasks[plain], parameters.removesuffix("]"))
    return found


def _load(file: str, config: pytest.Config) -> dict[str, Task]:
    try:
        return {task.name: task for task in tasks_of(config.rootpath / file, config)}
    except TaskFileError:
        return {}  # it lies outside the root, or was changed since the worker read it
