"""Waiting until a used-up quota is refilled.

It happens in the worker and not in the gateway: a gateway that is restarted meanwhile loses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import HungUpError
from pytest_agenttasks.results import Json

LEAST = 1.0
"""Seconds of the first wait at least; doubled with each wait of a call, since a time that was told may be wrong."""

MOST = 900.0
"""To where that doubles."""

SLICE = 60.0
"""Seconds after which the clock is looked at again: a machine that slept wakes up to another time."""

LAST = 253402300799.0
"""The end of the year 9999: later times cannot be written."""


class Gateway(Protocol):
    """What a session needs of the gateway."""

    def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:
        """Ask for one chat completion."""

    def close(self) -> None:
        """Let go of connections."""


class QuotaWaiter:
    """A gateway whose calls that end for want of a quota are asked again when it is refilled.

    The answer tells the whole story: the attempts of all asks, and the time waited with the first of the next one.
    """

    def __init__(
        self,
        gateway: Gateway,
        until: float,
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.time,
        waiting: Callable[[float], object] | None = None,
    ) -> None:
        """Make a waiter.

        Args:
            gateway: is asked.
            until: when the run's time is over, in seconds since the epoch; infinite for no bound.
            sleep: how waiting is done; None: so that `close` ends it.
            clock: seconds since the epoch.
            waiting: is told of each wait, and until when in seconds since the epoch.
        """
        self._gateway = gateway
        self._until = until
        self._sleep = sleep
        self._clock = clock
        self._waiting = waiting
        self._over = threading.Event()

    def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:
        """Ask, and wait and ask again as long as that is what is in the way.

        Returns:
            An answer, or an error; of a quota only if there is no waiting for it, and the message says why.

        Raises:
            HungUpError: it was closed meanwhile.
            GatewayError: as by the gateway's client.
        """
        story, over = _Story(), self._over
        while True:
            reply = story.with_(self._gateway.send(body, headers, seconds))
            error = reply.body.get("error") or {}
            if error.get("code") != "quota":
                return reply
            resets_at = error.get("resets_at")
            wake = max(resets_at or 0.0, self._clock() + min(LEAST * 2**story.waits, MOST))
            if resets_at is None or wake > self._until:
                return _no_longer(reply, f"{story}not waited for: {self._why_not(resets_at)}")
            story.waited(self._wait(wake, over))

    def close(self) -> None:
        """End the waits, and close the gateway's client."""
        over, self._over = self._over, threading.Event()
        over.set()
        self._gateway.close()

    def _wait(self, wake: float, over: threading.Event) -> float:
        """Wait until then; gives the seconds."""
        waited = 0.0
        if self._waiting is not None:
            self._waiting(wake)
        while (left := wake - self._clock()) > 0:
            (self._sleep or over.wait)(min(left, SLICE))
            if over.is_set():
                raise HungUpError("the wait for a quota was given up")
            waited += min(left, SLICE)
        return waited

    def _why_not(self, resets_at: float | None) -> str:
        if resets_at is None:
            return "nobody told when it is refilled"
        end = f"the run's time ends {moment(self._until)} (agenttasks_max_run_time)"
        return f"it is refilled {moment(resets_at)}, {end}"


def moment(at: float) -> str:
    """A time for people."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(min(at, LAST)))


def span(seconds: float) -> str:
    """A time's length for people."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class _Story:
    """What happened to one call so far, over several asks.

    Attributes:
        waits: how often it was waited.
    """

    def __init__(self) -> None:
        self.waits = 0
        self._attempts: list[Json] = []
        self._untold = self._seconds = 0.0

    def __str__(self) -> str:
        return f"waited {self._seconds:.0f} s, now " if self.waits else ""

    def waited(self, seconds: float) -> None:
        """A wait is over."""
        self.waits += 1
        self._seconds += seconds
        self._untold += seconds

    def with_(self, reply: Reply) -> Reply:
        """The answer with all that was tried before it in front of its own attempts."""
        facts = reply.body.get("agenttasks") or {}
        tried = list(facts.get("attempts") or ())
        if tried:
            tried[0] = {**tried[0], "waited_s": round((tried[0].get("waited_s") or 0.0) + self._untold, 3)}
            self._untold = 0.0
            self._attempts = [*_followed(self._attempts, tried[0]), *tried]
        if not self.waits:
            return reply
        in_vain = round((facts.get("waited_in_vain_s") or 0.0) + self._untold, 3)
        told = {**facts, "attempts": self._attempts, "waited_in_vain_s": in_vain}
        return replace(reply, body={**reply.body, "agenttasks": told})


def _followed(attempts: list[Json], by: Json) -> list[Json]:
    """Attempts that were thought to be the last, with what followed them after all."""
    if not attempts:
        return []
    verdict = "retry" if attempts[-1].get("model") == by.get("model") else "rotate"
    return [*attempts[:-1], {**attempts[-1], "verdict": verdict}]


def _no_longer(reply: Reply, why: str) -> Reply:
    error = reply.body["error"]
    message = f"{error.get('message') or 'a quota is used up'}; {why}"
    return replace(reply, body={**reply.body, "error": {**error, "message": message}})
