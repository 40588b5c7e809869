"""Rotation through limits: how long a load takes over the shortest possible time, beside litellm.Router.

47 tasks of 8 calls, 5 workers, 12 models. A minute of a provider is 2 seconds here: 10 requests a minute and model
are 10 in 2 seconds; its latency is scaled, too. 3 % of the requests that are let in are refused by an upstream, as
OpenRouter tells it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from benchmarks.bound import Load, lower_bound, plain_bounds
from benchmarks.crew import Done, crew
from benchmarks.ideal import ideal
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.table import Json, Row
from benchmarks.world import KEY, Upstream, gateway, model_id, names, presets, upstream

GUESS = 20.0
"""Seconds until an upstream that refused answers again. OpenRouter often leaves that unsaid, and the gateway guesses
20 s; a guess cannot be scaled, so the provider says it, scaled."""

LOAD = Load(tasks=47, calls=8, workers=5, latency=1.5, models=12, requests=10, seconds=60.0, upstream=0.03)
"""Before it is scaled."""

QUICK_TASKS = 20

PEER = "litellm.Router"

Bases = dict[str, dict[str, str]]
"""Name of a variant → its presets and the base URL of each."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One load under other circumstances.

    Attributes:
        name: of its rows and models.
        what: for people.
        load: and its limits.
        declared: whether models.yaml knows the limits.
        dead: whether three of the models do not answer.
        target: of the makespan; none where the limits are not known from the start.
        refused: target of the percentage of requests answered 429 for a limit.
    """

    name: str
    what: str
    load: Load
    declared: bool
    dead: bool = False
    target: float | None = 1.05
    refused: float = 1.0

    @property
    def models(self) -> tuple[str, ...]:
        """Its presets: each variant has models of its own, so that all can share a gateway."""
        return names(f"{self.name}-")

    @property
    def refusing(self) -> str:
        """The model without a server, where some are dead."""
        return self.models[1]

    @property
    def busy(self) -> float:
        """Seconds until an upstream that refused answers again."""
        return GUESS * self.load.seconds / LOAD.seconds

    @property
    def rules(self) -> Rules:
        """Of its provider; of the dead models one answers 500 and one has used up its day."""
        load = self.load
        return Rules(
            latency=load.latency, requests=load.requests, seconds=load.seconds, upstream=load.upstream,
            hint=self.busy, seed=load.seed,
            broken=(model_id(self.models[5]),) if self.dead else (),
            exhausted=(model_id(self.models[9]),) if self.dead else (),
        )  # fmt: skip

    @property
    def jobs(self) -> list[Json]:
        """Its tasks."""
        return [{"task": n, "calls": self.load.calls} for n in range(self.load.tasks)]

    def bases(self, server: Upstream, nowhere: str) -> dict[str, str]:
        """Preset → base URL."""
        return {name: nowhere if self.dead and name == self.refusing else server.base for name in self.models}

    def quota(self) -> Json:
        """What models.yaml declares."""
        load = self.load
        return {"presets": list(self.models), "scope": "model", "requests": load.requests, "seconds": load.seconds}


VARIANTS = (
    Variant("declared", "10 per minute, declared", LOAD, True),
    Variant("learnt", "10 per minute, to be learnt", LOAD, False, target=None, refused=5.0),
    Variant("narrow", "4 per minute, declared", replace(LOAD, requests=4), True),
    Variant("dead", "10 per minute, declared, 3 of 12 dead", replace(LOAD, models=9), True, dead=True, target=1.15),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contender made of a variant."""

    done: Done
    stats: Json

    @property
    def refused(self) -> float:
        """Percentage of the requests that were answered 429 for a limit; upstream refusals are not."""
        counts: dict[str, int] = self.stats["counts"]
        return 100 * counts.get("limit", 0) / max(1, sum(counts.values()))

    def lost(self, load: Load) -> int:
        """Tasks without their answers."""
        return load.tasks - self.done.ended("done")

    def detail(self) -> Json:
        """For the JSON."""
        why = sorted({one["why"] for one in self.done.results if one["why"]})
        return {"seconds": self.done.seconds, "given_up": self.done.given_up, "why": why[:5], **self.stats["counts"],
                "by_model": self.stats["by_model"]}  # fmt: skip


def rows(plan: Plan) -> Iterator[Row]:
    """Three rows for each variant: makespan, refusals, lost tasks."""
    variants = [replace(one, load=_scaled(one.load, plan)) for one in VARIANTS]
    with socket.socket() as nobody, upstream(Rules(0.0)) as server:
        nobody.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        bases = {one.name: one.bases(server, f"http://127.0.0.1:{nobody.getsockname()[1]}/v1") for one in variants}
        ours = asyncio.run(_ours(variants, server, bases))
        compared, patience = (variants[:1], 3.0) if plan.quick else (variants, 25.0)
        peers = asyncio.run(_peers(compared, server, bases, patience)) if plan.peers else {}
    for variant in variants:
        yield from _rows(variant, ours[variant.name], peers.get(_as_router(variant)))


def _scaled(load: Load, plan: Plan) -> Load:
    scale = plan.minute / load.seconds
    tasks = QUICK_TASKS if plan.quick else load.tasks
    return replace(load, tasks=tasks, seconds=plan.minute, latency=load.latency * scale)


async def _ours(variants: Sequence[Variant], server: Upstream, bases: Bases) -> dict[str, Outcome]:
    """Through one gateway; all tasks of a variant have the same chain."""
    outcomes = {}
    models = presets({name: base for one in bases.values() for name, base in one.items()})
    models["quotas"] = {one.name: one.quota() for one in variants if one.declared}
    with gateway(models) as running:
        async with crew(LOAD.workers) as workers:
            for one in variants:
                await workers.set_up({"kind": "gateway", "url": running.url, "token": running.token,
                                      "chain": one.models, "run": one.name})  # fmt: skip
                server.begin(one.rules)
                outcomes[one.name] = Outcome(await workers.do(one.jobs), server.stats())
    return outcomes


async def _peers(
    variants: Sequence[Variant], server: Upstream, bases: Bases, patience: float
) -> dict[tuple[Load, bool], Outcome]:
    """Through a litellm.Router in each worker; given up after so many times the lower bound.

    A Router cannot be told limits as they are here: what is declared or not is the same to it, and run once.
    """
    outcomes = {}
    async with crew(LOAD.workers) as workers:
        for key, one in {_as_router(one): one for one in variants}.items():
            deployments = {
                name: {"model": f"openrouter/{model_id(name)}", "api_base": base, "api_key": KEY, "max_retries": 0}
                for name, base in bases[one.name].items()
            }
            await workers.set_up({"kind": "router", "models": deployments})
            server.begin(one.rules)
            outcomes[key] = Outcome(await workers.do(one.jobs, patience * lower_bound(one.load)), server.stats())
    return outcomes


def _as_router(variant: Variant) -> tuple[Load, bool]:
    return variant.load, variant.dead


def _rows(variant: Variant, ours: Outcome, peer: Outcome | None) -> Iterator[Row]:
    load = variant.load
    bound = lower_bound(load)
    name = f"rotation.{variant.name}"
    possible = ideal(load, variant.busy) / bound
    detail = {"load": asdict(load), "bound_s": bound, **plain_bounds(load), "ours": ours.detail()}
    if peer is not None:
        detail[PEER] = peer.detail()
    yield Row(
        f"{name}.makespan", f"{variant.what}: time ÷ lower bound", ours.done.seconds / bound, "×", variant.target,
        beside={"ideal": possible} | ({} if peer is None else {_label(peer): peer.done.seconds / bound}), detail=detail,
    )  # fmt: skip
    yield Row(
        f"{name}.refused", f"{variant.what}: requests answered 429 for a limit", ours.refused, "%", variant.refused,
        beside={} if peer is None else {PEER: peer.refused},
    )  # fmt: skip
    yield Row(
        f"{name}.lost", f"{variant.what}: tasks lost", ours.lost(load), "tasks", 0,
        beside={} if peer is None else {_label(peer): peer.lost(load)},
    )  # fmt: skip


def _label(peer: Outcome) -> str:
    return f"{PEER} (given up)" if peer.done.given_up else PEER
