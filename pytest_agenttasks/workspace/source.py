"""What a workspace starts from: a copy of a folder or of a commit, then files from the task file."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from pytest_agenttasks.exceptions import WorkspaceError

# Caches, environments and repositories: big, of this machine only, and no part of the work.
LEFT_OUT = frozenset({
    ".git", ".hg", ".svn", "__pycache__", ".venv", ".tox", ".nox", ".pytest_cache", ".mypy_cache",
    ".ruff_cache", ".hypothesis", ".agenttasks", ".coverage", ".DS_Store",
    ".env",  # holds keys, as a rule
})  # fmt: skip
LEFT_OUT_SUFFIXES = (".pyc", ".pyo")

# Listings show times and modes; with these they are the same on every machine. 2020-01-01T00:00:00Z.
FILE_TIME = 1_577_836_800


def copy_folder(source: Path, destination: Path, withheld: Collection[Path] = ()) -> None:
    """Copy a folder without what is in `LEFT_OUT` and without `withheld` (resolved paths); links stay links.

    Raises:
        WorkspaceError: the folder is missing, or holds a link out of it or something that is no file.
    """
    if not source.is_dir():
        raise WorkspaceError(f"the workspace's `from` folder does not exist: {source}")
    destination.mkdir()
    _copy_inside(Path(os.path.realpath(source)), destination, PurePosixPath(), withheld)


def lay_over(source: Path, destination: Path) -> None:
    """Copy what is in a folder, likewise, over what is in another one.

    Raises:
        WorkspaceError: the folder is missing, holds what cannot be copied, or does not fit over what is there.
    """
    if not source.is_dir():
        raise WorkspaceError(f"there is no folder {source}")
    try:
        _copy_inside(Path(os.path.realpath(source)), destination, PurePosixPath(), ())
    except OSError as error:
        raise WorkspaceError(f"the files of {source} do not fit over the workspace: {error}") from error


def drop(copy: Path, original: Path, withheld: Collection[Path]) -> None:
    """Remove from a copy what is withheld of its original."""
    top = original.resolve()
    for path in withheld:
        if path != top and path.is_relative_to(top):
            doomed = copy / path.relative_to(top)
            if doomed.is_dir() and not doomed.is_symlink():
                shutil.rmtree(doomed)
            else:
                doomed.unlink(missing_ok=True)


def entries(folder: Path, withheld: Collection[Path]) -> list[os.DirEntry[str]]:
    """What of a folder belongs to a workspace, by name."""
    with os.scandir(folder) as found:
        return [
            entry
            for entry in sorted(found, key=lambda entry: entry.name)
            if entry.name not in LEFT_OUT
            and not entry.name.endswith(LEFT_OUT_SUFFIXES)
            and Path(entry.path) not in withheld
            and (entry.is_symlink() or not Path(entry.path, "pyvenv.cfg").exists())
        ]


def link_target(root: Path, name: PurePosixPath) -> str:
    """Where a link of a workspace's folder leads: relative, if it leads into the folder."""
    target = str((root / name).readlink())
    if Path(target).is_absolute() and Path(target).is_relative_to(root):
        target = os.path.relpath(target, (root / name).parent)
    return target


def _copy_inside(root: Path, destination: Path, relative: PurePosixPath, withheld: Collection[Path]) -> None:
    for entry in entries(root / relative, withheld):
        name = relative / entry.name
        if entry.is_symlink():
            _copy_link(root, destination, name)
        elif entry.is_dir():
            (destination / name).mkdir(exist_ok=True)
            _copy_inside(root, destination, name, withheld)
        elif entry.is_file():
            shutil.copy(entry.path, destination / name)
        else:
            raise WorkspaceError(f"the workspace's folder holds {name}, which is no file, folder or link: remove it")


def _copy_link(root: Path, destination: Path, name: PurePosixPath) -> None:
    target = link_target(root, name)
    refuse_link_out(root, name, target)
    (destination / name).symlink_to(target)


def refuse_link_out(root: Path, name: PurePosixPath, target: str) -> None:
    """Refuse a link that leads out, by its text or by where it really ends.

    Raises:
        WorkspaceError: it does.
    """
    by_text = os.path.normpath(name.parent / target)
    really = os.path.realpath(root / name)
    if by_text.split("/")[0] in ("..", "") or not Path(really).is_relative_to(root):
        raise WorkspaceError(
            f"the workspace's folder holds a link that leads out of it: {name} -> {target}; "
            "replace it by the file itself"
        )


def refuse_links_out(root: Path) -> None:
    """Refuse a tree with links that lead out of it.

    Raises:
        WorkspaceError: there is one.
    """
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.is_symlink():
                refuse_link_out(root, PurePosixPath(path.relative_to(root)), str(path.readlink()))


def write_files(files: Mapping[str, str], root: Path) -> None:
    """Write the files that a task file gives.

    Raises:
        WorkspaceError: a name leads out of the workspace, or is a folder.
    """
    for name, content in files.items():
        path = root / name
        inside = name and not Path(name).is_absolute() and ".." not in PurePosixPath(name).parts
        if not inside or not Path(os.path.realpath(path)).is_relative_to(root):
            raise WorkspaceError(
                f"workspace.files: {name!r} leads out of the workspace; use a relative path without .."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="")
        except (OSError, ValueError) as error:
            raise WorkspaceError(f"workspace.files: {name!r} cannot be written: {error}") from error


def settle(root: Path) -> None:
    """Give every file and folder the same time, and modes that depend on nothing but the executable bit."""
    for folder, _, files in os.walk(root, topdown=False):
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
            os.utime(path, (FILE_TIME, FILE_TIME), follow_symlinks=False)
        Path(folder).chmod(0o755)
        os.utime(folder, (FILE_TIME, FILE_TIME))
