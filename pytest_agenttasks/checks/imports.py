"""Whether modules of a workspace import, and have the names that they should: each in an interpreter of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Place, one_line, some
from pytest_agenttasks.checks.scratch import Noted, run_noting, scratch
from pytest_agenttasks.yamlfile import near

if TYPE_CHECKING:
    from pytest_agenttasks.spec import PythonOptions


def import_problems(options: PythonOptions, place: Place) -> Iterator[str]:
    """What is wrong with modules.

    Raises:
        CheckError: Python cannot be started.
    """
    for module, names in options.imports.items():
        with scratch("import_names.py") as folder:
            given, python = [module, os.pathsep.join(options.path), *names], ("-s", "-P")
            noted = run_noting(place, folder, "import_names.py", given, python=python, seconds=options.seconds)
            yield from (place.workspace.display(one) for one in _told(module, noted.begun(), options.seconds))


def _told(module: str, noted: Noted, seconds: float) -> Iterator[str]:
    result = noted.result
    match noted.records[-1]:
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
