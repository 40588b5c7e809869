"""The files of a folder as git sees them, whatever a command has done to their permissions."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# What tools leave behind; no part of an agent's work.
IGNORED = frozenset({".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".coverage"})
IGNORED_SUFFIX = ".pyc"

# git knows these modes of files, and no others: git-fast-import(1), "Filemodify".
FILE, EXECUTABLE, LINK = 0o100644, 0o100755, 0o120000
CHUNK = 1 << 20

# No project has such paths. Linux opens none of more than 4096 bytes, and Python none of more folders than its stack.
MOST_FOLDERS = 200
MOST_BYTES = 3000


def mode_of(status: os.stat_result) -> int | None:
    """Return git's mode; None for what git does not keep (folders, sockets, pipes, devices)."""
    if stat.S_ISLNK(status.st_mode):
        return LINK
    if stat.S_ISREG(status.st_mode):
        return EXECUTABLE if status.st_mode & stat.S_IXUSR else FILE
    return None


def files_below(root: Path, *, ignore: bool) -> Iterator[tuple[str, os.stat_result]]:
    """Give relative path and status of every file and link below `root`, never through a link.

    What lies deeper than `MOST_FOLDERS`, or has a longer path than `MOST_BYTES`, is passed over.

    Args:
        root: nothing is found where it does not exist or is a link.
        ignore: pass over what is in `IGNORED`.
    """
    if root.is_dir() and not root.is_symlink():
        yield from _below(root, "", ignore)


def entries_below(root: Path) -> Iterator[str]:
    """Give the relative paths of all that lies below `root`: folders, and what git does not keep, as well."""
    if not root.is_dir() or root.is_symlink():
        return
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(root / prefix) as entries:
            for entry in entries:
                yield prefix + entry.name
                inner = f"{prefix}{entry.name}/"
                if entry.is_dir(follow_symlinks=False) and not _too_deep(inner):
                    pending.append(inner)


def _below(root: Path, prefix: str, ignore: bool) -> Iterator[tuple[str, os.stat_result]]:
    if _too_deep(prefix):
        return
    with os.scandir(root / prefix) as entries:
        for entry in entries:
            if ignore and (entry.name in IGNORED or entry.name.endswith(IGNORED_SUFFIX)):
                continue
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _below(root, f"{prefix}{entry.name}/", ignore)
            elif mode_of(status) is not None:
                yield prefix + entry.name, status


def _too_deep(relative: str) -> bool:
    return relative.count("/") > MOST_FOLDERS or len(os.fsencode(relative)) > MOST_BYTES


@contextmanager
def readable(root: Path) -> Iterator[None]:
    """Let the owner, which is who runs this, read all below `root` for a while, whatever commands forbade."""
    changed: list[tuple[Path, int]] = []
    try:
        changed += unlock(root)
        yield
    finally:
        for path, mode in reversed(changed):
            path.chmod(mode)


def unlock(root: Path) -> Iterator[tuple[Path, int]]:
    """Let the owner read all below `root`; give what that changes, each just before it does, with the mode it had."""
    if root.is_dir() and not root.is_symlink():
        yield from _unlock(root, "")


def _unlock(root: Path, name: str) -> Iterator[tuple[Path, int]]:
    path = root / name
    mode = path.lstat().st_mode
    folder = stat.S_ISDIR(mode)
    needed = stat.S_IRUSR | stat.S_IXUSR if folder else stat.S_IRUSR
    if (folder or stat.S_ISREG(mode)) and mode & needed != needed:
        yield path, stat.S_IMODE(mode)
        path.chmod(stat.S_IMODE(mode) | needed)
    if folder and not _too_deep(f"{name}/"):
        for below in path.iterdir():
            yield from _unlock(root, f"{name}/{below.name}".lstrip("/"))


@contextmanager
def open_content(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, itself and not what a link says, for reading."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        yield file


def content_of(path: Path, mode: int) -> bytes:
    """Return the content as git stores it: a link's is its target."""
    if mode == LINK:
        return os.fsencode(path.readlink())
    with open_content(path) as file:
        return file.read()


def blob_id(content: bytes) -> str:
    """Return git's name of a content: SHA-1 over a header and the content itself."""
    return _hasher(len(content), content).hexdigest()


def blob_id_of(path: Path, status: os.stat_result) -> str:
    """Return git's name of a file's content, without holding it in memory."""
    if mode_of(status) == LINK:
        return blob_id(os.fsencode(path.readlink()))
    with open_content(path) as file:
        digest = _hasher(status.st_size)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _hasher(size: int, content: bytes = b"") -> hashlib._Hash:
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    digest.update(content)
    return digest
