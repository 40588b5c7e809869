"""Days of a time zone, as instants: what a limit needs whose count begins anew at midnight."""

from __future__ import annotations

from functools import lru_cache

from pytest_agenttasks.gateway.resets import until_midnight

DAY = 86400.0
"""Seconds."""

_INTO_THE_DAY_BEFORE = 27 * 3600.0
"""Seconds: longer than the longest day (25 hours, at the end of summer time), shorter than the two shortest."""


_QUARTER = 900
"""Seconds: clocks of all time zones differ from UTC by whole quarters of an hour."""


def day_of(now: float, zone: str) -> tuple[float, float]:
    """When the day began that `now` is in, and when it ends (epoch seconds)."""
    return _day_of_quarter(int(now // _QUARTER), zone)


@lru_cache(maxsize=256)
def _day_of_quarter(quarter: int, zone: str) -> tuple[float, float]:
    end = _next_midnight(quarter * _QUARTER, zone)
    return _next_midnight(end - _INTO_THE_DAY_BEFORE, zone), end


def midnights(now: float, zone: str, seconds: float) -> list[float]:
    """All midnights (epoch seconds) from two before `now` to at least one after the next `seconds`."""
    today, _ = day_of(now, zone)
    yesterday, _ = day_of(today - 1, zone)
    found = [yesterday, today]
    while found[-1] <= now + seconds:
        found.append(_next_midnight(found[-1], zone))
    return [*found, _next_midnight(found[-1], zone)]


def _next_midnight(now: float, zone: str) -> float:
    return float(round(now + until_midnight(now, zone)))
