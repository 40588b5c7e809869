"""What must be left alone, and until when: known for all callers of this gateway at once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_agenttasks.gateway.error_policy import Row, Verdict
from pytest_agenttasks.models import Preset, provider_of

LONGEST_GUESS = 900.0
"""Seconds; a cooldown that nobody named grows no further, unless its row starts higher."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cooldown:
    """One thing left alone.

    Attributes:
        until: by the clock of `Cooldowns`.
        row: line of the error policy that says why.
        status: HTTP status of the answer that told; None without one.
        strikes: failures in a row, counting those that came while it was cooled once.
    """

    until: float
    row: Row
    status: int | None
    strikes: int


class Cooldowns:
    """Cooldowns by scope. One event loop uses it; nothing in it waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._known: dict[Key, Cooldown] = {}

    def blocking(self, preset: Preset, *, tools: bool) -> Cooldown | None:
        """The cooldown that lasts longest of those that keep a call from a model now."""
        now = self.clock()
        found = (self._known.get(key) for key in keys_of(preset, tools=tools))
        active = [one for one in found if one is not None and one.until > now]
        return max(active, key=lambda one: one.until, default=None)

    def add(self, preset: Preset, verdict: Verdict, status: int | None) -> None:
        """Remember a verdict for its scope; a longer cooldown that is already known stays."""
        if verdict.row.scope == "request" or not verdict.seconds:
            return
        now, key = self.clock(), _key(verdict.row.scope, verdict.row.subset, preset)
        before = self._known.get(key)
        strikes = 1 if before is None else before.strikes + (before.until <= now)
        seconds = verdict.seconds if verdict.hinted else _grown(verdict.seconds, strikes)
        if before is None or before.until < now + seconds:
            self._known[key] = Cooldown(now + seconds, verdict.row, status, strikes)

    def answered(self, preset: Preset, *, tools: bool) -> None:
        """Forget earlier failures of a model that answered; what is being left alone stays so."""
        now = self.clock()
        for key in keys_of(preset, tools=tools):
            if key in self._known and self._known[key].until <= now:
                del self._known[key]


def keys_of(preset: Preset, *, tools: bool) -> Iterable[Key]:
    """Everything whose cooldown holds back a call of this model."""
    yield _key("model", "", preset)
    yield _key("account", "", preset)
    yield _key("provider", "", preset)
    if tools:
        yield _key("model", "tools", preset)
    if is_free(preset.model):
        yield _key("account", "free", preset)


def is_free(model: str) -> bool:
    """Whether an id draws on OpenRouter's free requests, which an account has a number of per day."""
    return model.endswith(":free") or model == "openrouter/openrouter/free"


def key_of(preset: Preset) -> str | None:
    """The API key from the environment; None where it is empty or none is needed."""
    return os.environ.get(preset.api_key_env) or None if preset.api_key_env else None


def _key(scope: str, subset: str, preset: Preset) -> Key:
    server = f"{provider_of(preset.model)} {preset.api_base or ''}"
    secret = key_of(preset) or ""
    account = f"{server} {hashlib.sha256(secret.encode()).hexdigest()[:16]}"
    if scope == "provider":
        return scope, server
    return (scope, subset, account) if scope == "account" else (scope, subset, account, preset.model)


def _grown(seconds: float, strikes: int) -> float:
    return max(seconds, min(LONGEST_GUESS, seconds * 2.0 ** min(strikes - 1, 20)))
