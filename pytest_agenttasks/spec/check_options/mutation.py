"""Options of the check `mutation`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictInt

from pytest_agenttasks.spec.check_options.base import Arguments, Options, Pattern, Percent, Seconds


def _one(value: Any) -> Any:
    if isinstance(value, list):
        raise ValueError("of: found a list, expected one file: write a check for each")
    return value


class MutationOptions(Options):
    """The tests must notice small changes of a file: they fail on a share of its mutants."""

    of: Annotated[Pattern, BeforeValidator(_one)] = Field(description="the source file, relative path")
    min: Percent = Field(description="per cent of mutants on which a test must fail; 80 at most is reasonable")
    args: Arguments = Field("", description="arguments for pytest, as on a command line")
    mutants: Annotated[StrictInt, Field(ge=1)] = Field(20, description="mutants that are tried at most")
    seconds: Seconds = Field(120, description="time limit for all; half of the mutants must have been tried by then")
