"""What is known of limits by what providers answer: cooldowns after failures, and limits that nobody declared."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from pytest_agenttasks.gateway.candidates import Candidate, key_of_row, with_slack
from pytest_agenttasks.gateway.error_policy import Row, Verdict
from pytest_agenttasks.gateway.state import PROBE, Cooldown, State, Window

LONGEST_GUESS = 900.0
"""Seconds; a cooldown that nobody named grows no further, unless its row starts higher."""

LEARNT_FROM = ("rate_limited", "rate_limited_account")
"""Reasons that tell of a limit of so many requests in a time; others (a busy upstream) tell of nothing to pace."""

LOOK_BACK = 3600.0
"""Seconds; a limit is learnt from the requests of the last hour."""

FEWEST = 2
"""Requests; fewer tell that somebody else uses the key, and not how many it allows."""

_JITTER, _MOST_JITTER = 0.05, 5.0
_WINDOWS_LEARNT, _LEAST_LIFETIME, _MOST_LIFETIME = 10, 60.0, 3600.0


class Learning:
    """Puts into the state what failures tell."""

    def __init__(self, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        self._state = state
        self._clock = clock
        # By key: since when requests count towards the next refusal, and when the last refusal's time ends.
        self._counted: dict[str, tuple[float, float]] = {}

    async def failed(self, candidate: Candidate, verdict: Verdict, status: int | None) -> None:
        """Leave the verdict's scope alone, and remember the limit if it tells of one."""
        row = verdict.row
        if row.scope == "request" or not verdict.seconds:
            return
        key = key_of_row(row, candidate)
        before = (await self._state.cooldowns([key])).get(key)
        # Failures of requests that were under way together are one strike.
        strikes = 1 if before is None else before.strikes + (before.seconds <= PROBE)
        # A time that was named is kept to; named in vain three times in a row it is not believed any more.
        seconds = _grown(verdict.seconds, strikes - 2 if verdict.hinted else strikes)
        await self._state.cool(key, Cooldown(jittered(seconds), row.reason, row.ends, status, strikes))
        declared = {quota.scope for quota in candidate.preset.quotas}
        if row.reason in LEARNT_FROM and verdict.hinted and row.scope not in declared:
            await self._learn(key, verdict.seconds)

    async def used_up(self, candidate: Candidate, seconds: float) -> None:
        """An answer said that it was the last one for so long."""
        key = candidate.key_of("model")
        await self._state.cool(key, Cooldown(jittered(seconds), "used_up", "unavailable"))

    async def _learn(self, key: str, hint: float) -> None:
        """So many requests were let through until one was refused that may be tried again in `hint` seconds.

        For a sliding window the oldest of them leaves it then, for a fixed one all of them do: in both cases the
        window is as long as the age of the oldest plus the hint.
        """
        now = self._clock()
        since, until = self._counted.get(key, (now - LOOK_BACK, now - LOOK_BACK))
        if now >= until:
            since = until
        self._counted[key] = since, now + hint
        ages = await self._state.log(key, now - since)
        if len(ages) >= FEWEST:
            seconds = with_slack(ages[0] + hint)
            lifetime = min(max(_WINDOWS_LEARNT * seconds, _LEAST_LIFETIME), _MOST_LIFETIME)
            await self._state.learn(Window(key, len(ages), seconds), lifetime)


def tells_of_limit(row: Row) -> bool:
    """Whether a failed attempt was refused for too many requests: it does not count among those let through."""
    return row.reason in LEARNT_FROM


def jittered(seconds: float) -> float:
    """A little longer, each time differently: gateways that do not know of each other must not come back together."""
    return seconds + random.random() * min(seconds * _JITTER, _MOST_JITTER)


def _grown(seconds: float, strikes: int) -> float:
    return max(seconds, min(LONGEST_GUESS, seconds * 2.0 ** min(max(strikes - 1, 0), 20)))
