"""What one run was asked to do, read once and handed to every task: no pytest in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pytest_agenttasks.agents import Agent, find_agent
from pytest_agenttasks.cassettes import Action, Mode, cassette_path, plan
from pytest_agenttasks.models import (
    Budget,
    Chain,
    Gateway,
    GatewayClient,
    Models,
    QuotaWaiter,
    Wishes,
    judging,
    resolve,
)
from pytest_agenttasks.network import Guard, Hosts
from pytest_agenttasks.processes import has_ended, name_in
from pytest_agenttasks.runs import Events, RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.spec import JudgeOptions, Task, slug
from pytest_agenttasks.workspace import Resources, Shared

Asked = Literal["auto", "bubblewrap", "none"]

ACTION_WORDS = {"replay": "replayed", "record": "recorded", "live": "live", "none": "none"}
"""What is to become of a cassette → the word for what became of it, in results."""


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        root: what relative names are relative to (pytest's rootdir).
        models: presets and chains.
        wishes: what command line and environment say about models.
        mode: `--agent-cassettes`.
        drift: `--agent-drift`.
        isolation: `--agent-isolation`.
        cassettes: folder of all cassettes.
        run: the run's folder.
        secrets: what must never be written.
        ci: whether this is a CI job, where nothing is recorded by accident.
        agent: `--agent`; None: the task's own.
        task_folders: folders whose YAML files are task files.
        gateway: URL and token of the run's gateway; None where there is none.
        remote_gateway: whether that gateway is not this run's own, and holds the keys elsewhere.
        note: a line for the header of recorded cassettes.
        budget: of the whole run.
        quota_until: until when used-up quotas may be waited for, in seconds since the epoch; None: not at all.
        hosts: what the code of replayed tasks may reach besides this machine.
        preflight: what follows where quotas are too small for what was selected: a warning, no run, or nothing.
        resources: what the commands of a workspace may use of the machine.
        controller: the mark of the process that the user started (`processes.mark`); empty in that one itself.
        worker: xdist's name of this process; `controller` for the one that has workers, `main` without xdist.
        shared: workspaces that several tasks begin with; None: each task builds its own.
        repeat: `--agent-repeat`; None: the task's own.
        grown: is told which file of the run folder has grown, where the folder is not the controller's; else None.
    """

    root: Path
    models: Models
    wishes: Wishes
    mode: Mode
    drift: Literal["report", "strict"]
    isolation: Asked
    cassettes: Path
    run: RunFolder
    secrets: Secrets
    ci: bool
    agent: str | None = None
    task_folders: tuple[Path, ...] = ()
    gateway: tuple[str, str] | None = None
    remote_gateway: bool = False
    note: str = ""
    budget: Budget = field(default_factory=Budget)
    quota_until: float | None = None
    hosts: Hosts = field(default_factory=Hosts)
    preflight: Literal["warn", "strict", "off"] = "warn"
    resources: Resources = field(default_factory=Resources)
    controller: str = ""
    worker: str = "main"
    shared: Shared | None = None
    repeat: int | None = None
    grown: Callable[[Path], object] | None = None

    @property
    def orphaned(self) -> bool:
        """Whether the process that wanted this work done is gone, and with it the run's gateway."""
        return has_ended(self.controller)

    @cached_property
    def events(self) -> Events:
        """Where this process tells what it is doing."""
        return Events(self.run.path, self.worker, self.grown)

    @property
    def teller(self) -> str:
        """The process that brings what is told of tasks into the controller's run folder; empty: this one."""
        return name_in(self.controller) if self.grown else ""

    def chain_of(self, task: Task) -> Chain:
        """The models that a task asks.

        Raises:
            ModelsConfigError: there is no such model.
        """
        said = (task.preset, tuple(task.spec.model or ()), task.spec.category)
        if said not in self._chains:
            wishes = self.wishes.pinned_to(task.preset) if task.preset else self.wishes
            self._chains[said] = resolve(self.models, wishes, task.spec.model, task.spec.category)
        return self._chains[said]

    @cached_property
    def _chains(self) -> dict[tuple[object, ...], Chain]:
        """By what tasks say of their models: thousands say the same."""
        return {}

    def client(self, headers: dict[str, str] | None = None) -> GatewayClient | None:
        """A client of the run's gateway; None where there is none."""
        log = "" if self.remote_gateway else f"{self.run.shown}/gateway.log"
        return GatewayClient(*self.gateway, log, headers) if self.gateway else None

    def gateway_for(self, task: str, waiting: Callable[[float], object] | None = None) -> Gateway | None:
        """What the session of a task asks; None where there is no gateway.

        Args:
            task: its slug: the gateway is fair over tasks.
            waiting: is told of each wait for a quota, and until when in seconds since the epoch.
        """
        # Quoted: headers are Latin-1, names of tasks and folders are not.
        who = {"x-agenttasks-run": self.run.path.name, "x-agenttasks-task": quote(task)}
        client = self.client({**who, **self.budget.headers()})
        return (
            client
            if client is None or self.quota_until is None
            else QuotaWaiter(client, self.quota_until, waiting=waiting)
        )

    def withheld(self, task: Task) -> tuple[Path, ...]:
        """What an agent must not see in its workspace: task files, solutions, what checks judge by, cassettes."""
        solution = task.spec.solution
        files = [task.path.parent / solution.from_] if solution and solution.from_ else []
        return (task.path, self.cassettes, *self.task_folders, *task.hidden_folders, *files, *task.judges)

    def guard(self, plan: Plan) -> Guard:
        """What holds the code of a task: in a replay off the network, else not."""
        return Guard(self.hosts if plan.action == "replay" else None, self.root)


@dataclass(frozen=True)
class Judge:
    """A check `judge` and the models that it asks."""

    options: JudgeOptions
    chain: Chain


@dataclass(frozen=True)
class Plan:
    """What will be done for one task.

    Attributes:
        task: the task.
        agent: who does it.
        chain: its models; None for agents that ask none.
        action: `none` for agents that ask no model.
        cassette: where its cassette lies.
        judges: of its checks.
        judging: what becomes of what judges ask; `none` where they are not asked.
    """

    task: Task
    agent: Agent
    chain: Chain | None
    action: Action | Literal["none"]
    cassette: Path
    judges: tuple[Judge, ...] = ()
    judging: Action | Literal["none"] = "none"

    @property
    def live(self) -> bool:
        """Whether models are really asked."""
        return self.action in ("record", "live")

    @property
    def asks_judges(self) -> bool:
        """Whether judges are really asked."""
        return bool(self.judges) and self.judging in ("record", "live")

    @property
    def requested(self) -> str:
        """Head of the chain; empty for agents that ask no model."""
        return self.chain.requested if self.chain else ""

    def slug(self, root: Path) -> str:
        """Unique relative folder for what a run writes of this task."""
        # "--" is in no slug, so that this is never the folder of another task file. An agent that asks no model has as
        # many items as there are presets to compare, and each writes a folder of its own.
        model = slug(self.requested) if self.chain else "none"
        bound = f"--{slug(self.task.preset)}" if self.task.preset and not self.chain else ""
        return f"{self.task.folder(root)}/{self.task.slug}--{model}{bound}"


def plan_task(task: Task, settings: Settings) -> Plan:
    """Decide agent, chain and what becomes of the cassette.

    Raises:
        AgentError: there is no such agent.
        ModelsConfigError: there is no such model, or none is named to judge.
    """
    agent = find_agent(settings.agent or task.spec.agent, task.path.parent)
    folder = task.folder(settings.root)
    judges = tuple(
        Judge(check.judge, judging(settings.models, check.judge.model)) for check in task.spec.checks if check.judge
    )
    if not agent.asks_models:
        path = cassette_path(settings.cassettes, folder, task.slug, "none")
        # Without a chain there is no preset to keep a recording for.
        return Plan(task, agent, None, "none", path, judges, "live" if settings.mode == "live" else "none")
    chain = settings.chain_of(task)
    path = cassette_path(settings.cassettes, folder, task.slug, slug(chain.requested))
    action = plan(settings.mode, path, ci=settings.ci)
    return Plan(task, agent, chain, action, path, judges, action)
