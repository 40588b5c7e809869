"""The check `python`: files compile."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, one_line, plural
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.scratch import read_records, scratch
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.results import CommandResult
    from pytest_agenttasks.spec import PythonOptions

SECONDS = 120.0
"""Time limit: a second compiles about a megabyte of source."""


def python(options: PythonOptions, place: Place) -> Finding:
    """Compile every file that matches; each pattern must match one."""
    names: dict[str, None] = {}
    for pattern in options.compiles:
        there = regular(place, pattern)
        if not there:
            return missed(nothing_matches(pattern, place))
        names.update(dict.fromkeys(place.name(path) for path in there))
    return _compile(list(names), place)


def _compile(names: list[str], place: Place) -> Finding:
    with scratch("compile_files.py") as folder:
        record, given = folder / "record", folder / "names"
        given.write_text(json.dumps(names))
        argv = [sys.executable, "-I", "-S", str(folder / "compile_files.py"), str(record), str(given)]
        result = place.workspace.execute(argv, seconds=SECONDS, writable=[folder])
        return _judge(record, result, len(names))


def _judge(record: Path, result: CommandResult, count: int) -> Finding:
    wrong: list[str] = []
    at, finished = "", False
    for entry in read_records(record):
        match entry:
            case {"kind": "at", "file": str(at)}:
                pass
            case {"kind": "wrong", "line": line, "message": str(message)}:
                where = at if line is None else f"{at}:{line}"
                wrong.append(one_line(f"{where}: {message}"))
            case {"kind": "finished"}:
                finished = True
    if not at:
        raise CheckError(f"Python could not be started: {' '.join(last_lines(result.output, 1))}")
    if not finished:
        ended = f"within {SECONDS:g} s" if result.timed_out else f"(exit code {result.exit_code})"
        wrong.append(f"{at}: the compiler did not finish {ended}")
    if not wrong:
        return found(f"{plural(count, 'file')} compiled")
    more = f" ({len(wrong)} of {plural(count, 'file')} do not compile)" if len(wrong) > 1 else ""
    return missed(wrong[0] + more, wrong[1:])
