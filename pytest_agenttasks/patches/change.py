"""What a patch does to a file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pytest_agenttasks.workspace import blob_id, content_of, mode_of


@dataclass(frozen=True, slots=True)
class State:
    """A file as git knows it.

    Attributes:
        mode: git's: 0o100644, 0o100755, 0o120000 (a link); 0o160000 stands for another repository.
        blob: git's name of its content; a link's is its target.
    """

    mode: int
    blob: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after; None where it does not exist.

    Attributes:
        path: relative to the top of the working tree.
    """

    path: str
    old: State | None
    new: State | None


def found_at(top: Path, path: str) -> tuple[State, bytes] | None:
    """A file on the disk, its state and its content; None where there is none, or something that git does not keep.

    No link is followed, neither the file itself nor a folder above it, and no path leads out of the top.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not plain_folders(top, path):
        return None
    try:
        status = (top / path).lstat()
        mode = mode_of(status)
        if mode is None:
            return None
        content = content_of(top / path, mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return State(mode, blob_id(content)), content


def plain_folders(top: Path, path: str) -> bool:
    """Whether nothing above a file, as far as it exists, is a link or a file."""
    for folder in _above(top, path):
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                return False
        except FileNotFoundError:
            return True
    return True


def in_other_repository(top: Path, path: str) -> bool:
    """Whether a folder above a file is the top of another repository."""
    return any(os.path.lexists(folder / ".git") for folder in _above(top, path))


def _above(top: Path, path: str) -> list[Path]:
    return [top / one for one in reversed(PurePosixPath(path).parents[:-1])]
