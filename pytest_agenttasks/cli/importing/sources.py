"""Which files and folders are imported, and what each of them is, by its content."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.cli.importing.batches import is_batch
from pytest_agenttasks.cli.importing.draft import UnusableError
from pytest_agenttasks.cli.importing.harbor import task_folders
from pytest_agenttasks.cli.importing.tables import looks_like_csv

KINDS = ("batches", "csv", "jsonl", "harbor")

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
"""Files of a folder that are looked at; others are left alone."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder, and what it is.

    Attributes:
        kind: one of `KINDS`.
        text: of a file.
    """

    path: Path
    kind: str
    text: str = ""


def sources_of(paths: Sequence[Path], kind: str | None, encoding: str) -> Iterator[Source | UnusableError]:
    """Every source that the paths stand for, once; what is of no kind is told.

    Args:
        kind: what all of them are, where they are not to be looked at for it.
        encoding: of files; empty for UTF-8, or what a byte order mark says.

    Raises:
        Refused: a path is not there.
    """
    seen: set[Path] = set()
    for given in paths:
        if not os.path.exists(given):  # noqa: PTH110 - it does not raise where a folder above cannot be looked into
            raise Refused(f"{given}: no such file or folder")
        found = list(_below(given, kind)) if given.is_dir() else [given]
        if not found:
            yield UnusableError(f"{given}: no task folder of Harbor (task.toml), and no {', '.join(SUFFIXES)} file")
        for path in found:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield _source(path, kind, encoding)


def _below(folder: Path, kind: str | None) -> Iterator[Path]:
    try:
        if kind in (None, "harbor"):
            yield from task_folders(folder)
        if kind != "harbor" and not (folder / "task.toml").is_file():
            yield from sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise Refused(f"{error.filename}: cannot be read: {error.strerror}") from None


def _source(path: Path, kind: str | None, encoding: str) -> Source | UnusableError:
    if path.is_dir():
        return Source(path, "harbor")
    if kind == "harbor":
        return UnusableError(f"{path}: a file, and a task of Harbor is a folder with a task.toml")
    try:
        text = _text(path, encoding)
        return Source(path, kind or _kind(text), text)
    except UnusableError as error:
        return UnusableError(f"{path}: {error}")


def _text(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
        marked = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
        return data.decode(encoding or marked)
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror}") from None
    except UnicodeError as error:  # some codecs do not say where
        name, byte = encoding or marked, getattr(error, "start", 0)
        raise UnusableError(f"not {name} (byte {byte}); say what it is, such as --encoding cp1252") from None


def _kind(text: str) -> str:
    """What a file is.

    Raises:
        UnusableError: none of what is known.
    """
    start = text.lstrip()
    if start[:1] == "[" or _is_object(start.partition("\n")[0]):
        return "batches" if is_batch(_parsed(text)) else "jsonl"
    if start[:1] == "{":
        data = _parsed(text)
        if is_batch(data):
            return "batches"
        raise UnusableError("JSON, but neither a batch file nor one object a line" if data else "not JSON")
    if looks_like_csv(text):
        return "csv"
    raise UnusableError(
        "of no kind that is known: neither JSON nor CSV with a column for the prompt; "
        f"--from {'|'.join(KINDS)} says what it is, and then why it is not"
    )


def _is_object(text: str) -> bool:
    return isinstance(_parsed(text), dict)


def _parsed(text: str) -> Any:
    """What JSON says; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
