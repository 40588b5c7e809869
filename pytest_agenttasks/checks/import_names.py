"""Import a module and look for names in it: a program that a check starts in the sandbox, never imported.

python -s -P import_names.py RECORD MODULE FOLDERS [names]      (FOLDERS: as in PYTHONPATH)
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from json import dumps  # bound now: a module may patch it
from pathlib import Path


def where(error: BaseException) -> str:
    """The last place in a file of the workspace, or in whatever raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    here = f"{Path.cwd()}{os.sep}"
    own = [frame for frame in frames if frame.filename.startswith(here)] or frames
    return f"{own[-1].filename.removeprefix(here)}:{own[-1].lineno}"


def home(module: object) -> str | None:
    """The file or folder that a module comes from, `built-in` for one without; None: it does not say."""
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    places = (getattr(module, "__file__", None), *getattr(module, "__path__", ()), origin)
    return next((str(place) for place in places if place), None)


def result(module: str, names: list[str]) -> dict[str, object]:
    """What came of it."""
    here = f"{Path.cwd()}{os.sep}"
    try:
        found = import_module(module)
    except BaseException as error:  # sys.exit() at the top of a module is no import
        return {"kind": "raised", "error": f"{type(error).__name__}: {error}", "where": where(error)}
    missing = [name for name in names if not hasattr(found, name)]
    there = [name for name in vars(found) if not name.startswith("__")]
    file = home(found)
    elsewhere = file if file is not None and not f"{file}{os.sep}".startswith(here) else None
    return {"kind": "imported", "missing": missing, "there": there, "elsewhere": elsewhere}


def main() -> None:
    """Note that it began before, since a module can end the process."""
    record, module, folders, *names = sys.argv[1:]
    sys.path[:0] = [str(Path.cwd() / folder) for folder in folders.split(os.pathsep)]
    sys.argv, sys.dont_write_bytecode = [module], True
    with Path(record).open("w", encoding="ascii", buffering=1) as out:
        out.write(dumps({"kind": "began"}) + "\n")
        out.write(dumps(result(module, names)) + "\n")


if __name__ == "__main__":
    main()
