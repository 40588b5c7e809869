"""Finding processes by a mark in their environment, whatever namespace they are in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def bearing(mark: str) -> list[str]:
    """Return the command lines of all living processes that have the mark in their environment."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    """Look again and again until it is true.

    Raises:
        AssertionError: it never was.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
