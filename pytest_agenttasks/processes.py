"""Whether a process that left something behind is still there."""

from __future__ import annotations

import os
from pathlib import Path

_STARTED = 19
"""Place of the start time, in clock ticks since boot, behind the command in /proc/PID/stat: proc(5), field 22."""


def name_of(pid: int | None = None) -> str:
    """A process by its id and, where the system tells, the time it was started: `812.90311`. Ids are used again.

    Args:
        pid: of the process; None for this one.
    """
    pid = os.getpid() if pid is None else pid
    started = _started(pid)
    return f"{pid}.{started}" if started else str(pid)


def lives(name: str) -> bool:
    """Whether the process of this name is there; a name that is none is taken for somebody's who is."""
    number, _, started = name.partition(".")
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    except (ValueError, OverflowError):
        return True
    return not started or _started(int(number)) in ("", started)


def _started(pid: int) -> str:
    """Empty where the system has no /proc, or the process is gone."""
    try:
        _, _, rest = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")
    except OSError:
        return ""
    state, *fields = rest.split()
    return "gone" if state in "ZX" else fields[_STARTED - 1]
