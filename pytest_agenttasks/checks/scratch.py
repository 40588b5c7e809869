"""A private folder outside the workspace, for what a check's child program is given and what it notes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_agenttasks.checks.base import Place, last_lines
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.results import CommandResult, Json
from pytest_agenttasks.workspace import private_folder

RECORD_LIMIT = 64 * 2**20
"""Bytes read of a record: about 200 000 tests; the programs under test can write to it without end."""


@contextmanager
def scratch(*programs: str) -> Iterator[Path]:
    """A new folder with copies of `programs` of this package, removed at the end.

    Copies, because the sandbox shows the interpreter's own folders and not a checkout of this project.
    """
    with private_folder() as folder:
        for program in programs:
            shutil.copy(Path(__file__).with_name(program), folder)
        yield folder


@dataclass(frozen=True, slots=True)
class Noted:
    """What a program has noted, a JSON object a line, and how it ended."""

    records: list[Json]
    result: CommandResult

    def begun(self) -> Noted:
        """This, if there is anything.

        Raises:
            CheckError: nothing was noted.
        """
        if not self.records:
            raise CheckError(f"Python could not be started: {' '.join(last_lines(self.result.output, 1))}")
        return self


def run_noting(
    place: Place, folder: Path, program: str, arguments: Sequence[str], *, python: Sequence[str], seconds: float
) -> Noted:
    """Run a program of a scratch folder in the sandbox.

    Args:
        place: whose sandbox it is.
        folder: the scratch folder, which the program may write to.
        program: its file there; it is given the name of a file to note in, then the arguments.
        arguments: of the program.
        python: options of the interpreter.
        seconds: time limit.
    """
    record = folder / "record"
    argv = [sys.executable, *python, str(folder / program), str(record), *arguments]
    result = place.workspace.execute(argv, seconds=seconds, writable=[folder])
    return Noted(list(read_records(record)), result)


def with_job(folder: Path, job: object) -> str:
    """Write what a program is to do into a file of its scratch folder; gives its name."""
    path = folder / "job"
    path.write_text(json.dumps(job), "utf-8")
    return str(path)


def read_records(path: Path) -> Iterator[Json]:
    """The JSON objects of a file of one a line. What is no such object, or no file, is passed over."""
    for line in _content(path).splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def _content(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(RECORD_LIMIT)
