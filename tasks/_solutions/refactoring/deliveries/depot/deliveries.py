"""When a parcel is due. Days are written as 2026-03-02."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

WORKING_DAYS = {"express": 1, "standard": 3, "freight": 5}
SATURDAY = 5
WRITTEN = re.compile(r"\d{4}-\d\d-\d\d")


def due(sent: str, service: str = "standard", holidays: Collection[str] = ()) -> str:
    """Return the day on which a parcel is due that was sent on `sent`: so many working days later."""
    day = _day(sent)
    left = WORKING_DAYS[service]
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day.isoformat() not in holidays:
            left -= 1
    return day.isoformat()


def days_late(due_on: str, delivered_on: str) -> int:
    """Return how many days after `due_on` a parcel came; one that came in time is 0 days late."""
    return max((_day(delivered_on) - _day(due_on)).days, 0)


def by_month(days: Collection[str]) -> dict[str, int]:
    """Return how many of the days lie in each month, as {"2026-03": …} in order of time."""
    return dict(Counter(f"{day:%Y-%m}" for day in sorted(map(_day, days))))


def _day(text: str) -> date:
    # fromisoformat alone takes 20260302 and 2026-W10-1, too.
    if not WRITTEN.fullmatch(text):
        raise ValueError(f"not a day: {text!r}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"not a day: {text!r}") from None
