"""What the gateway adds to a call when nothing is limited, the hop included: against litellm alone."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain

from benchmarks.contenders import through_gateway
from benchmarks.crew import Crew, crew
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.table import Json, Row
from benchmarks.worker import TOOLS, conversation
from benchmarks.world import Gateway, Upstream, gateway, model_id, names, presets, upstream

NAMES = names()
WORKERS = 5
CALLS = 8
"""Of a conversation."""

LATENCIES = (0.05, 0.0)
CROWD, CROWD_LATENCY = 100, 2.0


@dataclass
class Taken:
    """Milliseconds of calls, round by round, and seconds of processor time."""

    gateway: list[list[float]] = field(default_factory=list)
    alone: list[list[float]] = field(default_factory=list)
    gateway_cpu: float = 0.0
    worker_cpu: float = 0.0
    alone_cpu: float = 0.0

    @property
    def added_cpu(self) -> float:
        """Milliseconds of processor time added to a call, in gateway and worker."""
        ours, alone = sum(map(len, self.gateway)), sum(map(len, self.alone))
        return 1000 * ((self.gateway_cpu + self.worker_cpu) / ours - self.alone_cpu / alone)

    def added(self, quantile: float) -> float:
        """Median over the rounds of what a quantile of the calls is longer by: noise hits neighbouring rounds alike."""
        pairs = zip(self.gateway, self.alone, strict=True)
        return statistics.median(_quantile(ours, quantile) - _quantile(theirs, quantile) for ours, theirs in pairs)

    @property
    def ratio(self) -> float:
        """Median over the rounds of a median call over one of litellm alone."""
        pairs = zip(self.gateway, self.alone, strict=True)
        return statistics.median(_quantile(ours, 0.5) / _quantile(theirs, 0.5) for ours, theirs in pairs)

    def detail(self) -> Json:
        """For the JSON."""
        ours, alone = list(chain(*self.gateway)), list(chain(*self.alone))
        return {
            "rounds": len(self.gateway), "calls": len(ours), "gateway_cpu_ms": self.gateway_cpu / len(ours) * 1000,
            "worker_cpu_ms": self.worker_cpu / len(ours) * 1000, "alone_cpu_ms": self.alone_cpu / len(alone) * 1000,
            "gateway_median_ms": _quantile(ours, 0.5), "gateway_p95_ms": _quantile(ours, 0.95),
            "alone_median_ms": _quantile(alone, 0.5), "alone_p95_ms": _quantile(alone, 0.95),
        }  # fmt: skip


def rows(plan: Plan) -> Iterator[Row]:
    """Median and 95th percentile with a latency and without; a crowd at once; memory."""
    with upstream(Rules(0.0)) as server, gateway(presets(dict.fromkeys(NAMES, server.base))) as running:
        taken = asyncio.run(_all(server, running, rounds=2 if plan.quick else 12))
        for latency, one in taken.items():
            name, what = f"overhead.{latency * 1000:.0f}ms", f"provider takes {latency * 1000:.0f} ms, 5 workers"
            target = 2.0 if latency else None
            yield Row(f"{name}.median", f"{what}: added to a call, median", one.added(0.5), "ms", target,
                      detail=one.detail())  # fmt: skip
            if latency:
                yield Row(f"{name}.ratio", f"{what}: a call over one of litellm alone, median", one.ratio, "×", 1.03)
            yield Row(f"{name}.p95", f"{what}: added to a call, 95th percentile", one.added(0.95), "ms")
            yield Row(f"{name}.cpu", f"{what}: processor time added to a call", one.added_cpu, "ms")
        before = running.megabytes
        server.begin(Rules(CROWD_LATENCY))
        seconds = _crowd(running)
        what = f"{CROWD} calls at once of {CROWD_LATENCY:.0f} s"
        yield Row("overhead.crowd", f"{what}: all answered after", seconds, "s",
                  detail={"rss_before_mb": before})  # fmt: skip
        yield Row("overhead.memory", f"{what}: resident memory of the gateway", running.megabytes, "MB")


async def _all(server: Upstream, running: Gateway, rounds: int) -> dict[float, Taken]:
    async with crew(WORKERS) as workers, crew(1, "benchmarks.alone") as alone:
        await workers.set_up(_setup(running))
        await alone.set_up({"model": f"openrouter/{model_id(NAMES[0])}", "api_base": server.base})
        for _ in range(2):  # the first calls of both open connections and import what is left
            await _round(workers, alone, Taken(), running)
        taken = {}
        for latency in LATENCIES:
            server.begin(Rules(latency))
            taken[latency] = Taken()
            for _ in range(rounds):
                await _round(workers, alone, taken[latency], running)
        return taken


def _setup(running: Gateway) -> Json:
    return {"kind": "gateway", "url": running.url, "token": running.token, "chain": NAMES, "run": "overhead"}


async def _round(workers: Crew, alone: Crew, taken: Taken, running: Gateway) -> None:
    """Each in turn: the workers through the gateway, then as many conversations by litellm alone."""
    cpu = running.cpu
    ours = await workers.do([{"task": n, "calls": CALLS} for n in range(2 * WORKERS)])
    taken.gateway_cpu += running.cpu - cpu
    taken.worker_cpu += ours.cpu
    theirs = await alone.do([{"task": n, "calls": CALLS, "at_once": WORKERS} for n in range(2)])
    taken.alone_cpu += theirs.cpu
    taken.gateway.append([seconds * 1000 for seconds in ours.calls])
    taken.alone.append([seconds * 1000 for seconds in theirs.calls])
    assert ours.ended("done") == 2 * WORKERS, ours.results


def _crowd(running: Gateway) -> float:
    """Seconds until so many callers, all beginning in the same moment, have their answers."""
    ready = threading.Barrier(CROWD + 1)

    def call(number: int) -> str:
        ask = through_gateway(_setup(running))
        ready.wait()
        return ask(number, {"messages": conversation(number), "tools": TOOLS}, None).outcome

    with ThreadPoolExecutor(CROWD) as pool:
        answers = [pool.submit(call, number) for number in range(CROWD)]
        ready.wait()
        started = time.perf_counter()
        outcomes = {answer.result() for answer in answers}
        seconds = time.perf_counter() - started
    if outcomes != {"done"}:
        raise RuntimeError(f"calls of the crowd were not answered: {outcomes}")
    return seconds


def _quantile(values: Sequence[float], quantile: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(quantile * (len(ordered) - 1)))]
