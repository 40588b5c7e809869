"""Values that the layers hand to each other: plain and JSON-able."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from pytest_agenttasks.usage import JudgeUse, ModelUse

Json = dict[str, Any]
"""A JSON object."""


class Outcome(StrEnum):
    """How a task ended. Infrastructure (error, quota) never counts against an agent and never as done."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command did.

    Attributes:
        exit_code: as the shell would tell it (128 + n for signal n); None if its time ran out.
        output: stdout and stderr as they came, decoded as UTF-8 with replacement characters,
            host paths of the workspace shown as `/workspace`.
        truncated: bytes left out of the middle of the output; 0 if it is whole.
        seconds: wall time.
        exceeded: the resource that it was killed for (`memory`, `processes`, `file size`, `disk`), as the end of
            its output says too; the exit code is that of the kill.
    """

    exit_code: int | None
    output: str
    truncated: int = 0
    seconds: float = 0.0
    exceeded: str | None = None

    @property
    def timed_out(self) -> bool:
        """Whether it was killed because its time ran out."""
        return self.exit_code is None


NOT_TRIED = "not tried: "
"""Begins the message of a check that a run left out."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found.

    Attributes:
        check: the check's name in the task file.
        status: `error` means that it could not be run and says nothing about the agent.
        message: one line that a person can act on; further lines give the evidence.
        line: 1-based line of the check in the task file, where there is one.
    """

    check: str
    status: Literal["passed", "failed", "error"]
    message: str
    line: int | None = None

    @property
    def not_tried(self) -> bool:
        """Whether the run left it out: it is an error, since nobody knows, but nothing went wrong."""
        return self.status == "error" and self.message.startswith(NOT_TRIED)


@dataclass(frozen=True, slots=True)
class AgentResult:
    """How an agent's work ended.

    Attributes:
        stopped: `finished` (it said so), `stuck` (it found no way on), or the limit that ended it: `steps`,
            `seconds`, `tokens`, `cost_usd`, `context`.
        answer: the agent's final words.
        steps: model calls that the agent acted on.
    """

    stopped: str
    answer: str = ""
    steps: int = 0


@dataclass(slots=True)
class TaskResult:
    """All that is known of one task of one run: what result.json holds and every report is made from.

    Attributes:
        task: the task's name, matrix values included.
        file: the task file, as pytest shows it.
        line: 1-based line of the task in it.
        slug: unique name of the task's folder below the run folder.
        outcome: how it ended.
        reason: one line that says why it is not passed, or which limit ended the agent; else empty.
        requested: head of the chain; empty for agents that ask no model.
        served: full ids of the models that answered, as their providers name them, in order of first use.
        purity: `mixed` (more than one model answered), `pinned` (no rotation was possible), `single`;
            empty where no model answered.
        accounts: names of the accounts that requests were made with, where models.yaml knows several.
        models: what was asked of each model in this run and what came of it; empty in a replay.
        earlier_models: the same of the attempts that a rerun replaced.
        calls: answers asked for.
        attempts: HTTP tries of all calls.
        rotations: how often the conversation moved to another model.
        moved_on: why, by model: `openrouter/a/b: rate_limited (429)`, each once.
        own: whether the requested model itself gave an answer.
        wait_s: seconds waited for limits in this run.
        cost_usd: of this run; None if unknown.
        earlier_cost_usd: of the attempts that a rerun replaced; None if unknown.
        cassette: `replayed`, `recorded`, `live` or `none`.
        recorded: `cost_usd`, `wait_s` and `models` of the recording that was replayed, or of the run in which it
            passed; empty where this run asked.
        stopped: what ended the agent's work (`AgentResult.stopped`).
        environment_drift: one line for each answer that was played though a tool's output differed.
        unplayed: recorded answers that the replay did not ask for.
        resets_at: for quota: epoch seconds.
        changed: files that the agent added, changed or deleted.
        began: when, in seconds since the epoch; 0 where it is not known.
        ended: likewise.
        content: hashes of what the outcome depends on, by name; empty where they cannot be known.
        crashes: how often in this run its worker died in the middle of it.
        resumed_from: id of the earlier run that it passed in, or failed in if it is measured; empty if it was done in
            this one.
        unit: the task's name without trial and preset: what trials and comparisons have in common.
        trial: which of several independent trials it is, from 1; 0 where there is one.
        place: of its preset among those that the run compared, from 1 as they were given; 0 where it compared none.
        judge: what was asked of judges, apart from the agent's own calls; None where none was asked.
        source: the folder that the workspace's files came from, relative to pytest's rootdir, with `/`; `.` is the
            rootdir itself. None where they came from no folder, or from one outside of it.
    """

    task: str
    file: str
    line: int | None
    slug: str
    agent: str
    run: str
    title: str = ""
    category: str | None = None
    outcome: Outcome = Outcome.ERROR
    reason: str = ""
    requested: str = ""
    served: list[str] = field(default_factory=list)
    purity: str = ""
    accounts: list[str] = field(default_factory=list)
    models: list[ModelUse] = field(default_factory=list)
    earlier_models: list[ModelUse] = field(default_factory=list)
    calls: int = 0
    attempts: int = 0
    rotations: int = 0
    moved_on: list[str] = field(default_factory=list)
    own: bool = True
    wait_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    earlier_cost_usd: float | None = 0.0
    steps: int = 0
    cassette: str = "none"
    recorded: Json = field(default_factory=dict)
    seconds: float = 0.0
    stopped: str = ""
    answer: str = ""
    isolation: str = ""
    checks: list[CheckResult] = field(default_factory=list)
    environment_drift: list[str] = field(default_factory=list)
    unplayed: int = 0
    resets_at: float | None = None
    changed: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0
    content: dict[str, str] = field(default_factory=dict)
    crashes: int = 0
    resumed_from: str = ""
    source: str | None = None
    unit: str = ""
    trial: int = 0
    place: int = 0
    judge: JudgeUse | None = None

    @property
    def is_measured(self) -> bool:
        """Whether a rate is made of it: one of several trials, or one of the presets that its run compared."""
        return bool(self.trial or self.place)

    @property
    def order(self) -> tuple[str, int, str, int, int]:
        """Where it stands in tables, whichever ended first: by task file, in it by line, then by trial and preset."""
        return self.file, self.line or 0, self.unit, self.trial, self.place

    @property
    def by_code(self) -> bool:
        """Whether it is a Python test, which judges by its own asserts."""
        return self.file.endswith(".py")

    @property
    def told_models(self) -> list[ModelUse]:
        """The table by model: of this run, or of the recording that was replayed."""
        return self.models or [ModelUse.from_json(one) for one in self.recorded.get("models", ())]

    @property
    def told_wait_s(self) -> float:
        """Seconds waited for limits: in this run, or in the one that was replayed or taken over."""
        return float(self.recorded.get("wait_s") or 0.0) if self.recorded else self.wait_s

    def add_earlier(self, attempt: TaskResult) -> None:
        """Take over what an attempt asked and cost that this one replaces."""
        self.earlier_models = [*attempt.earlier_models, *attempt.models, *self.earlier_models]
        judged = attempt.judge.cost_usd if attempt.judge else 0.0
        costs = (attempt.cost_usd, judged, attempt.earlier_cost_usd, self.earlier_cost_usd)
        known = [cost for cost in costs if cost is not None]
        self.earlier_cost_usd = sum(known) if len(known) == len(costs) else None

    def to_json(self) -> Json:
        """Plain values, for result.json and for the way from a worker to the controller."""
        return {**_plain(self), "outcome": self.outcome.value}

    @classmethod
    def from_json(cls, data: Json) -> TaskResult:
        """The inverse of `to_json`; unknown keys are left out."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        known["outcome"] = Outcome(known["outcome"])
        known["checks"] = [CheckResult(**one) for one in known.get("checks", ())]
        for table in ("models", "earlier_models"):
            known[table] = [ModelUse.from_json(one) for one in known.get(table, ())]
        known["judge"] = JudgeUse.from_json(known["judge"]) if known.get("judge") else None
        return cls(**known)


def _plain(value: Any) -> Any:
    """The same as `dataclasses.asdict`, which copies each text and number by `copy.deepcopy`: four times as slow."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
