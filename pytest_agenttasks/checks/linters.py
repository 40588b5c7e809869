"""ruff and mypy on files of a workspace, in its sandbox."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.util import decode_source
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Place, last_lines
from pytest_agenttasks.checks.files import content
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.results import CommandResult
    from pytest_agenttasks.spec import PythonOptions

OUTPUT = 200_000
"""Bytes of output that are read: about a thousand findings."""

_RUFF = re.compile(r"^.+?:\d+:\d+: .+$", re.MULTILINE)
_MYPY = re.compile(r"^.+?: error: .+$", re.MULTILINE)


def linter_problems(options: PythonOptions, names: Sequence[str], place: Place) -> Iterator[str]:
    """What ruff and mypy find in files, a line each.

    Raises:
        CheckError: one of them could not be started, or broke.
    """
    if options.ruff:
        yield from _findings("ruff", _ruff(options), _RUFF, names, options, place)
    if options.mypy:
        if options.settings == "isolated":
            yield from _own_settings(names, place)
        yield from _findings("mypy", _mypy(options), _MYPY, names, options, place)


def _own_settings(names: Sequence[str], place: Place) -> Iterator[str]:
    """Lines by which files tell mypy what to look for; no option makes mypy pass over them."""
    for name in names:
        source = decode_source(content(place, name) or b"")  # it has compiled, so it decodes
        for number, line in enumerate(source.split("\n"), 1):
            if line.startswith("# mypy: "):
                yield f"mypy: {name}:{number}: `{line.rstrip()}` sets mypy from inside the file; remove the line"


def _ruff(options: PythonOptions) -> list[str]:
    chosen = [f"--select={','.join(options.ruff)}"] if isinstance(options.ruff, list) else []
    isolated = ["--isolated", "--ignore-noqa"] if options.settings == "isolated" else []
    return ["check", "--no-cache", "--no-fix", "--output-format=concise", "--quiet", *isolated, *chosen, "--"]


def _mypy(options: PythonOptions) -> list[str]:
    # An empty name is no file at all: mypy --help. What is installed differs from machine to machine.
    isolated = ["--config-file=", "--ignore-missing-imports"] if options.settings == "isolated" else []
    strict = ["--strict"] if options.mypy == "strict" else []
    plain = ["--cache-dir=/dev/null", "--no-error-summary", "--no-color-output", "--no-pretty", "--hide-error-context"]
    return [*isolated, *strict, *plain, "--"]


def _findings(
    tool: str,
    arguments: Sequence[str],
    line: re.Pattern[str],
    names: Sequence[str],
    options: PythonOptions,
    place: Place,
) -> Iterator[str]:
    argv = [sys.executable, "-I", "-m", tool, *arguments, *names]
    result = place.workspace.execute(argv, seconds=options.seconds, output_limit=OUTPUT)
    if result.timed_out:
        yield f"{tool} did not end within {options.seconds:g} s"
        return
    found = line.findall(result.output)
    if result.exit_code != 0 and not found:
        raise CheckError(_broke(tool, result))
    if result.exit_code != 0:
        yield from (f"{tool}: {one}" for one in found)


def _broke(tool: str, result: CommandResult) -> str:
    said = " ".join(last_lines(result.output, 1)) or "it says nothing"
    return f"{tool} ended with exit code {result.exit_code}: {said}"
