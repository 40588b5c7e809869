"""A provider on loopback that enforces limits and counts its answers: `python -m benchmarks.provider RULES`.

A process of its own, so that it takes no time of those who are measured. It speaks OpenRouter's form. Its limits are
sliding windows: a request is let in if its model let in fewer than `requests` during the last `seconds`; one that is
refused for a limit does not count. It ends when its stdin is closed.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from benchmarks.bound import refusals

Json = dict[str, Any]

TEXT = "I have read the file and shall write the function next. " * 6
USAGE = {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980, "cost": 0}


def completion(model: str) -> Json:
    """A chat completion in OpenRouter's form."""
    message = {"role": "assistant", "content": TEXT, "refusal": None, "reasoning": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "native_finish_reason": "stop", "logprobs": None}
    return {
        "id": f"gen-{time.monotonic_ns()}", "object": "chat.completion", "created": int(time.time()), "model": model,
        "provider": "Loopback", "choices": [choice], "usage": USAGE,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """How a provider behaves.

    Attributes:
        latency: seconds before an answer; refusals for limits come at once.
        requests: that a model takes in any `seconds`; 0 for no limit.
        seconds: length of that time.
        upstream: share of the requests let in that an upstream refuses.
        hint: `retry_after_seconds` of those refusals; None to say nothing.
        seed: of those refusals.
        broken: models that answer 500.
        exhausted: models whose own day is used up.
        cap: requests of the whole account in a day; None for no such limit.
    """

    latency: float
    requests: int = 0
    seconds: float = 2.0
    upstream: float = 0.0
    hint: float | None = None
    seed: int = 1
    broken: tuple[str, ...] = ()
    exhausted: tuple[str, ...] = ()
    cap: int | None = None


@dataclass
class Provider:
    """The endpoints, and the counts of one load.

    Attributes:
        rules: how it behaves.
        counts: answers by kind: served, limit, upstream, broken, exhausted, capped.
        by_model: requests by model.
        began: when the first request of each conversation came, by the machine's monotonic clock.
    """

    rules: Rules
    counts: Counter[str] = field(default_factory=Counter)
    by_model: Counter[str] = field(default_factory=Counter)
    began: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._windows: dict[str, deque[float]] = defaultdict(deque)
        self._refusals = refusals(self.rules.upstream, self.rules.seed)

    async def chat(self, request: web.Request) -> web.Response:
        """A chat completion, or what the rules have instead."""
        now = time.monotonic()
        asked = await request.json()
        model = asked["model"]
        if not any(message["role"] == "assistant" for message in asked["messages"]):
            self.began.append(now)
        kind = self._kind(model, now)
        self.counts[kind] += 1
        self.by_model[model] += 1
        if kind == "limit":
            return self._limit(model, now)
        await asyncio.sleep(self.rules.latency)
        return _ANSWERS[kind](model, self.rules)

    async def stats(self, _: web.Request) -> web.Response:
        """The counts so far."""
        return web.json_response({"counts": self.counts, "by_model": self.by_model, "began": self.began})

    def _kind(self, model: str, now: float) -> str:
        rules = self.rules
        if model in rules.broken:
            return "broken"
        if model in rules.exhausted:
            return "exhausted"
        if rules.cap is not None and self.counts["served"] >= rules.cap:
            return "capped"
        if rules.requests and not self._let_in(model, now):
            return "limit"
        return "upstream" if next(self._refusals) else "served"

    def _let_in(self, model: str, now: float) -> bool:
        window = self._windows[model]
        while window and window[0] <= now - self.rules.seconds:
            window.popleft()
        if len(window) >= self.rules.requests:
            return False
        window.append(now)
        return True

    def _limit(self, model: str, now: float) -> web.Response:
        wait = math.ceil(self._windows[model][0] + self.rules.seconds - now)
        return _error(429, f"Rate limit exceeded: limit_rpm/{model}", headers={"Retry-After": str(max(wait, 1))})


def _served(model: str, _: Rules) -> web.Response:
    return web.json_response(completion(model))


def _upstream(model: str, rules: Rules) -> web.Response:
    metadata: Json = {"raw": f"{model} is temporarily rate-limited upstream. Please retry shortly.",
                      "provider_name": "Loopback"}  # fmt: skip
    if rules.hint is not None:
        metadata["retry_after_seconds"] = rules.hint
    return _error(429, "Provider returned error", metadata)


def _broken(_: str, __: Rules) -> web.Response:
    return _error(500, "Internal Server Error")


def _exhausted(model: str, _: Rules) -> web.Response:
    return _error(429, f"Rate limit exceeded: limit_rpd/{model}")


def _capped(_: str, rules: Rules) -> web.Response:
    tomorrow = (int(time.time()) // 86400 + 1) * 86_400_000
    headers = {"X-RateLimit-Limit": str(rules.cap), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(tomorrow)}
    message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
    return _error(429, message, {"headers": headers, "limit_source": "openrouter_free_tier_daily"}, headers)


def _error(
    status: int, message: str, metadata: Json | None = None, headers: Mapping[str, str] | None = None
) -> web.Response:
    error: Json = {"code": status, "message": message} | ({"metadata": metadata} if metadata else {})
    return web.json_response({"error": error, "user_id": "user_1"}, status=status, headers=headers)


_ANSWERS = {
    "served": _served, "upstream": _upstream, "broken": _broken, "exhausted": _exhausted, "capped": _capped,
}  # fmt: skip


class Server:
    """A provider that can be begun anew for the next contender."""

    def __init__(self, rules: Rules) -> None:
        self._provider = Provider(rules)

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(client_max_size=2**24)
        app.add_routes([
            web.post("/api/v1/chat/completions", self._chat), web.get("/stats", self._stats),
            web.post("/rules", self._rules),
        ])  # fmt: skip
        return app

    async def _chat(self, request: web.Request) -> web.Response:
        return await self._provider.chat(request)

    async def _stats(self, request: web.Request) -> web.Response:
        return await self._provider.stats(request)

    async def _rules(self, request: web.Request) -> web.Response:
        self._provider = Provider(Rules(**await request.json()))
        return web.json_response({})


async def _serve(rules: Rules) -> None:
    runner = web.AppRunner(Server(rules).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(Rules(**json.loads(sys.argv[1]))))
