"""A private folder outside the workspace, for what a check's child program is given and what it notes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_agenttasks.results import Json
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
