"""A control group that bounds the processes and threads of a workspace where commands run as root.

For root the kernel knows no other bound: RLIMIT_NPROC does not hold for it (`copy_process` in its kernel/fork.c). Where
no group can be made, in many containers, the number is only watched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

from pytest_agenttasks.processes import has_ended, mark, mark_in

_MOUNT = Path("/sys/fs/cgroup")
_PREFIX = "agenttasks-"


class PidsGroup:
    """A group for at most so many processes and threads. It is made when it is first asked for: many tasks run no
    command, and the kernel takes milliseconds to remove one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._asked = False
        self._folder: Path | None = None

    def folder(self) -> Path | None:
        """Its folder; None where no group can be made."""
        with self._lock:
            if not self._asked and os.getuid() == 0:
                self._folder = next(filter(None, (_made(parent, self._limit) for parent in _parents())), None)
            self._asked = True
            return self._folder

    def remove(self) -> None:
        """Remove it, if it was made."""
        if self._folder is not None:
            _remove(self._folder)


def inside(group: Path | None, command: Sequence[str]) -> list[str]:
    """Return the command that joins the group and becomes `command`."""
    if group is None:
        return list(command)
    return ["/bin/sh", "-c", 'echo $$ 2>/dev/null >"$0/cgroup.procs"; exec "$@"', str(group), *command]


def _parents() -> Iterator[Path]:
    """Give the folders in which a group may be made, by this process's own: cgroups(7), /proc/[pid]/cgroup."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "pids" in controllers.split(","):
                yield Path(f"{_MOUNT}/pids{path}")
            elif not controllers:
                # Version 2: who has processes can rarely hand a controller down, but the group above does.
                own = Path(f"{_MOUNT}{path}")
                yield from (own.parent, own) if own != _MOUNT else (own,)


def _made(parent: Path, limit: int) -> Path | None:
    try:
        group = Path(mkdtemp(prefix=f"{_PREFIX}{mark()}-", dir=parent))
        _remove_stale(parent)
    except OSError:
        return None
    try:
        with (group / "pids.max").open("r+") as file:  # not made where the group has no such controller
            file.write(str(limit))
    except OSError:
        _remove(group)
        return None
    return group


@cache
def _remove_stale(parent: Path) -> None:
    """Remove the groups of processes that were killed; once in a process."""
    for group in parent.glob(f"{_PREFIX}*-*"):
        if has_ended(mark_in(group.name.removeprefix(_PREFIX))):
            _remove(group)


def _remove(group: Path) -> None:
    with suppress(OSError):
        group.rmdir()
