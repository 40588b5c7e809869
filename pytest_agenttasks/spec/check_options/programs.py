"""Options of the checks that run or read programs: `command`, `python`, `call`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, model_validator

from pytest_agenttasks.spec.check_options.base import A_TEXT, TEXTS, Options, Patterns, Seconds, Text, also, is_texts
from pytest_agenttasks.spec.check_options.data import Plain
from pytest_agenttasks.spec.check_options.texts import Printed

_FUNCTION = re.compile(r"(?:[^:]*\.py|[^\W\d]\w*(?:\.[^\W\d]\w*)*):[^\W\d]\w*")
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def _function(path: str) -> str:
    if not _FUNCTION.fullmatch(path):
        raise ValueError(
            f"call: found {path!r}, expected package.module:function, or file.py:function (beside the task file)"
        )
    return path


def _module(name: str) -> str:
    if not _MODULE.fullmatch(name):
        raise ValueError(f"imports: {name!r} is no name of a module; expected one such as shop.money")
    return name


def _modules(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if is_texts(names):
        return {name: [] for name in names}
    return {n: [v] if isinstance(v, str) else v for n, v in names.items()} if isinstance(names, dict) else names


class CommandOptions(Options):
    """A shell command must end with an exit code, and may have to print something."""

    run: Text = Field(description="shell command, run in the workspace")
    exit_code: StrictInt = Field(0, description="that it must end with")
    stdout: Printed | None = Field(
        None, description="what it must print: a text, or a mapping", json_schema_extra=also(A_TEXT, TEXTS)
    )
    stderr: Printed | None = Field(
        None,
        description="likewise, as its errors",
        json_schema_extra=also(A_TEXT, TEXTS),
    )
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class PythonOptions(Options):
    """Python files must compile; modules must import; ruff and mypy may have to find nothing."""

    compiles: Patterns = Field([], description="paths or globs; each must match")
    imports: Annotated[dict[Annotated[str, AfterValidator(_module)], list[Text]], BeforeValidator(_modules)] = Field(
        {},
        description="modules that must import: a name, a list, or a mapping of modules to names that must be in them",
        json_schema_extra=also(
            A_TEXT,
            TEXTS,
            {"type": "object", "additionalProperties": {"anyOf": [A_TEXT, {"type": "array", "items": A_TEXT}]}},
        ),
    )
    path: Patterns = Field(["."], description="folders of the workspace from which `imports` are imported")
    ruff: StrictBool | Annotated[list[Text], Field(min_length=1)] = Field(
        False, description="whether ruff must find nothing in the files of `compiles`; a list: by these rules"
    )
    mypy: StrictBool | Literal["strict"] = Field(
        False, description="whether mypy must find nothing in the files of `compiles`; `strict`: with `--strict`"
    )
    settings: Literal["isolated", "workspace"] = Field(
        "isolated", description="of ruff and mypy: their defaults, or what the workspace says"
    )
    seconds: Seconds = Field(120, description="time limit of each program that is run; running out is a failure")

    @model_validator(mode="after")
    def something(self) -> PythonOptions:
        """Refuse what looks at nothing.

        Raises:
            ValueError: there are no files, and no modules, or no files for a tool.
        """
        if self.needs() and not self.compiles:
            raise ValueError(f"python: {self.needs()[0]} looks at the files of 'compiles', which is missing")
        if not self.compiles and not self.imports:
            raise ValueError("python: give at least one of compiles, imports")
        return self

    def needs(self) -> tuple[str, ...]:
        """The tools."""
        return tuple(tool for tool in ("ruff", "mypy") if getattr(self, tool))


class CallOptions(Options):
    """A Python function of yours must find nothing wrong."""

    function: Annotated[Text, AfterValidator(_function)] = Field(
        description="`package.module:function`, or `file.py:function` with a file beside the task file"
    )
    with_: dict[str, Plain] = Field({}, alias="with", description="what it is told beside the workspace, as `options`")

    def beside(self) -> tuple[Path, ...]:
        """The file, where it is one."""
        file, _, _ = self.function.rpartition(":")
        return (Path(file),) if file.endswith(".py") else ()
