"""Simulated providers: they keep limits, take their time, and refuse in the words of real ones."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from benchmarks.scale_load import BEGIN, MINUTE, Death, Pool
from benchmarks.table import Json
from pytest_agenttasks.gateway.candidates import Candidate
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.state.days import day_of
from pytest_agenttasks.gateway.upstream import Answer

TO_REFUSE = 0.2
"""Seconds until a request is answered that is refused."""


@dataclass
class _Count:
    """What one account, or one model of it, has let in: the requests of the last minute with their tokens, the day."""

    recent: deque[tuple[float, int]] = field(default_factory=deque)
    tokens: int = 0
    day_ends: float = 0.0
    of_day: int = 0

    def refusal(self, pool: Pool, tokens: int, now: float) -> tuple[str, float] | None:
        """Which limit does not let a request in, and the seconds until it does; else it is let in and counted."""
        self._forget(now, pool)
        refused = self._limit(pool, tokens, now)
        if refused is None:
            self.recent.append((now, tokens))
            self.tokens += tokens
            self.of_day += 1
        return refused

    def _forget(self, now: float, pool: Pool) -> None:
        while self.recent and self.recent[0][0] <= now - MINUTE:
            self.tokens -= self.recent.popleft()[1]
        if BEGIN + now >= self.day_ends:
            self.day_ends, self.of_day = day_of(BEGIN + now, pool.zone)[1], 0

    def _limit(self, pool: Pool, tokens: int, now: float) -> tuple[str, float] | None:
        if pool.rpd is not None and self.of_day >= pool.rpd:
            return "requests per day (RPD)", self.day_ends - BEGIN - now
        if pool.rpm is not None and len(self.recent) >= pool.rpm:
            return "requests per min (RPM)", self.recent[-pool.rpm][0] + MINUTE - now
        if pool.tpm is not None and self.tokens + tokens > pool.tpm:
            return "tokens per min (TPM)", self._room_for_tokens(self.tokens + tokens - pool.tpm, now)
        return None

    def _room_for_tokens(self, too_many: int, now: float) -> float:
        for at, tokens in self.recent:
            too_many -= tokens
            if too_many <= 0:
                return at + MINUTE - now
        return MINUTE


class Providers:
    """All providers of a simulation; `ask` is what the router calls in place of litellm.

    Attributes:
        told: requests by how they ended: `answered`, `refused` for a limit, or a `Death`.
    """

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.told: Counter[str] = Counter()
        self._pools = {pool.name: pool for pool in pools}
        self._counts: dict[tuple[str, ...], _Count] = {}
        self._room = {pool.name: asyncio.Semaphore(pool.at_once) for pool in pools if pool.at_once}

    async def ask(
        self,
        candidate: Candidate,
        body: Json,
        seconds: float,
        *,
        same_model: bool,  # noqa: ARG002
    ) -> Answer | Failure:
        """One request; `body` has `latency` and `tokens`. See `router.Ask`."""
        model = candidate.preset.model
        pool = self._pools[model.partition("/")[0]]
        if pool.death:
            self.told[pool.death] += 1
            return await _dead(pool.death, model, seconds)
        key = (pool.name, candidate.account.name, model if pool.per_model else "")
        now = asyncio.get_running_loop().time()
        refusal = self._counts.setdefault(key, _Count()).refusal(pool, body["tokens"], now)
        if refusal is not None:
            self.told["refused"] += 1
            await asyncio.sleep(TO_REFUSE)
            return _refused(model, *refusal)
        async with self._room.get(pool.name, nullcontext()):
            await asyncio.sleep(body["latency"])
        self.told["answered"] += 1
        return Answer({"usage": {"prompt_tokens": body["tokens"]}}, None)


def _refused(model: str, limit: str, seconds: float) -> Failure:
    """As OpenAI and Groq say it."""
    message = f"Rate limit reached for {model} on {limit}. Please try again in {seconds:.3f}s."
    return Failure(model, "http", 429, "rate_limit_exceeded", message)


async def _dead(death: Death, model: str, seconds: float) -> Failure:
    if death == "hangs":
        await asyncio.sleep(seconds)
        return Failure(model, "timeout", message=f"no answer within {seconds:g} s", seconds=seconds)
    await asyncio.sleep(TO_REFUSE)
    status, said = (404, "model_not_found") if death == "gone" else (500, "internal error")
    return Failure(model, "http", status, said, said)
