"""What is known of accounts: values, and what a place must do that keeps them.

It belongs to the accounts and not to a run: runs that follow each other, or go on at the same time, share it.
Keys name what is meant (an account, a model on an account) and hold no secret, only a hash of the API key.
A place has a clock of its own; everything here is told in seconds from its now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pytest_agenttasks.exceptions import AgentTasksError

PROBE = 2.0
"""Seconds: after a cooldown one request goes first; when nothing is heard of it for so long, others follow."""


class StateError(AgentTasksError):
    """The place cannot be opened, read or written: the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Something that is left alone.

    Attributes:
        seconds: how much longer; 0 or less when it is over and nobody has asked again.
        reason: word of the error policy.
        ends: error code of a call that has nothing else left.
        status: HTTP status of the answer that told; None without one.
        strikes: failures in a row, those counted once that came while it was cooled.
    """

    seconds: float
    reason: str
    ends: str
    status: int | None = None
    strikes: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many requests in a time.

    Attributes:
        key: whose requests are counted.
        requests: how many.
        seconds: length of the time; any stretch of this length counts (a sliding window).
        zone: time zone at whose midnight the count begins anew, instead of `seconds`.
    """

    key: str
    requests: int
    seconds: float = 60.0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold before one candidate may be asked.

    Attributes:
        scopes: keys none of which may be cooled, and whose learnt windows hold.
        windows: declared limits.
        counts: keys under which the request is counted, those of `windows` among them.
    """

    scopes: tuple[str, ...]
    windows: tuple[Window, ...] = ()
    counts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A candidate may be asked now, and is counted.

    Attributes:
        index: which of the needs.
        ticket: for `give_back`.
    """

    index: int
    ticket: str


@dataclass(frozen=True, slots=True)
class Held:
    """Why one candidate must not be asked now: what holds it longest, a cooldown or a window.

    Attributes:
        seconds: until nothing that is known now holds it any more.
        cooldown: what holds it longest, if that is a cooldown.
        window: what holds it longest, if that is a limit that is used up.
    """

    seconds: float
    cooldown: Cooldown | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has spent so far.

    Attributes:
        usd: known cost.
        tokens: prompt and completion.
        calls: answers.
        unknown: full ids of models whose cost nobody knows.
    """

    usd: float = 0.0
    tokens: int = 0
    calls: int = 0
    unknown: frozenset[str] = field(default_factory=frozenset)


class State(Protocol):
    """A place that keeps what is known. Every method may raise `StateError`."""

    @property
    def where(self) -> str:
        """For people: a path, or a URL without its password."""

    async def take(self, needs: Sequence[Need]) -> Taken | list[Held]:
        """Take the first candidate that is free, or tell for each why it is not. One step: two never get one slot.

        A candidate is free when no scope is cooled and all its windows, declared and learnt, have room. Taking
        counts the request under `counts`. A scope whose cooldown is over but not forgotten (`answered` was not
        told yet) is cooled for `PROBE` seconds by the taking, so that one request goes first.
        """

    async def give_back(self, ticket: str) -> None:
        """Count a taken request no more: it was never sent, or refused for a limit. No matter if it is not known."""

    async def cool(self, key: str, cooldown: Cooldown) -> None:
        """Leave something alone for `cooldown.seconds`. A longer cooldown that is known stays, save that of a probe.

        It stays as it is, strikes included.
        """

    async def cooldowns(self, keys: Collection[str]) -> Mapping[str, Cooldown]:
        """Those that are known, over or not."""

    async def answered(self, keys: Collection[str]) -> bool:
        """Forget cooldowns that are over, or last only for a probe; whether there were any."""

    async def log(self, key: str, seconds: float) -> list[float]:
        """How many seconds ago each counted request of the last `seconds` was taken, the oldest first."""

    async def learn(self, window: Window, lifetime: float) -> None:
        """Hold a limit that nobody declared, for `lifetime` seconds; replaces an earlier one of the key."""

    async def used(self, window: Window) -> int:
        """How many requests are counted in a window now."""

    async def spend(self, run: str, call: str, model: str, usd: float | None, tokens: int) -> None:
        """Note what an answer cost, once for each `call`; None: nobody knows."""

    async def spent(self, run: str) -> Spent:
        """What a run has spent."""

    async def close(self) -> None:
        """Let go of files and connections."""
