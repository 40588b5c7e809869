"""Copies of trees that a setup has left: with modes, times and links, which look like what they are made of."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

WHOLE = 1 << 30  # bytes asked for at once; the kernel gives what it can


def duplicate(original: Path, copy: Path, modes: Mapping[str, int]) -> None:
    """Copy a tree. Nothing is followed or opened but folders and regular files; sockets and devices are left out.

    Args:
        original: must not change meanwhile.
        copy: is made; it may be there as an empty folder.
        modes: relative path to the mode that the copy gets instead of the original's.

    Raises:
        OSError: something cannot be read or written.
    """
    _Copying(str(original), str(copy), modes).all()


class _Copying:
    """One copy on its way."""

    def __init__(self, original: str, copy: str, modes: Mapping[str, int]) -> None:
        self._original, self._copy, self._modes = original, copy, modes
        self._folders: list[tuple[str, os.stat_result]] = []
        self._linked: dict[int, str] = {}

    def all(self) -> None:
        """Copy. Folders get modes and times at the end: what is put into them changes both."""
        self._make_folder("", os.lstat(self._original))
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            # By name, so that a listing in the order of the file system is the same in all copies.
            with os.scandir(f"{self._original}/{folder}") as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    name = f"{folder}{entry.name}"
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode):
                        self._make_folder(name, status)
                        waiting.append(f"{name}/")
                    else:
                        self._make_other(name, status)
        for name, status in reversed(self._folders):
            self._settle(name, status)

    def _make_folder(self, name: str, status: os.stat_result) -> None:
        path = f"{self._copy}/{name}"
        if name or not Path(path).is_dir():
            os.mkdir(path, 0o700)  # noqa: PTH102 - a Path for each of thousands takes half of the time
        self._folders.append((name, status))

    def _make_other(self, name: str, status: os.stat_result) -> None:
        path = f"{self._copy}/{name}"
        if status.st_ino in self._linked:
            os.link(self._linked[status.st_ino], path, follow_symlinks=False)
            return
        if stat.S_ISREG(status.st_mode):
            _copy_content(f"{self._original}/{name}", path)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(f"{self._original}/{name}"), path)  # noqa: PTH115, PTH211 - as above
        elif stat.S_ISFIFO(status.st_mode):
            os.mkfifo(path)
        else:
            return
        if status.st_nlink > 1:
            self._linked[status.st_ino] = path
        self._settle(name, status)

    def _settle(self, name: str, status: os.stat_result) -> None:
        path = f"{self._copy}/{name}"
        if not stat.S_ISLNK(status.st_mode):
            os.chmod(path, self._modes.get(name or ".", stat.S_IMODE(status.st_mode)))  # noqa: PTH101 - as above
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def _copy_content(original: str, copy: str) -> None:
    """Copy through the kernel, where the file system can share the blocks of both, or by reading and writing."""
    source = os.open(original, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with suppress(OSError):  # what it cannot do, the other way does, or says what is wrong
                while os.copy_file_range(source, target, WHOLE):
                    pass
                return
            _copy_by_hand(source, target)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _copy_by_hand(source: int, target: int) -> None:
    for descriptor in (source, target):
        os.lseek(descriptor, 0, os.SEEK_SET)
    with open(source, "rb", closefd=False) as reading, open(target, "wb", closefd=False) as writing:
        shutil.copyfileobj(reading, writing)
