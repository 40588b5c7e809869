"""When a parcel is due. Days are written as 2026-03-02."""

from __future__ import annotations

from collections.abc import Collection

DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WORKING_DAYS = {"express": 1, "standard": 3, "freight": 5}


def due(sent: str, service: str = "standard", holidays: Collection[str] = ()) -> str:
    """Return the day on which a parcel is due that was sent on `sent`: so many working days later."""
    year, month, day = split_day(sent)
    left = WORKING_DAYS[service]
    while left > 0:
        day = day + 1
        if day > month_length(year, month):
            day = 1
            month = month + 1
        if month > 12:
            month = 1
            year = year + 1
        text = str(year).rjust(4, "0") + "-" + str(month).rjust(2, "0") + "-" + str(day).rjust(2, "0")
        if day_number(text) % 7 < 5 and text not in holidays:
            left = left - 1
    return str(year).rjust(4, "0") + "-" + str(month).rjust(2, "0") + "-" + str(day).rjust(2, "0")


def days_late(due_on: str, delivered_on: str) -> int:
    """Return how many days after `due_on` a parcel came; one that came in time is 0 days late."""
    late = day_number(delivered_on) - day_number(due_on)
    return late if late > 0 else 0


def by_month(days: Collection[str]) -> dict[str, int]:
    """Return how many of the days lie in each month, as {"2026-03": …} in order of time."""
    found: dict[str, int] = {}
    for text in sorted(days):
        split_day(text)
        found[text[:7]] = found.get(text[:7], 0) + 1
    return found


def split_day(text: str) -> tuple[int, int, int]:
    """Return year, month and day of a text such as 2026-03-02."""
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(part.isdecimal() for part in parts):
        raise ValueError(f"not a day: {text!r}")
    year, month, day = int(parts[0]), int(parts[1]), int(parts[2])
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise ValueError(f"not a day: {text!r}")
    return year, month, day


def month_length(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2 and (year % 4 == 0 and year % 100 != 0 or year % 400 == 0):
        return 29
    return DAYS_IN_MONTH[month - 1]


def day_number(text: str) -> int:
    """Return how many days lie between a day and Monday, 1 January of the year 1."""
    year, month, day = split_day(text)
    before = year - 1
    number = before * 365 + before // 4 - before // 100 + before // 400
    for earlier in range(1, month):
        number = number + month_length(year, earlier)
    return number + day - 1
