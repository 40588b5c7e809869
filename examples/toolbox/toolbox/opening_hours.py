"""Opening hours as people write them: "Mo-Fr 09:00-12:30, 14:00-18:00; Sa 10:00-13:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
RULE = re.compile(r"([A-Z][a-z](?:-[A-Z][a-z])?(?:,[A-Z][a-z](?:-[A-Z][a-z])?)*) (.+)")
SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
MIDNIGHT = 24 * 60


class HoursError(ValueError):
    """Opening hours that cannot be read."""


@dataclass(frozen=True)
class OpeningHours:
    """When something is open: for each day of the week, from Monday on, spans in minutes since midnight."""

    days: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def parse(cls, text: str) -> OpeningHours:
        """Read rules, each for days and with one or several spans, or with "closed"; a later rule replaces an earlier.

        "24:00" is the end of a day. Raises HoursError for a rule of another form, a day or a time that there is not,
        and for a span that does not end after it began or overlaps another one.
        """
        days: list[tuple[tuple[int, int], ...]] = [()] * 7
        for rule in text.split(";"):
            match = RULE.fullmatch(rule.strip())
            if match is None:
                raise HoursError(f"not a rule such as 'Mo-Fr 09:00-18:00': {rule.strip()!r}")
            spans = () if match[2] == "closed" else _spans(match[2])
            for day in _days(match[1]):
                days[day] = spans
        return cls(tuple(days))

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at a moment. It is when a span begins, and no more when it ends."""
        minutes = moment.hour * 60 + moment.minute
        return any(opens <= minutes < closes for opens, closes in self.days[moment.weekday()])

    def next_opening(self, moment: datetime) -> datetime | None:
        """Return the moment itself if it is open then, else when it opens next; None if it never does."""
        if self.is_open(moment):
            return moment
        for ahead in range(8):
            day = (moment + timedelta(days=ahead)).date()
            for opens, _ in self.days[day.weekday()]:
                start = datetime.combine(day, time(opens // 60, opens % 60))
                if start >= moment:
                    return start
        return None

    def hours_a_week(self) -> float:
        """Return for how many hours of a week it is open."""
        return sum(closes - opens for spans in self.days for opens, closes in spans) / 60


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, *more = [_day(name) for name in part.split("-")]
        last = more[-1] if more else first
        found += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
    return found


def _day(name: str) -> int:
    if name not in DAYS:
        raise HoursError(f"no day of the week: {name!r}")
    return DAYS.index(name)


def _spans(text: str) -> tuple[tuple[int, int], ...]:
    spans = sorted(_span(part.strip()) for part in text.split(","))
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            raise HoursError(f"times that overlap: {text!r}")
    return tuple(spans)


def _span(text: str) -> tuple[int, int]:
    match = SPAN.fullmatch(text)
    if match is None:
        raise HoursError(f"not a span of time such as 09:00-18:00: {text!r}")
    opens_hour, opens_minute, closes_hour, closes_minute = map(int, match.groups())
    opens, closes = opens_hour * 60 + opens_minute, closes_hour * 60 + closes_minute
    if max(opens_minute, closes_minute) > 59 or not opens < closes <= MIDNIGHT:
        raise HoursError(f"not a span within a day: {text!r}")
    return opens, closes
