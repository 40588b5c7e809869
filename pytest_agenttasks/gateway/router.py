"""Which model answers a call: the first of its chain that need not be left alone; what follows a failure."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pytest_agenttasks.gateway.cooldowns import Cooldown, Cooldowns, key_of
from pytest_agenttasks.gateway.error_policy import Ends, Row, judge
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.upstream import Answer
from pytest_agenttasks.models import Preset
from pytest_agenttasks.results import Action, Attempt, CallFacts, Json

TRIES_PER_MODEL = 3
TRIES_PER_CALL = 24
"""Attempts; the time of a call is bounded by them, the caller's seconds and the gateway's longest wait."""

_JITTER = 0.1


class Ask(Protocol):
    """One attempt at one model."""

    def __call__(self, preset: Preset, body: Json, seconds: float, *, same_model: bool) -> Awaitable[Answer | Failure]:
        """The answer, or why there is none."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller asks for.

    Attributes:
        requested: the name at the head of the chain, as asked for.
        chain: models in order.
        body: the chat request.
        seconds: how long the caller waits for one attempt.
        last: full id of the model that gave the conversation's previous answer, where the caller told.
    """

    requested: str
    chain: Sequence[Preset]
    body: Json
    seconds: float
    last: str | None = None

    @property
    def tools(self) -> bool:
        """Whether the request carries tools."""
        return bool(self.body.get("tools"))

    @property
    def order(self) -> list[Preset]:
        """The chain, with the model of the previous answer first: a conversation stays where it is."""
        return sorted(self.chain, key=lambda preset: preset.model != self.last)

    def same_model(self, preset: Preset) -> bool:
        """Whether all earlier answers in the conversation are this model's, as far as can be known."""
        return self.last == preset.model if self.last else len(self.chain) == 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a model of the chain did not answer.

    Attributes:
        name: the preset's.
        model: full id.
        row: line of the error policy.
        status: HTTP status of the last answer; None without one.
        message: the provider's words; empty where an earlier call was told.
        free_at: by the cooldowns' clock, when the model may be asked again; None if nobody knows.
    """

    name: str
    model: str
    row: Row
    status: int | None
    message: str = ""
    free_at: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.row.reason}" + (f" ({self.status})" if self.status else "")


@dataclass(frozen=True, slots=True)
class Served:
    """A call that was answered."""

    answer: Answer
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Unserved:
    """A call that no model answered.

    Attributes:
        facts: what was tried.
        code: what kind of end it is.
        troubles: one for each model of the chain.
        free_in: seconds until the first of them may be asked again, where that is known.
    """

    facts: CallFacts
    code: Ends
    troubles: Sequence[Trouble]
    free_in: float | None


@dataclass
class _Progress:
    """One call under way."""

    call: Call
    tried: list[tuple[Preset, Attempt]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    failed: dict[str, Trouble] = field(default_factory=dict)
    out: set[str] = field(default_factory=set)
    waited: float = 0.0
    told_waited: float = 0.0

    def note(self, preset: Preset, status: int | None, row: Row | None) -> None:
        """Keep an attempt, and the time waited since the one before."""
        pause, self.told_waited = self.waited - self.told_waited, self.waited
        scope, reason = (row.scope, row.reason) if row else (None, "")
        verdict: Action = "give_up" if row else "answered"
        self.tried.append((preset, Attempt(preset.model, status, verdict, scope, reason, round(pause, 3))))

    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, each with what followed it."""
        followed = [
            _followed(preset, attempt, following)
            for (preset, attempt), (following, _) in itertools.pairwise(self.tried)
        ]
        return (*followed, *(attempt for _, attempt in self.tried[-1:]))


class Router:
    """Chooses, asks, judges, rotates, waits. One for the whole gateway."""

    def __init__(
        self,
        ask: Ask,
        cooldowns: Cooldowns,
        max_wait: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Make a router.

        Args:
            ask: one attempt at one model.
            cooldowns: shared by all calls.
            max_wait: seconds that one call may wait for limits, all waits together.
            sleep: how waiting is done.
        """
        self._ask = ask
        self._cooldowns = cooldowns
        self._max_wait = max_wait
        self._sleep = sleep

    async def serve(self, call: Call) -> Served | Unserved:
        """Ask the models of the call's chain until one answers or none is left."""
        progress = _Progress(call)
        while len(progress.tried) < TRIES_PER_CALL:
            preset = await self._next(progress)
            if preset is None:
                break
            outcome = await self._attempt(preset, progress)
            if outcome is not None:
                return outcome
        return self._end(progress)

    async def _next(self, progress: _Progress) -> Preset | None:
        """The model to ask now; waits for one if all are cooled; None if waiting is no use."""
        while True:
            cooled: list[Cooldown] = []
            for preset in progress.call.order:
                if preset.name in progress.out:
                    continue
                cooldown = self._cooldowns.blocking(preset, tools=progress.call.tools)
                if cooldown is None:
                    return preset
                cooled.append(cooldown)
            if not cooled:
                return None
            pause = _jittered(min(one.until for one in cooled) - self._cooldowns.clock())
            if not await self._wait(pause, progress):
                return None

    async def _attempt(self, preset: Preset, progress: _Progress) -> Served | None:
        call = progress.call
        failure = _known_beforehand(preset, call)
        if failure is None:
            progress.tries[preset.name] += 1
            result = await self._ask(preset, call.body, call.seconds, same_model=call.same_model(preset))
            if isinstance(result, Answer):
                self._cooldowns.answered(preset, tools=call.tools)
                progress.note(preset, 200, None)
                facts = CallFacts(call.requested, preset.model, progress.attempts(), result.cost_usd)
                return Served(result, facts)
            failure = result
        await self._failed(preset, failure, progress)
        return None

    async def _failed(self, preset: Preset, failure: Failure, progress: _Progress) -> None:
        verdict = judge(failure, time.time())
        row = verdict.row
        progress.note(preset, failure.http_status, row)
        progress.failed[preset.name] = Trouble(preset.name, preset.model, row, failure.http_status, failure.message)
        self._cooldowns.add(preset, verdict, failure.http_status)
        if row.action == "give_up":
            progress.out = {one.name for one in progress.call.chain}
        elif (
            row.action == "rotate"
            or progress.tries[preset.name] >= TRIES_PER_MODEL
            or (row.scope == "request" and not await self._wait(_jittered(verdict.seconds), progress))
        ):
            progress.out.add(preset.name)

    async def _wait(self, seconds: float, progress: _Progress) -> bool:
        if progress.waited + seconds > self._max_wait:
            return False
        progress.waited += seconds
        await self._sleep(seconds)
        return True

    def _end(self, progress: _Progress) -> Unserved:
        found = (self._trouble(preset, progress) for preset in progress.call.chain)
        troubles = [one for one in found if one is not None]
        code = _code(troubles)
        times = [one.free_at for one in troubles if one.free_at is not None and one.row.ends == code]
        free_in = max(0.0, min(times) - self._cooldowns.clock()) if times else None
        return Unserved(CallFacts(progress.call.requested, None, progress.attempts()), code, troubles, free_in)

    def _trouble(self, preset: Preset, progress: _Progress) -> Trouble | None:
        """Why it did not answer; None if the call's bound was reached before it was asked."""
        cooldown = self._cooldowns.blocking(preset, tools=progress.call.tools)
        failed = progress.failed.get(preset.name)
        if cooldown is None:
            return failed
        if failed is None or preset.name not in progress.out:
            told = failed.message if failed else ""
            failed = Trouble(preset.name, preset.model, cooldown.row, cooldown.status, told)
        return replace(failed, free_at=cooldown.until)


def _known_beforehand(preset: Preset, call: Call) -> Failure | None:
    """What is wrong without asking."""
    if preset.api_key_env and key_of(preset) is None:
        return Failure(preset.model, "no_key", message=f"{preset.api_key_env} is not set", tools=call.tools)
    if call.tools and not preset.tools:
        return Failure(preset.model, "no_tools", message="models.yaml: tools: false", tools=True)
    return None


def _code(troubles: Sequence[Trouble]) -> Ends:
    """The kind of end that says most: what passes by itself, then what passes at a time, then the rest."""
    order: tuple[Ends, ...] = (
        "litellm_unavailable", "unavailable", "quota", "context_length_exceeded", "content_filter",
        "tools_unsupported",
    )  # fmt: skip
    ends = {trouble.row.ends for trouble in troubles}
    return next((code for code in order if code in ends), "refused")


def _followed(preset: Preset, attempt: Attempt, following: Preset) -> Attempt:
    verdict: Action = "retry" if following.name == preset.name else "rotate"
    return replace(attempt, verdict=verdict)


def _jittered(seconds: float) -> float:
    """A little longer, each caller differently, lest all come back in the same moment."""
    return seconds * (1 + random.uniform(0.01, _JITTER))
