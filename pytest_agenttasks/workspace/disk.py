"""What the folders of a workspace take on the disk, found out without walking them all the time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MIB = 1 << 20
GRACE_BYTES = 16 * MIB  # for a command that begins beyond the limit: it may be the one that clears up
BLOCK = 512  # unit of st_blocks: stat(2)


class Disk:
    """The disk that the folders of one workspace lie on.

    Asking how much is free costs microseconds, walking the folders milliseconds to seconds. They cannot have grown by
    more than the disk has less; so they are walked when that is more than they may still take.
    """

    def __init__(self, root: Path, limit_mb: int) -> None:
        self._root = root
        self._first = self._free()
        self._limit = min(limit_mb * MIB, self._first // 2)
        self._allowed = self._limit
        self._beyond = False
        self._walk_below = self._first - self._limit

    def begin(self) -> None:
        """Let a command begin: one that finds too much there may write a little more."""
        if self._beyond or self._free() < self._walk_below:
            used = self._used(())
            self._measured(used, used + GRACE_BYTES if used > self._limit else self._limit)

    def full(self, processes: Iterable[int]) -> bool:
        """Whether the folders, and files that these processes have open and deleted, take too much."""
        if self._free() >= self._walk_below:
            return False
        used = self._used(processes)
        self._measured(used, self._allowed)
        return used > self._allowed

    def _measured(self, used: int, allowed: int) -> None:
        self._allowed = allowed
        self._beyond = used > self._limit
        self._walk_below = self._free() - max(0, allowed - used)

    def _free(self) -> int:
        found = os.statvfs(self._root)
        return found.f_bavail * found.f_frsize

    def _used(self, processes: Iterable[int]) -> int:
        try:
            return bytes_below(self._root) + sum(map(_deleted, processes))
        except OSError:  # something is hidden there, or lies too deep: then it is all that the disk has less
            return self._first - self._free()


def bytes_below(root: Path) -> int:
    """Return the bytes that all files take. A file with several names counts once.

    Raises:
        OSError: a folder cannot be read.
    """
    waiting, seen, total = [os.fspath(root)], set(), 0
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except (FileNotFoundError, NotADirectoryError):  # a command has changed it meanwhile
            continue
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
                if status.st_ino not in seen:
                    total += status.st_blocks * BLOCK
                if status.st_nlink > 1:
                    seen.add(status.st_ino)
    return total


def _deleted(pid: int) -> int:
    """Return the bytes of files that a process has open, and that have no name any more."""
    total = 0
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - entries vanish; the names are enough
            with suppress(OSError):
                status = os.stat(f"/proc/{pid}/fd/{name}")  # noqa: PTH116 - a magic link, which is no path
                total += status.st_blocks * BLOCK if stat.S_ISREG(status.st_mode) and not status.st_nlink else 0
    return total
