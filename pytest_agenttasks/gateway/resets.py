"""When a limit ends: one reader for all the ways in which providers say it.

Everything is turned into seconds from now. What cannot be read, lies in the past or is further away
than `FARTHEST` is treated as not said: a cooldown of a year would be worse than a guess.

A time of day is the provider's: it is compared with the `Date` of the same answer, so that a machine whose
own clock is wrong waits as long as it should.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FARTHEST = 31 * 86400.0
"""Seconds; monthly quotas are the longest that providers have."""

REFILLING = 60.0
"""Seconds that a bucket which refills all the time is left alone at most when it is empty; see `_back_in`."""

_DAY = 86400.0
_AGREE = 2.0  # seconds; `Date` has whole ones, and the answer took a while
_LONGEST_VALUE, _LONGEST_TEXT = 100, 20_000
_DEPTH = 8
_EPOCH_SECONDS, _EPOCH_MILLISECONDS = 1e9, 1e12

_UNITS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "millisecond": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": _DAY, "day": _DAY,
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PART = rf"\d+(?:\.\d+)?\s?(?:{_UNIT})s?(?![a-zµ])"
_PARTS = re.compile(rf"(\d+(?:\.\d+)?)\s?({_UNIT})(?:s?)(?![a-zµ])")
_DURATION = rf"{_PART}(?:(?:,? and |, ?| )?{_PART})*"
_ONLY_DURATION = re.compile(_DURATION)

_AGAIN = r"(?:try again|retry(?:ing)?|wait|available|resets?|regain access)"
_ABOUT = "(?:about |approximately |at least )?"
_IN_TEXT = re.compile(rf"\b{_AGAIN}(?: your request| again| for)?(?: in| after| within)?:? {_ABOUT}({_DURATION})")
_BARE = re.compile(r"\bretry[-_ ]after[\"']?(?:: ?|=| )[\"']?(\d+(?:\.\d+)?)\b(?!\s?[a-z])")
_CLOCK = re.compile(
    rf"\b{_AGAIN} (?:again )?(?:at|on|after) "
    r"(\d{4}-\d\d-\d\d)(?:(?:t| | at )(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(z|utc|gmt|[+-]\d\d:?\d\d)?)?"
)

_RESET = re.compile(r"(?:x-|anthropic-)?rate-?limit(?:bysize)?-(?:.+-)?reset(?:-.+)?")
_REFILLS = re.compile(r"x-ratelimit-reset-requests|anthropic-ratelimit-requests-reset")
_DRAFT = re.compile(r";\s*r=(\d+)\s*;\s*t=(\d+)|\bremaining=(\d+)\s*,\s*reset=(\d+)")

_SECONDS_IN_BODY = ("retryDelay", "retry_delay", "retry_after_seconds", "retry_after", "retryAfter",
                    "resets_in_seconds", "estimated_time", "resets_at", "reset_at")  # fmt: skip
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is.

    Attributes:
        ours: epoch seconds by this machine.
        theirs: by the `Date` of an answer; None where it does not say.
    """

    ours: float
    theirs: float | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str], now: float) -> Clock:
        """The clock of an answer that came at `now` (epoch seconds, ours)."""
        date = _date(headers.get("date", "")[:_LONGEST_VALUE])
        return cls(now) if date is None or abs(date - now) <= _AGREE else cls(now, date)

    @property
    def now(self) -> float:
        """Theirs, unless it is more than a day from ours."""
        return self.ours if self.theirs is None or abs(self.theirs - self.ours) > _DAY else self.theirs

    def until(self, when: float) -> float:
        """Seconds until an epoch time of theirs. Where the clocks are days apart, the one that makes sense counts."""
        if self.theirs is None or abs(self.theirs - self.ours) <= _DAY:
            return when - self.now
        spans = [when - self.theirs, when - self.ours]
        return min((one for one in spans if 0 <= one <= FARTHEST), default=-1.0)


def seconds_until(value: object, now: float | Clock) -> float | None:
    """Seconds from `now` (epoch seconds) that one value means; None if it says nothing that can be believed.

    Reads numbers (seconds; epoch seconds from 1e9; epoch milliseconds from 1e12), durations such as
    `2m59.56s`, `120ms` and `20 seconds`, RFC 3339 times, HTTP dates, and protobuf's `{seconds, nanos}`.
    """
    clock = now if isinstance(now, Clock) else Clock(now)
    if isinstance(value, Mapping):
        value = _protobuf(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    seconds = _read(value, clock)
    return seconds if seconds is not None and 0 <= seconds <= FARTHEST else None


def reset_hint(headers: Mapping[str, str], body: object, message: str, now: float) -> float | None:
    """Seconds until the provider says that a request may be tried again; None if it does not say.

    Precedence: retry-after-ms, retry-after, the body (RetryInfo, `retry_after_seconds`), "try again in 20s" in
    the text, and last the reset headers, which tell of a limit as a whole and not of this request. Headers that
    OpenRouter repeats under `metadata.headers` count as headers.

    Args:
        headers: of the answer, names in lower case.
        body: parsed JSON of the answer.
        message: its error message.
        now: epoch seconds.
    """
    clock = Clock.of(headers, now)
    bodies = list(_objects(body))
    all_headers = [
        headers,
        *(_lower(one["headers"]) for one in bodies if isinstance(one.get("headers"), dict)),
    ]
    found: list[float | None] = [_retry_after(one, clock) for one in all_headers]
    found += [_in_body(one, clock) for one in bodies]
    found += [_in_text(text, clock) for text in _texts(message, bodies)]
    found += [_reset_headers(one, clock) for one in all_headers]
    return next((seconds for seconds in found if seconds is not None), None)


def used_up(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the limits are back of which an answer says that nothing remains; None if none is used up.

    For answers that succeeded: the model can be left alone before a request is refused. Limits of requests and
    of tokens count; of several that are used up, the one that takes longest.

    Args:
        headers: of the answer, names in lower case.
        now: epoch seconds.
    """
    spans = [seconds for remaining, seconds in _limits(headers, Clock.of(headers, now)) if remaining == 0]
    return max(spans, default=0.0) or None


def until_midnight(now: float, zone: str = "UTC") -> float:
    """Seconds from `now` to the next 00:00 in a time zone; where its data is missing, 08:00 UTC stands in.

    OpenRouter counts its free days in UTC, Gemini in Pacific time (their rate limit pages).
    """
    try:
        here = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
    except ZoneInfoNotFoundError:
        here = datetime.fromtimestamp(now, UTC) - timedelta(hours=8)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.timestamp() - here.timestamp()


def _read(value: float | str, clock: Clock) -> float | None:
    number = _number(value)
    if number is not None:
        if number >= _EPOCH_SECONDS:
            return clock.until(number / 1000 if number >= _EPOCH_MILLISECONDS else number)
        return number
    text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_VALUE else ""
    if _ONLY_DURATION.fullmatch(text.lower()):
        return _duration(text.lower())
    date = _date(text)
    return None if date is None else clock.until(date)


def _number(value: object) -> float | None:
    """A finite number, of any length; None for everything else."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _duration(text: str) -> float:
    return sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(text))


def _date(text: str) -> float | None:
    """Epoch seconds of an RFC 3339 time or an HTTP date; without a zone it is UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(text)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _protobuf(value: Mapping[Any, Any]) -> float | None:
    seconds, nanos = _number(value.get("seconds")), _number(value.get("nanos", 0))
    return None if seconds is None or nanos is None else seconds + nanos / 1e9


def _retry_after(headers: Mapping[str, str], clock: Clock) -> float | None:
    for name in _MILLISECONDS:
        milliseconds = _number(headers.get(name))
        if milliseconds is not None and 0 <= milliseconds / 1000 <= FARTHEST:
            return milliseconds / 1000
    return seconds_until(headers.get("retry-after"), clock)


def _in_body(one: Mapping[str, Any], clock: Clock) -> float | None:
    found = (seconds_until(one.get(key), clock) for key in _SECONDS_IN_BODY)
    return next((seconds for seconds in found if seconds is not None), None)


def _texts(message: str, bodies: list[dict[str, Any]]) -> Iterator[str]:
    """Sentences of the provider, and of one behind it."""
    yield message
    for one in bodies:
        yield from (one[key] for key in ("message", "raw") if isinstance(one.get(key), str))


def _in_text(text: str, clock: Clock) -> float | None:
    text = " ".join(text[:_LONGEST_TEXT].lower().split())
    if found := _IN_TEXT.search(text):
        return seconds_until(_duration(found[1]), clock)
    if found := _BARE.search(text):
        return seconds_until(found[1], clock)
    if found := _CLOCK.search(text):
        day, hour, zone = found[1], found[2] or "00:00", found[3] or "utc"
        return seconds_until(f"{day}T{hour}{'+00:00' if zone in ('z', 'utc', 'gmt') else zone}", clock)
    return None


def _reset_headers(headers: Mapping[str, str], clock: Clock) -> float | None:
    """The reset of what is used up: all of it must be back, hence the latest; else the soonest that may be meant."""
    limits = list(_limits(headers, clock))
    gone = [seconds for remaining, seconds in limits if remaining == 0]
    return max(gone) if gone else min((seconds for remaining, seconds in limits if remaining is None), default=None)


def _limits(headers: Mapping[str, str], clock: Clock) -> Iterator[tuple[float | None, float]]:
    """What remains of each limit that the headers tell of (None: they do not say), and seconds until it is back."""
    for name, value in headers.items():
        seconds = seconds_until(value, clock) if _RESET.fullmatch(name) else None
        if seconds is None:
            continue
        remaining = _number(headers.get(name.replace("reset", "remaining")))
        limit = _number(headers.get(name.replace("reset", "limit")))
        yield None if remaining is None else max(remaining, 0.0), _back_in(name, seconds, limit)
    # The IETF's drafts: RateLimit: "default";r=0;t=30, and before that RateLimit: limit=9, remaining=0, reset=30
    for found in _DRAFT.finditer(headers.get("ratelimit", "")[:_LONGEST_TEXT]):
        yield float(found[1] or found[3] or 0), min(float(found[2] or found[4] or 0), FARTHEST)


def _back_in(name: str, seconds: float, limit: float | None) -> float:
    """Seconds until one request may be made again, of those until all of them may.

    OpenAI, Groq and Anthropic say when a bucket is full again that refills all the time (their pages on rate
    limits): one request of a day's 14,400 is back in 6 s, not in 24 h.
    """
    if not _REFILLS.fullmatch(name) or limit is None or limit < 1:
        return seconds
    return max(min(seconds, REFILLING), seconds / limit)


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All objects inside a body, the error that OpenRouter passes on as text under `raw` included."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            yield from _objects(_parsed(inner) if key == "raw" else inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth + 1)


def _parsed(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}
