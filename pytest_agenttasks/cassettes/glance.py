"""What a cassette tells at a glance: without its calls being read, or anything being checked."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_agenttasks.cassettes.parts import VERDICTS

_ENTRIES = re.compile(rb"^entries: (\d+)$", re.MULTILINE)

_VERDICTS = re.compile(rf"^  {VERDICTS}: (\d+)$".encode(), re.MULTILINE)

_TOP = 4096
"""Bytes in which the header ends: a few facts of a line each."""


def calls_recorded(path: Path) -> int | None:
    """How many calls of its agent a cassette holds, by its header; None without a file, or if it does not say."""
    try:
        with path.open("rb") as file:
            top = file.read(_TOP)
    except OSError:
        return None
    found, verdicts = _ENTRIES.search(top), _VERDICTS.search(top)
    return int(found[1]) - (int(verdicts[1]) if verdicts else 0) if found else None
