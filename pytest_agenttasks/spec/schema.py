"""What may stand in a task file: one definition for validation, editors' JSON Schema and the docs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from pytest_agenttasks.spec.check_options import Check, Expression, Pattern, Text, without_nul

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A name that pytest can use as a marker."""

MARKERS = ("skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings", "flaky", "timeout")
"""Markers with a meaning of their own, in pytest and its usual plugins."""


def _not_a_marker(tag: str) -> str:
    if tag in MARKERS:
        raise ValueError(f"tag {tag!r} is a marker with a meaning of its own in pytest; rename it")
    return tag


def _selectable(name: str) -> str:
    if any(part in name for part in ("::", "[", "]", "\n")):
        raise ValueError(f"id {name!r}: pytest cannot select names with '::', brackets or line ends")
    return name


Tag = Annotated[Word, AfterValidator(_not_a_marker)]
Id = Annotated[Text, AfterValidator(_selectable)]

_NAME: dict[str, Any] = {"type": "string", "minLength": 1}

PRIORITIES = ("critical", "high", "normal", "low")


class Model(BaseModel):
    """Base of everything in a task file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself, since nothing in it is ever changed; pydantic copies each default for each task."""
        return self


class GitSource(Model):
    """A commit of the repository that the task file lies in."""

    ref: Text = Field(description="branch, tag or commit")
    path: str = Field(".", description="folder inside the repository; the workspace is this folder")


class WorkspaceSpec(Model):
    """What the agent finds in its workspace, and what it may do there."""

    from_: str | None = Field(None, alias="from", description="folder to copy, relative to the task file")
    git: GitSource | None = Field(None, description="a commit to check out instead of `from`")
    files: dict[str, str] = Field({}, description="files to write, by relative path")
    setup: list[Text] = Field([], description="shell commands that prepare the workspace before the agent")
    network: StrictBool = Field(False, description="whether commands may use the network (sandbox only)")

    @model_validator(mode="after")
    def one_source(self) -> WorkspaceSpec:
        """Refuse two sources.

        Raises:
            ValueError: both `from` and `git` are given.
        """
        if self.from_ is not None and self.git is not None:
            raise ValueError("workspace: give either 'from' or 'git', not both")
        return self


class Limits(Model):
    """Where an agent's work ends at the latest."""

    steps: Annotated[StrictInt, Field(ge=1)] = Field(30, description="model calls")
    seconds: Annotated[float, Field(gt=0, strict=True)] = Field(
        900, description="seconds of work, without waits for quotas"
    )
    tokens: Annotated[StrictInt, Field(ge=1)] | None = Field(None, description="prompt and completion tokens")
    cost_usd: Annotated[float, Field(gt=0, strict=True)] | None = Field(None, description="US dollars")


class AgentSpec(Model):
    """Who does the work: an agent by name, or a program of yours. A name alone may stand for the whole."""

    name: str = Field(
        "",
        description="loop, oracle, nop, openhands, a ready-made program, a registered agent, or a Python function "
        "`package.module:function`; with `command`, what results call that program",
    )
    command: list[Text] = Field(
        [],
        description="program and arguments, run in the workspace; {prompt}, {prompt_file}, {here}, {base_url} and "
        "{token} are filled in",
    )
    env: dict[Word, str] = Field({}, description="variables for the program, beside those that lead it to the models")
    folders: list[Text] = Field(
        [], description="folders that the program needs, relative to the task file; the sandbox shows them read-only"
    )
    replace: dict[Expression, str] = Field(
        {},
        description="regular expressions for what differs from run to run in the program's prompts, each with the text "
        "that its models are told instead",
    )
    exit_codes: list[StrictInt] = Field([0], description="exit codes with which the program says that all is well")

    @model_validator(mode="after")
    def somebody(self) -> AgentSpec:
        """Refuse an agent that is nobody.

        Raises:
            ValueError: neither `name` nor `command` is given.
        """
        if not self.name and not self.command:
            raise ValueError("agent: give a name, or a command")
        return self


class SolutionSpec(Model):
    """How the work can be done. A script alone may stand for the whole."""

    from_: Text | None = Field(
        None, alias="from", description="folder whose files are laid over the workspace, relative to the task file"
    )
    run: Annotated[str, AfterValidator(without_nul)] = Field(
        "", description="shell script, run in the workspace after that"
    )

    @model_validator(mode="after")
    def something(self) -> SolutionSpec:
        """Refuse a solution that does nothing.

        Raises:
            ValueError: neither `from` nor `run` is given.
        """
        if self.from_ is None and not self.run:
            raise ValueError("solution: give a script, or a folder as `from`")
        return self


class TaskSpec(Model):
    """One work item."""

    id: Id | None = Field(None, description="unique in the file; default: the file's stem")
    title: str = Field("", description="one line for people")
    category: Tag | None = Field(None, description="routes to a chain in models.yaml; a marker for -m")
    priority: Literal["critical", "high", "normal", "low"] = Field("normal", description="order of start")
    tags: list[Tag] = Field([], description="markers for -m")
    matrix: dict[Word, Annotated[list[Any], Field(min_length=1)]] = Field(
        {}, description="one item for each combination; {{ name }} in the other keys"
    )
    prompt: Annotated[str, StringConstraints(min_length=1)] = Field(description="what the agent is asked to do")
    agent: AgentSpec = Field(
        AgentSpec(name="loop"),
        description="who does it: a name, or a program of yours",
    )
    workspace: WorkspaceSpec = Field(default_factory=WorkspaceSpec)
    artifacts: list[Pattern] = Field([], description="globs of files to keep in the run folder")
    checks: list[Check] = Field([], description="what must hold when the agent is done; all are run")
    solution: SolutionSpec | None = Field(
        None, description="shell script that does the work, or files of it; the oracle agent does that"
    )
    limits: Limits = Field(default_factory=Limits)
    model: Annotated[list[Text], Field(min_length=1)] | None = Field(
        None,
        description="a preset or full id that heads the chain; a list of several is the whole chain",
        json_schema_extra={"anyOf": [_NAME, {"type": "array", "minItems": 1, "items": _NAME}]},
    )
    repeat: Annotated[StrictInt, Field(ge=1)] = Field(1, description="independent trials")

    @field_validator("agent", mode="before")
    @classmethod
    def named(cls, value: Any) -> Any:
        """Let a name stand for the agent of that name.

        Raises:
            ValueError: it is neither a name nor a mapping.
        """
        if not isinstance(value, str | dict | AgentSpec):
            raise ValueError(f"agent: found {value!r}, expected a name, or a mapping with `command`")
        return {"name": value} if isinstance(value, str) else value

    @field_validator("solution", mode="before")
    @classmethod
    def scripted(cls, value: Any) -> Any:
        """Let a script stand for a solution of nothing else; an empty one is none.

        Raises:
            ValueError: it is neither a script nor a mapping.
        """
        if not isinstance(value, str | dict | SolutionSpec | None):
            raise ValueError(f"solution: found {value!r}, expected a shell script, or a mapping with `from`")
        return ({"run": value} if value else None) if isinstance(value, str) else value

    @field_validator("model", mode="before")
    @classmethod
    def one_model(cls, value: Any) -> Any:
        """Let a single name stand for a list of one."""
        return [value] if isinstance(value, str) else value
