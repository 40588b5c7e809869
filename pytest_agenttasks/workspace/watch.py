"""Watching what a command uses while it runs, and telling what it has too much of.

The kernel bounds the size of a file, and in most places the number of processes. For the rest it has nothing that works
everywhere: RLIMIT_AS and RLIMIT_DATA count what a process reserves, which for node, a JVM or a sanitizer is many times
of what it uses, and each process alone; a control group can rarely be made (not by an ordinary user, not in most
containers). So the processes are looked at some times a second, as root and as an ordinary user alike. In between a
command can get beyond a limit: by what the machine can write meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pytest_agenttasks.workspace.disk import Disk
from pytest_agenttasks.workspace.resources import Resources

MIB = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Looks at a process and all that descend from it, on Linux; elsewhere it finds nothing."""

    def __init__(self, pid: int, resources: Resources, disk: Disk, group: Path | None) -> None:
        self._pid, self._resources, self._disk = pid, resources, disk
        self._group = group
        with suppress(OSError):  # should the machine run out of memory first, let it be these: proc(5)
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")

    def exceeded(self) -> str | None:
        """Return `processes`, `memory` or `disk`, whichever is too much; else None."""
        found: list[int] = []
        threads = 0
        for pid, count in family(self._pid):
            found.append(pid)
            threads += count
            # Both, and each time: a fork bomb can make this walk take longer than it takes itself to grow.
            if max(threads, self._in_group()) > self._resources.processes:
                return "processes"
        limit = self._resources.memory_mb * MIB
        # What they share counts more than once in the first sum, and the second takes long.
        if sum(map(_resident, found)) > limit and sum(map(_own, found)) > limit:
            return "memory"
        return "disk" if self._disk.full(found) else None

    def _in_group(self) -> int:
        return int(_read(f"{self._group}/pids.current") or 0) if self._group else 0


def family(pid: int) -> Iterator[tuple[int, int]]:
    """Give the id and the number of threads of a process and of all that descend from it."""
    waiting, seen = [pid], {pid}
    while waiting:
        pid = waiting.pop()
        threads = _names(f"/proc/{pid}/task")
        children = {int(child) for thread in threads for child in _read(f"/proc/{pid}/task/{thread}/children").split()}
        waiting.extend(children - seen)
        seen |= children
        if threads:
            yield pid, len(threads)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - Path.iterdir takes three times as long
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123 - as above
            return file.read()
    except OSError:  # it has ended
        return ""


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _own(pid: int) -> int:
    """Return a process's share of memory, swapped out or not, without files: proc(5), smaps_rollup."""
    lines = [line.split() for line in _read(f"/proc/{pid}/smaps_rollup").splitlines()]
    sizes = {words[0]: int(words[1]) << 10 for words in lines if words[-1] == "kB"}
    if not sizes:
        return _resident(pid)
    return sizes["Pss:"] + sizes.get("SwapPss:", 0) - sizes.get("Pss_File:", 0)
