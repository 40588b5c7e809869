"""What a run needs, each fact in one place: the preflight refuses by it, the doctor tells everything."""

from __future__ import annotations

from pytest_agenttasks.health.disk import Space, full_disks, spaces
from pytest_agenttasks.health.keys import (
    asked_of,
    different,
    judges_at_work,
    judges_of,
    lacks_key,
    left_out,
    own_judges,
)
from pytest_agenttasks.health.system import lacking_tools, unsupported, unusable_state

__all__ = [
    "Space",
    "asked_of",
    "different",
    "full_disks",
    "judges_at_work",
    "judges_of",
    "lacking_tools",
    "lacks_key",
    "left_out",
    "own_judges",
    "spaces",
    "unsupported",
    "unusable_state",
]
