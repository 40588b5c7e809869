"""Options of the checks that run tests: `pytest`, `coverage`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, model_validator

from pytest_agenttasks.spec.check_options.base import ONE_OR_MORE, Arguments, Options, Patterns, Percent, Seconds, Text


def _node_id(name: str) -> str:
    parameters = name.find("[") if "[" in name else len(name)
    file, colon, rest = name.partition(".py:")
    if colon and len(file) < parameters and not rest.startswith(":"):
        raise ValueError(f"{name!r} is no node id of pytest: write {f'{file}.py::{rest}'!r}, with two colons")
    return name


NodeIds = Annotated[list[Annotated[Text, AfterValidator(_node_id)]], *ONE_OR_MORE]
"""pytest's names for tests; a single one stands for a list of one."""


class PytestOptions(Options):
    """pytest must pass: it really runs, in the workspace."""

    args: Arguments = Field("", description="arguments as on a command line")
    min_passed: Annotated[StrictInt, Field(ge=1)] = Field(1, description="tests that must have passed")
    tests: NodeIds = Field(
        [], description="node ids of tests that must be among them; `a.py::test_b` stands for `a.py::test_b[…]` too"
    )
    max_skipped: Annotated[StrictInt, Field(ge=0)] | None = Field(None, description="tests that may be skipped")
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class CoverageOptions(Options):
    """The tests must cover files, by coverage.py: each file for itself."""

    of: Patterns = Field(description="source files, paths or globs; each pattern must match")
    min: Percent | None = Field(None, description="per cent of the lines of each file")
    min_branches: Percent | None = Field(None, description="per cent of the branches of each file")
    args: Arguments = Field("", description="arguments for pytest, as on a command line")
    seconds: Seconds = Field(300, description="time limit; running out is a failure")

    @model_validator(mode="after")
    def something(self) -> CoverageOptions:
        """Refuse a check that asks for nothing.

        Raises:
            ValueError: neither `min` nor `min_branches` is given.
        """
        if self.min is None and self.min_branches is None:
            raise ValueError("coverage: give `min`, `min_branches` or both")
        return self
