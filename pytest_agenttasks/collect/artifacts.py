"""Artifacts of all tasks, copied to one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from filecmp import cmp
from pathlib import Path

from pytest_agenttasks.collect.evidence import EvidenceReader, artifacts_in
from pytest_agenttasks.reports.collected import Entry


@dataclass(slots=True)
class Copied:
    """What became of them.

    Attributes:
        written: files that were copied.
        there: those that were there already, byte for byte.
        kept: files that are there and differ; they were left as they are.
        outside: places that lead out of the folder, by a link on the way; nothing was written there.
    """

    written: int = 0
    there: int = 0
    kept: list[Path] = field(default_factory=list)
    outside: list[Path] = field(default_factory=list)


def copy_artifacts(target: Path, entries: Iterable[Entry], reader: EvidenceReader) -> Copied:
    """Copy the artifacts of tasks to `target/<slug>/…`.

    No link is followed, nothing is written outside of the target, and no file is replaced.

    Raises:
        OSError: the disk is full or read-only.
    """
    copied = Copied()
    target.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        folder = reader.folder(entry)
        if folder is not None:
            for file, _ in artifacts_in(folder):
                _copy(file, target, target / entry.slug / file.relative_to(folder / "artifacts"), copied)
    return copied


def _copy(file: Path, target: Path, place: Path, copied: Copied) -> None:
    if not _inside(place.parent, target):
        copied.outside.append(place)
    elif place.is_symlink() or place.exists():
        same = not place.is_symlink() and place.is_file() and cmp(file, place, shallow=False)
        copied.there += same
        if not same:
            copied.kept.append(place)
    else:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):  # a file stands where a folder must be
            copied.kept.append(place)
            return
        _write(file, place)
        copied.written += 1


def _write(file: Path, place: Path) -> None:
    """Copy a file to where none is; half a one is not left."""
    with file.open("rb") as source, place.open("xb") as written:
        try:
            shutil.copyfileobj(source, written)
        except OSError:
            with suppress(OSError):
                place.unlink()
            raise


def _inside(place: Path, target: Path) -> bool:
    return place.resolve().is_relative_to(target.resolve())
