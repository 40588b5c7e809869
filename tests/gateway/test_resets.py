from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from pytest_agenttasks.gateway.resets import FARTHEST, reset_hint, seconds_until, until_midnight

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
    ],
)  # fmt: skip
def test_takes_the_strongest_hint(headers: dict[str, str], body: object, message: str, seconds: float | None) -> None:
    assert reset_hint(headers, body, message, NOW) == (seconds if seconds is None else pytest.approx(seconds, abs=1e-3))


def test_midnight_in_utc_and_in_pacific_time() -> None:
    assert until_midnight(NOW) == 8 * 3600
    assert until_midnight(NOW, "America/Los_Angeles") == 16 * 3600
    assert until_midnight(NOW, "No/Such") == 16 * 3600
