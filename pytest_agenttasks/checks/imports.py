"""Whether modules of a workspace import, and have the names that they should: each in an interpreter of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Place, last_lines, one_line, some
from pytest_agenttasks.checks.scratch import read_records, scratch
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.yamlfile import near

if TYPE_CHECKING:
    from pytest_agenttasks.results import CommandResult
    from pytest_agenttasks.spec import PythonOptions


def import_problems(options: PythonOptions, place: Place) -> Iterator[str]:
    """What is wrong with modules.

    Raises:
        CheckError: Python cannot be started.
    """
    for module, names in options.imports.items():
        with scratch("import_names.py") as folder:
            record = folder / "record"
            argv = [sys.executable, "-s", "-P", str(folder / "import_names.py"), str(record), module]
            given = [*argv, os.pathsep.join(options.path), *names]
            result = place.workspace.execute(given, seconds=options.seconds, writable=[folder])
            yield from (place.workspace.display(one) for one in _told(module, record, result, options.seconds))


def _told(module: str, record: Path, result: CommandResult, seconds: float) -> Iterator[str]:
    records = [*read_records(record)]
    if not records:
        raise CheckError(f"Python could not be started: {' '.join(last_lines(result.output, 1))}")
    match records[-1]:
        case {"kind": "raised", "error": str(error), "where": str(where)}:
            yield f"{module} cannot be imported: {one_line(error)} ({where})"
        case {"kind": "imported", "elsewhere": str(file)}:
            yield f"{module} was not found in the workspace: what is imported is {file}"
        case {"kind": "imported", "missing": [*missing], "there": [*there]}:
            yield from _missing(module, [str(name) for name in missing], [str(name) for name in there])
        case _ if result.timed_out:
            yield f"the import of {module} did not end within {seconds:g} s"
        case _:
            yield f"the import of {module} ended the interpreter, with exit code {result.exit_code}"


def _missing(module: str, missing: Sequence[str], there: Sequence[str]) -> Iterator[str]:
    if missing:
        told = near(missing[0], there) if len(missing) == 1 else ""
        yield f"{module} has no {some(missing, 5)}{told}"
