"""What a cassette tells at a glance: without its calls being read, or anything being checked."""

from __future__ import annotations

import re
from pathlib import Path

_ENTRIES = re.compile(rb"^entries: (\d+)$", re.MULTILINE)

_TOP = 4096
"""Bytes in which the header ends: a few facts of a line each."""


def calls_recorded(path: Path) -> int | None:
    """How many calls a cassette holds, by its header; None without a file, or if it does not say."""
    try:
        with path.open("rb") as file:
            found = _ENTRIES.search(file.read(_TOP))
    except OSError:
        return None
    return int(found[1]) if found else None
