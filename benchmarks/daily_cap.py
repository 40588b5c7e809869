"""An account's daily cap, reached in the middle: how many requests are made in vain after the one that told it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.crew import Done, crew
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.table import Json, Row
from benchmarks.world import KEY, Upstream, gateway, model_id, names, presets, upstream

TASKS, QUICK_TASKS, CALLS, WORKERS = 47, 16, 8, 5
LATENCY = 0.05
NAMES = names()

PEER = "litellm.Router"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contender did."""

    done: Done
    stats: Json

    @property
    def in_vain(self) -> int:
        """Requests over the cap, but for one of each worker: the one that told it, and those in flight meanwhile."""
        capped: int = self.stats["counts"].get("capped", 0)
        return max(0, capped - WORKERS)

    def detail(self) -> Json:
        """For the JSON."""
        ended = {outcome: self.done.ended(outcome) for outcome in ("done", "quota", "lost")}
        why = sorted({one["why"] for one in self.done.results if one["why"]})
        return {**self.stats["counts"], "tasks": ended, "seconds": self.done.seconds, "why": why[:3]}


def rows(plan: Plan) -> Iterator[Row]:
    """Requests in vain, and tasks that ended as anything but done or quota."""
    tasks = QUICK_TASKS if plan.quick else TASKS
    with upstream(Rules(LATENCY)) as server:
        ours = asyncio.run(_ours(server, tasks))
        peer = asyncio.run(_peer(server, tasks, 5.0 if plan.quick else 60.0)) if plan.peers else None
    detail = {"tasks": tasks, "cap": _cap(tasks), "calls": CALLS, "workers": WORKERS, "ours": ours.detail()}
    if peer is not None:
        detail[PEER] = peer.detail()
    label = f"{PEER} (given up)" if peer is not None and peer.done.given_up else PEER
    what = "the account's day is used up in the middle"
    yield Row(
        "daily-cap.in-vain", f"{what}: requests after that, but for those in flight", ours.in_vain, "requests", 0,
        beside={} if peer is None else {label: peer.in_vain}, detail=detail,
    )  # fmt: skip
    yield Row(
        "daily-cap.failed", f"{what}: tasks that ended neither done nor as quota", tasks - _ended(ours), "tasks", 0,
        beside={} if peer is None else {label: tasks - _ended(peer)},
    )  # fmt: skip


def _cap(tasks: int) -> int:
    """Half of the calls, and one more: it is reached in the middle of a task."""
    return tasks * CALLS // 2 + 1


def _ended(outcome: Outcome) -> int:
    return outcome.done.ended("done") + outcome.done.ended("quota")


async def _ours(server: Upstream, tasks: int) -> Outcome:
    with gateway(presets(dict.fromkeys(NAMES, server.base))) as running:
        setup = {"kind": "gateway", "url": running.url, "token": running.token, "chain": NAMES, "run": "daily-cap"}
        return await _run(server, setup, tasks, 600.0)


async def _peer(server: Upstream, tasks: int, patience: float) -> Outcome:
    models = {
        name: {"model": f"openrouter/{model_id(name)}", "api_base": server.base, "api_key": KEY, "max_retries": 0}
        for name in NAMES
    }
    return await _run(server, {"kind": "router", "models": models}, tasks, patience)


async def _run(server: Upstream, setup: Json, tasks: int, patience: float) -> Outcome:
    async with crew(WORKERS) as workers:
        await workers.set_up(setup)
        server.begin(Rules(LATENCY, cap=_cap(tasks)))
        done = await workers.do([{"task": n, "calls": CALLS} for n in range(tasks)], patience)
        return Outcome(done, server.stats())
