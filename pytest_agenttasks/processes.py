"""Whether a process that left something behind is still there."""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

_STARTED = 19
"""Place of the start time, in clock ticks since boot, behind the command in /proc/PID/stat: proc(5), field 22."""


_NAME = re.compile(r"\d+(\.\d+)?")


def name_of(pid: int | None = None) -> str:
    """A process by its id and, where the system tells, the time it was started: `812.90311`. Ids are used again.

    Args:
        pid: of the process; None for this one.
    """
    if pid is None:
        return _own_name(os.getpid())
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


def mark() -> str:
    """This process in a name of a file that processes elsewhere may see, too: `3ac4b1-812.90311`."""
    return f"{_place()}-{name_of()}"


def unique_name() -> str:
    """A name that begins with the mark of this process, and that nobody guesses."""
    return f"{mark()}-{token_hex(8)}"


def mark_in(name: str) -> str:
    """The mark that such a name begins with."""
    return name.rpartition("-")[0]


def name_in(mark: str) -> str:
    """The process of such a mark, as `name_of` names it where it runs."""
    return mark.partition("-")[2]


def is_of_here(mark: str) -> bool:
    """Whether it is the mark of a process that this one could see."""
    place, _, name = mark.partition("-")
    return place == _place() and _NAME.fullmatch(name) is not None


def has_ended(mark: str) -> bool:
    """Whether it is the mark of a process that has surely ended; of one elsewhere nothing is known."""
    return is_of_here(mark) and not lives(name_in(mark))


@cache
def _own_name(pid: int) -> str:
    """By the id, since a process that is forked is another one."""
    return name_of(pid)


@cache
def _place() -> str:
    """Where ids of processes mean the same, as a short hash: one start of a machine, one namespace of processes."""
    try:
        place = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8") + str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        place = platform.node()
    return sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def _started(pid: int) -> str:
    """Empty where the system has no /proc, or the process is gone."""
    try:
        _, _, rest = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")
    except OSError:
        return ""
    state, *fields = rest.split()
    return "gone" if state in "ZX" else fields[_STARTED - 1]
