"""What a task left behind in its folder: trajectory, patch, log, names of artifacts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_agenttasks.collect.merged import is_below
from pytest_agenttasks.reports.collected import Entry, Evidence
from pytest_agenttasks.results import Json
from pytest_agenttasks.runs import read_transcript
from pytest_agenttasks.trajectory import About, trajectory_of

MOST_READ = 64 * 2**20
"""Bytes of a file that are read; reports show far less."""


class EvidenceReader:
    """Reads it, task by task: all at once may be gigabytes."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """Read below run folders.

        Args:
            folders: of the runs, by id.
        """
        self._folders = folders

    def folder(self, entry: Entry) -> Path | None:
        """The folder of a task; None if it left none."""
        run = self._folders.get(entry.run)
        if run is None or not is_below(entry.slug):
            return None
        folder = run / entry.slug
        return folder if folder.is_dir() and not folder.is_symlink() else None

    def __call__(self, entry: Entry) -> Evidence:
        """What is in the folder of a task."""
        folder = self.folder(entry)
        if folder is None:
            return Evidence()
        found = Evidence(os.path.relpath(folder))
        found.trajectory, found.partial = _trajectory(folder, entry, found)
        found.patch = _text(folder / "changes.patch", found)
        found.log = _text(folder / "agent.log", found)
        found.artifacts = [(str(file.relative_to(folder / "artifacts")), size) for file, size in artifacts_in(folder)]
        found.size += sum(size for _, size in found.artifacts)
        return found


def artifacts_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """The artifacts of a task's folder and their sizes, sorted by path; links are left out, wherever they lead."""
    for below, folders, files in os.walk(folder / "artifacts"):
        folders.sort()
        for name in sorted(files):
            file = Path(below, name)
            if not file.is_symlink() and file.is_file():
                yield file, file.stat().st_size


def _trajectory(folder: Path, entry: Entry, found: Evidence) -> tuple[Json | None, bool]:
    """The trajectory; of a task that was cut off, made from the calls that were written down."""
    file = folder / "trajectory.json"
    if file.is_symlink() or not file.exists():
        calls = read_transcript(folder)
        about = About(f"{entry.run}/{entry.slug}", entry.agent, "unknown", None, "")
        return (trajectory_of(about, calls).document, True) if calls else (None, False)
    try:
        data = json.loads(_text(file, found))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        found.damaged.append(file.name)
        return None, False
    return data, False


def _text(file: Path, found: Evidence) -> str:
    if file.is_symlink() or not file.is_file():
        return ""
    try:
        with file.open("rb") as data:
            read = data.read(MOST_READ)
    except OSError:
        found.damaged.append(file.name)
        return ""
    found.size += len(read)
    return read.decode("utf-8", "replace")
