"""Options of the checks that run tests: `pytest`, `coverage`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from pytest_agenttasks.spec.check_options.base import Arguments, Options, Pattern, Seconds


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
