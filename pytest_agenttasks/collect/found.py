"""Which run folders a word on the command line means."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.runs import find_run

FACTS, RESULT = "run.json", "result.json"
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
"""Of a run, as `runs.new_run_id` makes it."""


def find_runs(base: Path, named: str) -> list[Path]:
    """The run folders that are meant.

    Args:
        base: the folder `.agenttasks`.
        named: `latest`, an id, what only one id begins with, a run folder, or a folder with run folders below it.

    Raises:
        RunFolderError: there is none of that name, there are several, or there is no run in the folder.
    """
    if "/" in named or named in (".", ".."):
        return _in(Path(named))
    try:
        return [find_run(base, named)]
    except RunFolderError:
        if named and Path(named).is_dir():
            return _in(Path(named))
        raise


def _in(path: Path) -> list[Path]:
    if not path.is_dir():
        raise RunFolderError(
            f"there is no folder {path}; expected a run folder, such as .agenttasks/runs/latest, or a folder with "
            "run folders in it"
        )
    found, stray = _search(path.resolve())
    if found:
        return found
    if stray:
        return [path.resolve()]
    raise RunFolderError(f"there is no run in {path}: neither a run.json nor results of tasks")


def _search(path: Path) -> tuple[list[Path], bool]:
    """Run folders at and below a folder, and whether there are results outside of them.

    Links are not followed, so that `latest` is not a run of its own; tasks' folders are not looked into, since what
    lies there comes from agents.
    """
    found, stray = [], False
    for folder, folders, files in os.walk(path):
        folders.sort()
        name = Path(folder).name
        if FACTS in files or (_ID.fullmatch(name) and folders):
            found.append(Path(folder))
            folders.clear()
        elif "--" in name and RESULT in files:
            stray = True
            folders.clear()
    return found, stray
