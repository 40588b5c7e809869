"""What reports over whole runs are made of: runs, the tasks in them, and what each task left behind. Plain values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pytest_agenttasks.results import Json, Outcome, TaskResult


class Status(StrEnum):
    """How a task of a report stands: its outcome, or that it has none."""

    FAILED = "failed"
    ERROR = "error"
    QUOTA = "quota"
    MISSING = "missing"
    PASSED = "passed"


JUDGED = (Status.PASSED, Status.FAILED)
"""What says something about an agent and its models. The others say nothing about them, and are in no rate."""


@dataclass(frozen=True, slots=True)
class Span:
    """A task on the time line of a run.

    Attributes:
        worker: that did it.
        slug: of the task.
        name: of the task, as pytest shows it.
        status: of the task in this run.
        began: seconds since the epoch.
        ended: likewise; of a task that was cut off, the last that is known of it.
        waits: when it waited for limits: begin and end of each wait.
    """

    worker: str
    slug: str
    name: str
    status: Status
    began: float
    ended: float
    waits: Sequence[tuple[float, float]] = ()


@dataclass(slots=True)
class Source:
    """One run that a report tells of.

    Attributes:
        id: of the run.
        folder: where it lies, as a person can type it.
        state: `ended`; `killed`: it is gone without an end; `running`; `elsewhere`: it has no end, and its machine
            cannot be asked; `absent`: a group of a run that was split, of which nothing is here.
        planned: tasks that it was to do; None for a folder without run.json.
        finished: those that have a result in it.
        cut_off: names of those that were begun and have none.
        began: seconds since the epoch; None where nothing tells.
        ended: likewise.
        exit_code: pytest's.
        unexplained: whether its tasks all passed, and it did not end with exit code 0.
        group: which group of how many it did, and on which models, for people; empty where it was not split.
        note: of an absent one: what is not here.
        host: name of its machine.
        mode: `--agent-cassettes`.
        arguments: of pytest.
        versions: of this package and of Python.
        damaged: files of it that cannot be read.
        spans: what its workers did when.
    """

    id: str
    folder: str
    state: str
    planned: int | None = None
    finished: int = 0
    cut_off: list[str] = field(default_factory=list)
    began: float | None = None
    ended: float | None = None
    exit_code: int | None = None
    unexplained: bool = False
    group: str = ""
    note: str = ""
    host: str = ""
    mode: str = ""
    arguments: list[str] = field(default_factory=list)
    versions: str = ""
    damaged: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One task of a report.

    Attributes:
        id: its node id.
        slug: its folder below the run folder.
        task: its name.
        file: the task file, as pytest shows it.
        line: 1-based line of the task in it.
        title: of the task.
        category: of the task.
        agent: that was to do it.
        requested: head of its chain; empty for agents that ask no model.
        run: id of the run that this is from.
        result: None if it has none.
        absent: for a task without result that no run planned: why.
        begun: for a task without result: whether a worker was in the middle of it.
        waits: for a task without result: whether its run may still do it.
        earlier: run and status of each other result of the same task that this one stands for.
        later: runs in which it was to be done again and was not finished.
    """

    id: str
    slug: str
    task: str
    file: str
    line: int | None
    title: str = ""
    category: str | None = None
    agent: str = ""
    requested: str = ""
    run: str = ""
    result: TaskResult | None = None
    absent: str = ""
    begun: bool = False
    waits: bool = False
    earlier: list[tuple[str, Status]] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """How it stands."""
        return Status.MISSING if self.result is None else Status(self.result.outcome.value)

    @property
    def name(self) -> str:
        """As pytest names it."""
        return f"{self.file}::{self.task}"

    @property
    def asked(self) -> str:
        """Its name, and on which model: runs of several models may be taken together."""
        return f"{self.name} on {self.requested}" if self.requested else self.name

    @property
    def unit(self) -> str:
        """The task's name without trial and preset, where its result tells that."""
        return (self.result.unit if self.result else "") or self.task

    @property
    def mixed(self) -> bool:
        """Whether more than one model answered, so that it says nothing about one of them."""
        return self.result is not None and self.result.purity == "mixed"

    @property
    def reason(self) -> str:
        """Why it is not passed, in a line."""
        if self.result is not None:
            return self.result.reason
        if self.absent:
            return self.absent
        if self.waits:
            return "is being done" if self.begun else "its turn has not come"
        return "was begun and not finished" if self.begun else "did not run"

    @property
    def place(self) -> tuple[str, int | None]:
        """File and line to look at: of the first check that did not hold, else of the task."""
        checks = self.result.checks if self.result and self.result.outcome is not Outcome.PASSED else []
        line = next((check.line for check in checks if check.status != "passed" and check.line), None)
        return self.file, line or self.line


@dataclass(slots=True)
class Column:
    """Runs of the same work, taken together: shards, machines, and what was done again.

    Attributes:
        label: names it beside others.
        sources: the runs, in the order in which they began.
        entries: each task once.
    """

    label: str
    sources: list[Source]
    entries: list[Entry]

    @property
    def results(self) -> list[TaskResult]:
        """Of the tasks that have one."""
        return [entry.result for entry in self.entries if entry.result is not None]


@dataclass(slots=True)
class Report:
    """What is reported: one column, or several to compare.

    Attributes:
        columns: at least one.
        made: seconds since the epoch.
    """

    columns: list[Column]
    made: float


@dataclass(slots=True)
class Evidence:
    """What a task left behind beside its result.

    Attributes:
        folder: where it lies, as a person can type it; empty if there is none.
        trajectory: an ATIF document; None if there is none.
        partial: whether it ends where the task was cut off.
        patch: what the agent changed.
        log: what a program printed that was the agent.
        artifacts: path below the task's artifacts, and bytes.
        damaged: files that cannot be read.
        size: bytes of all of it.
    """

    folder: str = ""
    trajectory: Json | None = None
    partial: bool = False
    patch: str = ""
    log: str = ""
    artifacts: list[tuple[str, int]] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    size: int = 0


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """What needs a person first, else in the order given."""
    order = list(Status)
    return sorted(entries, key=lambda entry: order.index(entry.status))


def moment(at: float) -> str:
    """A time for programs: ISO 8601 in UTC. Times that are none are empty."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) if at else ""
    except (OverflowError, ValueError, OSError):
        return ""
