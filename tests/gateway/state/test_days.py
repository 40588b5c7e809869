from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_agenttasks.gateway.state.days import day_of, midnights

HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "zone", "start", "hours"),
    [
        ("2026-11-22T16:00", "UTC", "2026-11-22T00:00", 24),
        ("2026-11-22T00:00", "UTC", "2026-11-22T00:00", 24),
        ("2026-11-21T23:59:59.5", "UTC", "2026-11-21T00:00", 24),
        ("2026-11-22T16:00", "America/Los_Angeles", "2026-11-22T08:00", 24),
        ("2026-11-22T07:00", "America/Los_Angeles", "2026-11-21T08:00", 24),
        ("2026-11-22T16:00", "Asia/Kathmandu", "2026-11-21T18:15", 24),
        # the days on which the clocks change, and those after them
        ("2026-03-08T12:00", "America/Los_Angeles", "2026-03-08T08:00", 23),
        ("2026-03-09T12:00", "America/Los_Angeles", "2026-03-09T07:00", 24),
        ("2026-11-01T12:00", "America/Los_Angeles", "2026-11-01T07:00", 25),
        ("2026-11-02T12:00", "America/Los_Angeles", "2026-11-02T08:00", 24),
        # clocks that change at midnight: 2026-09-06 begins at one o'clock
        ("2026-09-06T12:00", "America/Santiago", "2026-09-06T04:00", 23),
    ],
)
def test_a_day_begins_and_ends_at_midnight(now: str, zone: str, start: str, hours: float) -> None:
    assert day_of(at(now), zone) == (at(start), at(start) + hours * HOUR)


def test_midnights_reach_from_two_before_to_one_after() -> None:
    now = at("2026-10-31T12:00")
    found = midnights(now, "America/Los_Angeles", 2 * 24 * HOUR)
    days = ["10-30T07", "10-31T07", "11-01T07", "11-02T08", "11-03T08", "11-04T08"]
    assert found == [at(f"2026-{day}:00") for day in days]
