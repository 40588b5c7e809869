"""Room on the disks that a run writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import temporary_place

MIB = 1 << 20
LEAST_FREE = 16 * MIB
"""Bytes below which no run begins: a workspace, with copies and logs of one task, takes as much."""

LEAST_FILES = 1000
"""Free inodes below which no run begins."""


class Space(NamedTuple):
    """The file system of a folder.

    Attributes:
        what: that the folder is for.
        folder: it, or the nearest folder above it that is there.
        free: bytes for this user.
        files: that can still be made; None where the file system has no bound.
        read_only: whether it is mounted so.
    """

    what: str
    folder: Path
    free: int
    files: int | None
    read_only: bool

    @property
    def full(self) -> str | None:
        """Why nothing can be written there."""
        where = f"{self.what} ({self.folder})"
        if self.read_only:
            return f"{where} lies on a file system that is read-only"
        if self.free < LEAST_FREE:
            return f"{where} has {self.free // MIB} MiB left on its disk; a run needs {LEAST_FREE // MIB} at least"
        if self.files is not None and self.files < LEAST_FILES:
            return f"{where} lies on a file system with room for {self.files} more files only"
        return None


def space_of(what: str, folder: Path) -> Space:
    """Ask the file system.

    Raises:
        OSError: it cannot be asked.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    found = os.statvfs(there)
    files = found.f_favail if found.f_files else None
    return Space(what, there, found.f_bavail * found.f_frsize, files, bool(found.f_flag & os.ST_RDONLY))


def spaces(root: Path) -> Iterator[Space]:
    """Of the folders that a run writes to.

    Args:
        root: of the project.

    Raises:
        WorkspaceError: there is no folder for workspaces.
        OSError: a file system cannot be asked.
    """
    yield space_of("the run folder", root / ".agenttasks/runs")
    yield space_of("the folder of workspaces", temporary_place())


def full_disks(root: Path) -> list[str]:
    """Why tasks would fail one after the other, a line each."""
    try:
        return [full for space in spaces(root) if (full := space.full)]
    except WorkspaceError as trouble:
        return [str(trouble)]
    except OSError:
        return []  # what cannot be asked may still be written to; the run tells
