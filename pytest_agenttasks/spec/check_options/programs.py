"""Options of the checks that run or read programs: `command`, `python`."""

from __future__ import annotations

from pydantic import Field, StrictInt

from pytest_agenttasks.spec.check_options.base import Options, Patterns, Seconds, Text


class CommandOptions(Options):
    """A shell command must end with an exit code."""

    run: Text = Field(description="shell command, run in the workspace")
    exit_code: StrictInt = Field(0)
    seconds: Seconds = Field(300, description="time limit; running out is a failure")


class PythonOptions(Options):
    """Python files must compile."""

    compiles: Patterns = Field(description="paths or globs; each must match")
