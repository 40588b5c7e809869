"""The private temporary folder of a workspace: made outside of every project, removed whatever is in it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.processes import has_ended, mark, mark_in, unique_name

SHOWN_WORKSPACE = "/workspace"
SHOWN_TMP = "/tmp"
SHOWN_HOME = "/home/agent"

PREFIX = "agenttasks-"
"""Of the names of private folders; the mark of who made them follows, so that what a killed one left is known."""

# What pytest, git and other tools look for in the folders above the one they are started in.
PROJECT_MARKS = (".git", "pyproject.toml", "conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "setup.py")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things of one workspace lie on the host.

    Attributes:
        root: private (mode 0700), resolved; holds the other three.
    """

    root: Path

    @property
    def workspace(self) -> Path:
        """What the agent works on."""
        return self.root / "workspace"

    @property
    def tmp(self) -> Path:
        """What commands see as /tmp; it stays from one command to the next."""
        return self.root / "tmp"

    @property
    def home(self) -> Path:
        """The home of the commands; stays as well."""
        return self.root / "home"

    def shown(self) -> dict[str, str]:
        """Host path to the name that an agent knows it by."""
        return {
            str(self.workspace): SHOWN_WORKSPACE,
            str(self.tmp): SHOWN_TMP,
            str(self.home): SHOWN_HOME,
        }

    def make_private(self) -> None:
        """Make /tmp and the home, again if a command without sandbox removed them, and usable if one forbade it."""
        for folder, mode in ((self.tmp, 0o1777), (self.home, 0o755)):
            if not folder.is_dir() or folder.is_symlink():
                folder.unlink(missing_ok=True)
                folder.mkdir()
            folder.chmod(mode)


def write_private(folder: Path, name: str, text: str) -> Path:
    """Write a file of mode 0600, never through a link; whatever has the name is removed.

    Raises:
        ValueError: the name is no plain name.
    """
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        raise ValueError(f"{name!r} is no name of a file")
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        remove(path)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode())
    return path


@contextmanager
def temporary_folders() -> Iterator[Folders]:
    """Make the private folder, with nothing in it, and remove everything at the end.

    /tmp and home of the commands are made before the first one: many tasks run none.

    Raises:
        WorkspaceError: every folder for temporary files lies in a project.
    """
    with private_folder() as root:
        yield Folders(root)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user can enter, outside of every project, and remove it at the end.

    Raises:
        WorkspaceError: every folder for temporary files lies in a project.
    """
    # A shorter name than a unique one: paths of sockets have little room.
    root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{mark()}-", dir=temporary_place()))
    try:
        yield root
    finally:
        remove(root)


@cache
def clear_up(place: Path) -> None:
    """Remove what killed processes of this user have left there; once in a process."""
    for folder in _left_in(place):
        with suppress(OSError):  # another process was quicker
            # Under a name of ours no other one touches it, until this process has ended as well.
            remove(folder.rename(place / f"{PREFIX}{unique_name()}"))


def temporary_place() -> Path:
    """The folder in which those of workspaces are made.

    Raises:
        WorkspaceError: every folder for temporary files lies in a project, or cannot be written to.
    """
    found = []
    for folder in _candidates():
        marks = [mark for mark in _marks_above(folder) if os.path.exists(mark)]  # noqa: PTH110 - for each workspace
        if not marks and os.access(folder, os.W_OK):
            return folder
        found += marks
    reason = f"they would find {', '.join(found)}" if found else "none of them can be written to"
    raise WorkspaceError(
        f"no folder for temporary files is fit for workspaces: {reason}; set TMPDIR to a folder that lies in no project"
    )


def left_behind() -> list[Path]:
    """Folders of this user that killed runs have left: the process that made them is gone.

    One that another container or machine made, and that shares this folder, is not among them.
    """
    return sorted(folder for place in _candidates() for folder in _left_in(place))


def _candidates() -> list[Path]:
    names = ["/tmp", "/var/tmp"]
    with suppress(OSError):  # none of those that it tries can be written to
        names.insert(0, tempfile.gettempdir())
    return list(dict.fromkeys(map(_resolved, names)))


@cache
def _resolved(name: str) -> Path:
    return Path(name).resolve()


@cache
def _marks_above(folder: Path) -> list[str]:
    return [str(above / mark) for above in (folder, *folder.parents) for mark in PROJECT_MARKS]


def _left_in(place: Path) -> list[Path]:
    return [folder for folder in place.glob(f"{PREFIX}*-*") if _was_left(folder)]


def _was_left(folder: Path) -> bool:
    if not has_ended(mark_in(folder.name.removeprefix(PREFIX))):
        return False
    try:
        status = folder.lstat()
    except OSError:  # it is gone
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def remove(root: Path) -> None:
    """Remove a tree, read-only folders in it included, however deep. Warns about what could not be removed."""
    with suppress(RecursionError):
        shutil.rmtree(root, ignore_errors=True)
    if not root.exists():
        return
    # They go through folders that lie deeper than any path is long.
    for command in (["chmod", "-R", "u+rwx", str(root)], ["rm", "-rf", str(root)]):
        subprocess.run(command, capture_output=True, check=False)
    if root.exists():
        warnings.warn(f"could not remove the workspace folder {root}; remove it by hand", stacklevel=2)
