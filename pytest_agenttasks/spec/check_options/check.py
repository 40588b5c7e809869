"""One entry of `checks`: the name of a check with its options, and what may be said of any check."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import Any

from pydantic import Field, StrictBool, model_validator

from pytest_agenttasks.spec.check_options.base import Options
from pytest_agenttasks.spec.check_options.data import JsonOptions, TomlOptions, YamlOptions
from pytest_agenttasks.spec.check_options.doing import AnswerOptions, TrajectoryOptions
from pytest_agenttasks.spec.check_options.hidden import Hidden
from pytest_agenttasks.spec.check_options.judge import JudgeOptions
from pytest_agenttasks.spec.check_options.looking import (
    AbsentOptions,
    ContainsOptions,
    DiffOptions,
    FilesOptions,
    MatchesOptions,
)
from pytest_agenttasks.spec.check_options.mutation import MutationOptions
from pytest_agenttasks.spec.check_options.programs import CallOptions, CommandOptions, PythonOptions
from pytest_agenttasks.spec.check_options.testing import CoverageOptions, PytestOptions

SHORT = {
    "files": "exist",
    "absent": "paths",
    "json": "file",
    "yaml": "file",
    "toml": "file",
    "command": "run",
    "python": "compiles",
    "call": "function",
    "pytest": "args",
    "diff": "only",
    "answer": "contains",
    "judge": "rubric",
}
"""The option that a plain value stands for, by check."""

BESIDE = ("hidden", "guard")
"""Keys that stand beside the name of a check."""

LOOKING_ONLY = ("diff", "call", "answer", "trajectory", "judge")
"""Checks of which the agent's own work is all that matters: hidden inputs would change what they look at."""


class Check(Options):
    """One check. Exactly one name of a check is given."""

    files: FilesOptions | None = None
    absent: AbsentOptions | None = None
    contains: ContainsOptions | None = None
    matches: MatchesOptions | None = None
    json_: JsonOptions | None = Field(None, alias="json")
    yaml: YamlOptions | None = None
    toml: TomlOptions | None = None
    command: CommandOptions | None = None
    python: PythonOptions | None = None
    call: CallOptions | None = None
    pytest: PytestOptions | None = None
    coverage: CoverageOptions | None = None
    mutation: MutationOptions | None = None
    diff: DiffOptions | None = None
    answer: AnswerOptions | None = None
    trajectory: TrajectoryOptions | None = None
    judge: JudgeOptions | None = None
    hidden: Hidden | None = Field(
        None, description="files that are put in place for this check after the agent has ended; it never sees them"
    )
    guard: StrictBool = Field(
        False, description="the check holds before the work too, and is there so that it still does (docs/validate.md)"
    )

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Turn `files: a.py` and `files: [a.py]` into `files: {exist: [a.py]}`, and so on.

        Raises:
            ValueError: a key stands in a check and not beside it, or an option in the place of its check.
        """
        if not isinstance(data, dict):
            return data
        for name, value in data.items():
            _refuse_misplaced(name, value)
        return {name: _expand(name, value) for name, value in data.items()}

    @model_validator(mode="after")
    def one_name(self) -> Check:
        """Refuse an entry with no check or several.

        Raises:
            ValueError: not exactly one check was named, or it has no options.
        """
        if len(self._names) != 1:
            raise ValueError("give exactly one check in each entry of the list")
        if getattr(self, FIELDS[self.name]) is None:
            raise ValueError(f"{self.name}: found nothing, expected its options")
        if self.hidden is not None and self.name in LOOKING_ONLY:
            raise ValueError(f"hidden: {self.name} looks at the agent's own work, where nothing may be put in")
        return self

    @property
    def name(self) -> str:
        """The check's name."""
        return self._names[0]

    @property
    def options(self) -> Options:
        """The options of the check that is given."""
        options: Options = getattr(self, FIELDS[self.name])
        return options

    @cached_property
    def _names(self) -> list[str]:
        return [name for name, field in FIELDS.items() if field in self.model_fields_set]


FIELDS = {field.alias or name: name for name, field in Check.model_fields.items() if name not in BESIDE}
"""The fields of `Check` by the names of the checks."""

_KNOWN = {*FIELDS, *FIELDS.values(), *BESIDE}


def _refuse_misplaced(name: Any, value: Any) -> None:
    inside = [key for key in BESIDE if isinstance(value, dict) and name in FIELDS and key in value]
    if inside:
        raise ValueError(f"{inside[0]} stands beside {name}, not in it: write it on the level of `{name}:`")
    if name in _KNOWN or not isinstance(name, str) or get_close_matches(name, _KNOWN, 1, 0.75):
        return
    meant = get_close_matches(name, SHORT.values(), 1, 0.75)
    for check in (check for check, option in SHORT.items() if option in meant):
        raise ValueError(f"unknown key {name!r}; did you mean {check!r}, of which {meant[0]!r} is an option?")


def _expand(name: str, value: Any) -> Any:
    short = SHORT.get(name)
    return value if short is None or isinstance(value, dict) or value is None else {short: value}
