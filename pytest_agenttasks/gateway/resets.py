"""When a limit ends: one reader for all the ways in which providers say it.

Everything is turned into seconds from now. What cannot be read, lies in the past or is further away
than `FARTHEST` is treated as not said: a cooldown of a year would be worse than a guess.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FARTHEST = 31 * 86400.0
"""Seconds; monthly quotas are the longest that providers have."""

_EPOCH_SECONDS = 1e9
_EPOCH_MILLISECONDS = 1e12
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)")
_RESET = re.compile(r"^(?:x-|anthropic-)?ratelimit-.*reset|^ratelimit-reset")
_AGAIN = re.compile(r"(?:try again|retry) in ((?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+)", re.IGNORECASE)
_DEPTH = 8


def seconds_until(value: object, now: float) -> float | None:
    """Seconds from `now` (epoch seconds) that one value means.

    Reads numbers (seconds; epoch seconds from 1e9; epoch milliseconds from 1e12), Go durations such as
    `2m59.56s`, RFC 3339 times and HTTP dates.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    seconds = _number(text, now)
    if seconds is None:
        seconds = _duration(text)
    if seconds is None:
        seconds = _date(text, now)
    return seconds if seconds is not None and 0 <= seconds <= FARTHEST else None


def reset_hint(headers: Mapping[str, str], body: object, message: str, now: float) -> float | None:
    """Seconds until the provider says that a request may be tried again; None if it does not say.

    Precedence: retry-after-ms, retry-after, the body (RetryInfo, `retry_after_seconds`), reset headers
    (also those that OpenRouter repeats under `metadata.headers`), then "try again in 20s" in the text.

    Args:
        headers: of the answer, names in lower case.
        body: parsed JSON of the answer.
        message: its error message.
        now: epoch seconds.
    """
    bodies = list(_objects(body))
    all_headers = [
        headers,
        *(_lower(one["headers"]) for one in bodies if isinstance(one.get("headers"), dict)),
    ]
    found: list[float | None] = [_retry_after(one, now) for one in all_headers]
    found += [_in_body(one, now) for one in bodies]
    found += [_reset_headers(one, now) for one in all_headers]
    found.append(_in_text(message, now))
    return next((seconds for seconds in found if seconds is not None), None)


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


def _number(text: str, now: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    if value >= _EPOCH_MILLISECONDS:
        return value / 1000 - now
    return value - now if value >= _EPOCH_SECONDS else value


def _duration(text: str) -> float | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _date(text: str, now: float) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(text)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None:
        seconds = seconds_until(milliseconds, now)
        if seconds is not None:
            return seconds / 1000
    return seconds_until(headers.get("retry-after"), now)


def _in_body(one: Mapping[str, Any], now: float) -> float | None:
    for key in ("retryDelay", "retry_after_seconds", "retry_after"):
        seconds = seconds_until(one.get(key), now)
        if seconds is not None:
            return seconds
    return None


def _reset_headers(headers: Mapping[str, str], now: float) -> float | None:
    """The reset of what is used up: all of it must be back, hence the latest; else the soonest of all."""
    used_up, unknown = [], []
    for name, value in headers.items():
        seconds = seconds_until(value, now) if _RESET.match(name) else None
        if seconds is None:
            continue
        remaining = _number(str(headers.get(name.replace("reset", "remaining"), "")).strip(), now)
        if remaining is None:
            unknown.append(seconds)
        elif remaining <= 0:
            used_up.append(seconds)
    return max(used_up) if used_up else min(unknown, default=None)


def _in_text(message: str, now: float) -> float | None:
    found = _AGAIN.search(message)
    return seconds_until(found.group(1).lower(), now) if found else None


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
    except ValueError:
        return None


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}
