"""In the controller of workers on other machines: what cannot work is refused, and what they write is put in place."""

from __future__ import annotations

import inspect
import json
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest

from pytest_agenttasks.away import files_of_project
from pytest_agenttasks.config import (
    CASSETTE_NOTE,
    WORKER_KEY,
    base_folder,
    gateway_key,
    models_file,
    run_id,
    settings_of,
    settings_or_none,
    task_folders,
)
from pytest_agenttasks.hosts import (
    Mailbox,
    clean_up,
    differences,
    hosts_in,
    let_go,
    no_connection,
    reason,
    refusal,
    tunnelled,
    unfit,
)
from pytest_agenttasks.outcomes import REPORT_FIELD, scrub_report

if TYPE_CHECKING:
    from pytest_agenttasks.controller import Controller
    from pytest_agenttasks.hosts import Host

PATIENCE = 60.0
"""Seconds in which a machine must tell of itself, once Python runs there."""


class Hosting:
    """Registered in the controller only, and only where `--px` or `--tx` name other machines."""

    def __init__(self, config: pytest.Config, controller: Controller) -> None:
        self._config = config
        self._controller = controller
        self._hosts = {host.id: host for host in hosts_in(config.getoption("px"))}
        self._sockets: dict[str, str] = {}
        self._looked: set[tuple[str | None, str | None]] = set()
        self._boxes: dict[Any, tuple[Mailbox, Any]] = {}
        self._group: Any = None
        self._taken_over: set[str] = set()
        self._contents: dict[str, dict[str, str]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, Any, Any]:
        """Refuse what cannot work, make the way back, and tell plainly what goes wrong when workers are started."""
        if not self._config.pluginmanager.hasplugin("dsession"):
            self._refuse_if_not_distributed()
            return (yield)
        if self._config.option.numprocesses:  # it has taken the place of --tx, and no other machine is asked
            self._config.option.px = []
            return (yield)
        self._refuse_forms()
        self._controller.begin()
        self._open_ways_back()
        try:
            return (yield)
        except pytest.UsageError:
            self._controller.refuse()
            raise
        except no_connection() as error:
            self._refuse(f"no worker could be started on another machine: {reason(error)}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """End plainly where a machine is gone, and xdist fails to start a worker there again."""
        try:
            return (yield)
        except no_connection():
            gone = let_go(self._group, self._hosts)
            if not gone:
                raise
            told = f"host {', '.join(gone)} is gone; go on without it: the same command with --agent-resume"
            pytest.exit(told, pytest.ExitCode.INTERRUPTED)

    def pytest_report_header(self) -> str | None:
        """Say that machines which are named, in `addopts` perhaps, are not asked."""
        if not self._config.option.numprocesses:
            return None
        return f"warning: -n{self._config.option.numprocesses} starts workers on this machine only; --px is not used"

    def _refuse_if_not_distributed(self) -> None:
        option = self._config.option
        if option.dist == "no" and option.numprocesses is None and not option.collectonly and self._has_tasks():
            raise pytest.UsageError("--px and --tx start no worker without -d (--dist=load): add it")

    def _refuse_forms(self) -> None:
        option = self._config.option
        if self._has_tasks() and (told := refusal(option.px, option.tx, rsync=self._copies_folders())):
            raise pytest.UsageError(told)

    def _copies_folders(self) -> bool:
        try:
            return bool(self._config.getoption("rsyncdir") or self._config.getini("rsyncdirs"))
        except (ValueError, KeyError):
            return False  # announced for xdist 4, which will have neither

    def _has_tasks(self) -> bool:
        """Whether this looks like a project with tasks: what others do with xdist is their business."""
        named = (name.partition("::")[0] for name in self._config.option.file_or_dir)
        folders = any(folder.is_dir() for folder in task_folders(self._config))
        return folders or any(name.endswith((".yaml", ".yml")) for name in named)

    def _open_ways_back(self) -> None:
        """Let workers elsewhere reach the run's own gateway, through the connection that xdist makes anyway."""
        gateway, option = self._config.stash.get(gateway_key, None), self._config.option
        if gateway is None or self._config.getoption("agent_gateway"):
            return
        port = urlsplit(gateway[0]).port or 0
        by_machine: dict[str, str] = {}
        for place, (proxy, host) in enumerate(zip(option.px, self._hosts.values(), strict=False)):
            if not host.ssh or host.via:
                continue
            if host.ssh not in by_machine:
                by_machine[host.ssh] = f"/tmp/agenttasks-{secrets.token_hex(12)}.sock"
                option.px[place] = tunnelled(proxy, by_machine[host.ssh], port)
            self._sockets[host.id] = by_machine[host.ssh]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway: Any) -> None:
        """Look at a machine before the first worker is started there."""
        spec = gateway.spec
        host = self._hosts.get(spec.via)
        if host is None or (spec.via, spec.python) in self._looked or not self._has_tasks():
            return
        self._looked.add((spec.via, spec.python))
        from pytest_agenttasks.hosts import surroundings

        channel = gateway.remote_exec(surroundings)
        channel.send({"names": self._names(), "gateway": self._gateway_to_try(host)})
        told = unfit(host, channel.receive(PATIENCE))
        channel.waitclose(PATIENCE)
        if told:
            raise pytest.UsageError(told)

    def _names(self) -> list[str]:
        """Paths, relative to where pytest was started, without which a folder is no working copy of this project."""
        here = self._config.invocation_params.dir
        project = [file for file in (self._config.inipath, models_file(self._config)) if file is not None]
        given = (argument.partition("::")[0] for argument in self._config.option.file_or_dir)
        named = [name for name in given if (here / name).exists()]
        return [*(os.path.relpath(file, here) for file in project), *named]

    def _gateway_to_try(self, host: Host) -> list[str] | None:
        """The gateway by which a worker there asks; None where it may not have to, or ssh has seen to it."""
        gateway = self._config.stash.get(gateway_key, None)
        mode = self._config.getoption("agent_cassettes") or self._config.getini("agenttasks_cassettes")
        return None if gateway is None or mode == "replay" or host.id in self._sockets else list(gateway)

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker elsewhere what it cannot know, and take what it writes."""
        import xdist.remote  # type: ignore[import-untyped]

        host, given = self._hosts.get(node.gateway.spec.via), node.workerinput[WORKER_KEY]
        given["program"] = inspect.getsource(xdist.remote)
        if host is None:
            return
        self._group = node.nodemanager.group
        if given["gateway"] and host.id in self._sockets:
            given["gateway"][0] = f"unix:{self._sockets[host.id]}"
        channel = node.gateway.newchannel()
        box = Mailbox(self._places(), self._scrub, node.gateway.id)
        box.answer, box.reply = self._earlier, channel.send
        channel.setcallback(box.receive)
        self._boxes[node] = box, channel
        given["away"] = {"environ": self._environ(), "channel": channel}

    def _earlier(self, run: str, slug: str) -> bytes:
        from pytest_agenttasks.resuming import evidence_of

        self._taken_over.add(run)
        return evidence_of(settings_of(self._config), run, slug)

    def _places(self) -> dict[str, Any]:
        config = self._config
        run = base_folder(config) / "runs" / run_id(config)
        return {"run": run, "cassettes": config.rootpath / config.getini("agenttasks_cassette_dir")}

    def _scrub(self, text: str) -> str:
        settings = settings_or_none(self._config)
        return settings.secrets.scrub(text) if settings else text

    def _environ(self) -> dict[str, str | None]:
        """Variables by which tasks are done alike everywhere; None: not set. No key is among them."""
        from pytest_agenttasks.models import VARIABLES

        return {name: os.environ.get(name) for name in ("CI", "PYTEST_ADDOPTS", CASSETTE_NOTE, *VARIABLES)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_getremotemodule(self) -> ModuleType:
        """What runs in the processes of workers."""
        from pytest_agenttasks.hosts import worker

        return worker

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Refuse machines on which other tasks would be done than on this one, or that lack something for them; a
        worker that takes another's place comes too late for that.

        Raises:
            UsageError: files differ, or something that tasks need is not there.
        """
        told, host = self._told_by(node)
        if not told.get("tasks"):
            return
        if found := differences(files_of_project(self._config), told["files"]):
            self._refuse(f"the working copy on host {host} is of another state: {found}; {_ALIKE}")
        if told["lacks"]:
            self._refuse(f"host {host}: {told['lacks']}")

    @pytest.hookimpl(optionalhook=True, trylast=True, specname="pytest_xdist_node_collection_finished")
    def pytest_plans_are_known(self, node: Any) -> None:
        """The same, for what only shows when plans are made: workspaces, recordings, models.

        Raises:
            UsageError: something that outcomes depend on differs.
        """
        told, host = self._told_by(node)
        plans = self._controller.plans
        if told.get("tasks") and plans and (found := differences(self._own_contents(), told["contents"])):
            self._refuse(f"tasks on host {host} would not be the same: {found}; {_ALIKE}")

    def _told_by(self, node: Any) -> tuple[dict[str, Any], Host | None]:
        """What a worker elsewhere told before the first task, and where it is; nothing of others."""
        if node not in self._boxes or self._begun():
            return {}, None
        return self._boxes[node][0].told, self._hosts[node.gateway.spec.via]

    def _refuse(self, told: str) -> NoReturn:
        self._controller.refuse()
        raise pytest.UsageError(told)

    def _own_contents(self) -> dict[str, dict[str, str]]:
        from pytest_agenttasks.content import known_content

        settings = settings_of(self._config)
        if not self._contents:
            plans = self._controller.plans.items()
            self._contents = {node_id: known_content(plan, settings) for node_id, plan in plans}
        return self._contents

    def _begun(self) -> bool:
        scheduler = getattr(self._config.pluginmanager.getplugin("dsession"), "sched", None)
        return bool(getattr(scheduler, "collection_is_completed", False))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take secrets out of a report from elsewhere: this machine knows more of them than the other one."""
        if getattr(report, "node", None) not in self._boxes:
            return
        from pytest_agenttasks.scrub import scrubbed

        scrub_report(report, self._scrub)
        report.user_properties = [(name, scrubbed(value, self._scrub)) for name, value in report.user_properties]
        if hasattr(report, REPORT_FIELD):
            result = json.loads(getattr(report, REPORT_FIELD))
            setattr(report, REPORT_FIELD, json.dumps(scrubbed(result, self._scrub)))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say which files did not come home."""
        for line in dict.fromkeys(line for box, _ in self._boxes.values() for line in box.trouble):
            terminalreporter.write_line(f"warning: {line}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave nothing on other machines."""
        for box, _ in self._boxes.values():
            box.close()
        ours = {Path(box.told["folder"]) for box, _ in self._boxes.values() if box.told.get("folder")}
        folders = {str(folder.parent / name) for folder in ours for name in (folder.name, *self._taken_over)}
        for host in self._hosts.values() if self._group is not None else ():
            sockets = [self._sockets[host.id]] if host.id in self._sockets else []
            clean_up(self._group, host, [*sorted(folders), *sockets])


_ALIKE = "bring both to the same state, with git or rsync, and start again"
