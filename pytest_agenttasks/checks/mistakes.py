"""What a check names and is not there: told when task files are read, before an agent works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.function import find_function
from pytest_agenttasks.checks.schemas import schema_of
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import Check, Expected

Keys = tuple[str, ...]
"""Where something stands in the entry of a check."""


def mistakes(check: Check, base: Path) -> Iterator[tuple[Keys, str]]:
    """Functions and schemas that cannot be used: where they are named, and why, in a line.

    Args:
        check: of a task file.
        base: the folder of that file.
    """
    if check.call is not None:
        try:
            find_function(check.call.function, base)
        except CheckError as error:
            yield ("call", "function"), str(error)
    for keys, expected in _expected(check):
        try:
            if expected.schema_ is not None:
                schema_of(expected, base)
        except CheckError as error:
            yield (*keys, "schema"), str(error)


def _expected(check: Check) -> Iterator[tuple[Keys, Expected]]:
    for name, options in (("json", check.json_), ("yaml", check.yaml), ("toml", check.toml)):
        if options is not None:
            yield (name,), options
    if check.answer is not None and check.answer.json_ is not None:
        yield ("answer", "json"), check.answer.json_
