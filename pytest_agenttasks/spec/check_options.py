"""The options of each check, as a task file gives them: `- name: options`, exactly one name each."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

Text = Annotated[str, StringConstraints(min_length=1)]


def _inside(pattern: str) -> str:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError(f"{pattern} leads out of the workspace: give a path relative to it, such as src/a.py")
    return pattern


def _splits(args: str) -> str:
    try:
        shlex.split(args)
    except ValueError as error:
        raise ValueError(f"cannot be split into arguments as a shell does: {error}") from None
    return args


Pattern = Annotated[Text, AfterValidator(_inside)]
"""A path or glob in the workspace."""

Patterns = Annotated[list[Pattern], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""A list of them; a single one stands for a list of one."""

Arguments = Annotated[str, AfterValidator(_splits)]
"""Arguments in one text, with a shell's quotes."""

Seconds = Annotated[float, Field(gt=0, strict=True)]


class Options(BaseModel):
    """Base: unknown keys are mistakes; a plain value may stand for the one main option (`short`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilesOptions(Options):
    """Files that must exist: a relative path or glob, or a list of them; each must match."""

    exist: Patterns = Field(description="paths or globs, each must match at least one file that is not empty")


class ContainsOptions(Options):
    """A file must contain a text."""

    file: Pattern = Field(description="relative path or glob; with a glob one matching file suffices")
    text: Text = Field(description="text that must stand in it, as it is")
    ignore_case: StrictBool = Field(False)


class CommandOptions(Options):
    """A shell command must end with an exit code."""

    run: Text = Field(description="shell command, run in the workspace")
    exit_code: StrictInt = Field(0)
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class PythonOptions(Options):
    """Python files must compile."""

    compiles: Patterns = Field(description="paths or globs; each must match")


class PytestOptions(Options):
    """pytest must pass: it really runs, in the workspace."""

    args: Arguments = Field("", description="arguments as on a command line")
    min_passed: Annotated[StrictInt, Field(ge=1)] = Field(1, description="tests that must have passed")
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class CoverageOptions(Options):
    """The tests must cover a file, by coverage.py."""

    of: Pattern = Field(description="the source file, relative path")
    min: Annotated[float, Field(ge=0, le=100, strict=True)] = Field(description="per cent of lines")
    args: Arguments = Field("", description="arguments for pytest, as on a command line")
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class DiffOptions(Options):
    """What the agent may have changed."""

    only: Patterns = Field(description="globs; every changed file must match one (** crosses folders)")


SHORT = {"files": "exist", "command": "run", "python": "compiles", "pytest": "args", "diff": "only"}
"""The option that a plain value stands for, by check."""


class Check(Options):
    """One check. Exactly one of the keys is given."""

    files: FilesOptions | None = None
    contains: ContainsOptions | None = None
    command: CommandOptions | None = None
    python: PythonOptions | None = None
    pytest: PytestOptions | None = None
    coverage: CoverageOptions | None = None
    diff: DiffOptions | None = None

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Turn `files: a.py` and `files: [a.py]` into `files: {exist: [a.py]}`, and so on."""
        if not isinstance(data, dict):
            return data
        return {name: _expand(name, value) for name, value in data.items()}

    @model_validator(mode="after")
    def one_name(self) -> Check:
        """Refuse an entry with no check or several.

        Raises:
            ValueError: not exactly one check was named, or it has no options.
        """
        if len(self.model_fields_set) != 1:
            raise ValueError("give exactly one check in each entry of the list")
        if getattr(self, self.name) is None:
            raise ValueError(f"{self.name}: found nothing, expected its options")
        return self

    @property
    def name(self) -> str:
        """The check's name."""
        return next(iter(self.model_fields_set))

    @property
    def options(self) -> Options:
        """The options of the check that is given."""
        options: Options = getattr(self, self.name)
        return options


def _expand(name: str, value: Any) -> Any:
    short = SHORT.get(name)
    return value if short is None or isinstance(value, dict) or value is None else {short: value}
