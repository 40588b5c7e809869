from __future__ import annotations

import math
import random
import string
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from pytest_agenttasks.gateway.resets import FARTHEST, REFILLING, reset_hint, seconds_until, until_midnight, used_up

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), (7, 7.0), (1.5, 1.5), ("1.5", 1.5), ("0", 0.0), ("2m59.56s", 179.56), ("120ms", 0.12),
        ("6m0s", 360.0), ("1h2m3s", 3723.0), ("45.837906927s", 45.837906927), (str(NOW + 60), 60.0),
        (str(int((NOW + 60) * 1000)), 60.0), ("2026-11-22T16:00:30Z", 30.0), ("2026-11-22T17:00:30+01:00", 30.0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
    ],
)  # fmt: skip
def test_reads_every_form_of_a_time(value: object, seconds: float) -> None:
    assert seconds_until(value, NOW) == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "nan", "inf", "1e300", str(FARTHEST + 1), str(NOW - 60), "2001-01-01T00:00:00Z", None, True,
     [], {}, "5 apples", "2m apples", "Wed, 99 Foo 2026"],
)  # fmt: skip
def test_the_absurd_and_the_past_are_not_said(value: object) -> None:
    assert seconds_until(value, NOW) is None


@pytest.mark.parametrize(
    ("headers", "body", "message", "seconds"),
    [
        ({"retry-after-ms": "250", "retry-after": "9"}, {}, "", 0.25),
        ({"retry-after": "nonsense"}, {"error": {"metadata": {"retry_after_seconds": 12}}}, "", 12.0),
        # Groq: requests of the day are left, tokens of the minute are not
        ({"x-ratelimit-remaining-requests": "14", "x-ratelimit-reset-requests": "2m59.56s",
          "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}, {}, "", 7.66),
        ({"x-ratelimit-remaining-requests": "14", "x-ratelimit-reset-requests": "2m59.56s"}, {}, "", None),
        # both used up: both must be back
        ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-11-22T16:00:05Z",
          "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-22T16:00:09Z"},
         {}, "", 9.0),
        # OpenRouter repeats the headers in the body
        ({}, {"error": {"metadata": {"headers": {"X-RateLimit-Remaining": "0",
                                                 "X-RateLimit-Reset": str(int((NOW + 40) * 1000))}}}}, "", 40.0),
        # Gemini, directly and passed on by OpenRouter as text
        ({}, {"error": {"details": [{"@type": "t/google.rpc.RetryInfo", "retryDelay": "45.5s"}]}}, "", 45.5),
        ({}, {"error": {"metadata": {"raw": '{"error": {"details": [{"retryDelay": "36s"}]}}'}}}, "", 36.0),
        ({}, {}, "Rate limit reached. Please try again in 7m12.5s. Need more?", 432.5),
        ({}, {}, "Please try again in 20s.", 20.0),
        ({}, {"error": "no"}, "slow down", None),
        # what is said of this request comes before what is said of a limit as a whole
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "8m38s"}, {}, "try again in 20s.", 20.0),
        ({}, {"error": {"message": "no", "metadata": {"raw": "busy, please retry in 3.5s"}}}, "no", 3.5),
        ({}, {"details": [{"retryDelay": {"seconds": "36", "nanos": 500000000}}]}, "", 36.5),
        ({}, {"error": "loading", "estimated_time": 20.5}, "", 20.5),
        ({"ratelimit": '"burst";r=5;t=1, "day";r=0;t=50'}, {}, "", 50.0),
        ({"ratelimit": "limit=10, remaining=0, reset=30"}, {}, "", 30.0),
        ({"ratelimitbysize-remaining": "0", "ratelimitbysize-reset": "37"}, {}, "", 37.0),
    ],
)  # fmt: skip
def test_takes_the_strongest_hint(headers: dict[str, str], body: object, message: str, seconds: float | None) -> None:
    assert reset_hint(headers, body, message, NOW) == (seconds if seconds is None else pytest.approx(seconds, abs=1e-3))


def test_midnight_in_utc_and_in_pacific_time() -> None:
    assert until_midnight(NOW) == 8 * 3600
    assert until_midnight(NOW, "America/Los_Angeles") == 16 * 3600
    assert until_midnight(NOW, "No/Such") == 16 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 7m12s.", 432.0), ("Please retry after 20 seconds", 20.0), ("retry in 36.5s", 36.5),
        ("Please retry in 45.837906927s.", 45.837906927), ("Please wait 20000 seconds before retrying", 20000.0),
        ("Try again in 5 minutes", 300.0), ("try again in about 1 hour, 3 minutes and 2 seconds", 3782.0),
        ("retry_after: 12", 12.0), ("Retry-After=12", 12.0), ("try again in 500 milliseconds", 0.5),
        ("Your quota will reset after 14h32m5s.", 52325.0), ("Limit resets in: 2h", 7200.0),
        ("You will regain access on 2026-11-23 at 00:00 UTC.", 8 * 3600.0),
        ("Your limit will reset at 2026-11-22 17:00:00", 3600.0), ("Try again at 2026-11-22T18:30:00+01:00.", 5400.0),
        ("Please retry your request after 36 s", 36.0), ("try again later", None), ("wait a while", None),
        ("Please retry after a brief wait", None), ("retry after 3 failed attempts", None), ("in 20 seconds", None),
    ],
)  # fmt: skip
def test_reads_what_providers_write(text: str, seconds: float | None) -> None:
    assert reset_hint({}, {}, text, NOW) == (seconds if seconds is None else pytest.approx(seconds))


def date(when: float) -> str:
    return format_datetime(datetime.fromtimestamp(when, UTC), usegmt=True)


def absolute(when: float) -> list[dict[str, str]]:
    """A time of day in every form that a header may have."""
    values = [str(when), str(int(when * 1000)), datetime.fromtimestamp(when, UTC).isoformat(), date(when)]
    return [{name: value} for name in ("retry-after", "x-ratelimit-reset") for value in values]


@pytest.mark.parametrize("wrong", [0, 1, -1, 3600, -3600, 20 * 3600, -20 * 3600, 400 * 86400, -20000 * 86400])
def test_a_machine_whose_clock_is_wrong_waits_as_long_as_it_should(wrong: float) -> None:
    for headers in absolute(NOW + 120):
        assert reset_hint({**headers, "date": date(NOW)}, {}, "", NOW + wrong) == pytest.approx(120, abs=2)


@pytest.mark.parametrize("wrong", ["", "yesterday", date(0), date(NOW + 90 * 86400), date(NOW - 7 * 86400),
                                   "Fri, 31 Dec 9999 23:59:59 GMT", "x" * 100_000])  # fmt: skip
def test_a_provider_whose_clock_is_absurd_is_survived(wrong: str) -> None:
    for headers in absolute(NOW + 120):
        assert reset_hint({**headers, "date": wrong}, {}, "", NOW) == pytest.approx(120, abs=1)


def test_a_time_that_is_past_by_their_clock_is_not_said() -> None:
    assert reset_hint({"retry-after": date(NOW + 60), "date": date(NOW + 600)}, {}, "", NOW) is None


def test_a_span_does_not_depend_on_clocks() -> None:
    assert reset_hint({"retry-after": "7", "date": date(NOW + 3600)}, {}, "", NOW) == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None), ({"x-ratelimit-remaining-requests": "0"}, None),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "20s"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}, 20.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "0s"}, None),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "20s",
          "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}, 7.66),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW + 40) * 1000))}, 40.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30.0), ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-11-22T16:00:05Z",
          "anthropic-ratelimit-output-tokens-remaining": "0",
          "anthropic-ratelimit-output-tokens-reset": "2026-11-22T16:00:09Z"}, 9.0),
        ({"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "33011.38"}, 33011.38),
        # buckets that refill: one request of 14,400 a day is back long before all of them
        ({"x-ratelimit-limit-requests": "14400", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "24h"}, REFILLING),
        ({"x-ratelimit-limit-requests": "200", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "24h"}, 432.0),
        ({"x-ratelimit-remaining-requests": "nan", "x-ratelimit-reset-requests": "20s"}, None),
        ({"x-ratelimit-remaining-requests": "-3", "x-ratelimit-reset-requests": "20s"}, 20.0),
    ],
)  # fmt: skip
def test_an_answer_that_was_the_last_one_says_so(headers: dict[str, str], seconds: float | None) -> None:
    assert used_up(headers, NOW) == (seconds if seconds is None else pytest.approx(seconds, abs=1e-3))


def test_every_span_is_read_back() -> None:
    """Whatever number of seconds, in whatever form."""
    chance = random.Random(7)
    for _ in range(500):
        seconds = round(10 ** chance.uniform(-3, 6), 3)
        hours, rest = divmod(seconds, 3600)
        minutes, left = divmod(rest, 60)
        go = f"{int(hours)}h{int(minutes)}m{left:.3f}s"
        for value in (seconds, str(seconds), f"{seconds}s", f"{seconds * 1000:.3f}ms", go, f"{seconds} seconds"):
            assert seconds_until(value, NOW) == pytest.approx(seconds, abs=2e-3), value
            assert reset_hint({}, {}, f"Please try again in {go}.", NOW) == pytest.approx(seconds, abs=2e-3)


def test_nothing_is_believed_that_is_absurd() -> None:
    """Whatever stands there: None, or a span between now and the farthest."""
    chance = random.Random(11)
    letters = string.printable + "µ٣²½\x00"
    given: list[object] = [math.nan, math.inf, -1, 1e308, 10**400, -(10**5000), "9" * 100_000, "1e400", {"seconds": []}]
    given += ["".join(chance.choices(letters, k=chance.randrange(30))) for _ in range(3000)]
    given += ["".join(chance.choices("0123456789.:-+TZhms d", k=chance.randrange(40))) for _ in range(3000)]
    for value in given:
        text = str(value)[:200] if not isinstance(value, int) else "1"
        headers = {"retry-after": text, "date": text, "ratelimit": text}
        hints = [
            seconds_until(value, NOW),
            reset_hint(headers, {"retryDelay": value}, f"retry in {text}", NOW),
            used_up({"x-ratelimit-remaining": "0", "x-ratelimit-reset": text, "date": text}, NOW),
        ]
        assert all(hint is None or 0 <= hint <= FARTHEST for hint in hints), value
