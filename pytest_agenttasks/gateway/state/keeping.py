"""For how long each thing is kept that nobody deletes. The same for every place."""

from __future__ import annotations

from pytest_agenttasks.gateway.state.base import Need
from pytest_agenttasks.gateway.state.days import DAY

REQUESTS = DAY + 2 * 3600.0
"""Seconds: a day's limit, on the longest day of the year, needs 25 hours."""

COOLDOWNS = DAY
"""Seconds after its end for which a cooldown is remembered, with its strikes."""

SPEND = 7 * DAY
"""Seconds after a run's last answer for which its spend is kept."""


def request_seconds(need: Need, key: str) -> float:
    """How long a request counted under a key is kept: longer where a window of that key is."""
    return max([REQUESTS, *(window.seconds + 1 for window in need.windows if window.key == key)])
