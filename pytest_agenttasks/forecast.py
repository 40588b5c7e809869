"""Whether what is left of daily limits will do for the tasks that would ask models."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_agenttasks.cassettes import calls_recorded
from pytest_agenttasks.models import Account, Chain, Pool, Preset, Standing, span
from pytest_agenttasks.settings import Plan

USUAL_CALLS = 10
"""Calls of a task that nobody recorded: twice what the shipped tasks take as scripted, real models look around more."""

Way = tuple[str, str]
"""Names of a preset and of an account that it can be asked with."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """Tasks that may need more than is left for them.

    Attributes:
        tasks: how many.
        calls: how many they need, about.
        pools: what they all draw on.
    """

    tasks: int
    calls: int
    pools: tuple[Pool, ...]

    def told(self, now: float) -> str:
        """In one line; `now` in seconds since the epoch."""
        left = "; ".join(_left(pool, now) for pool in self.pools)
        count = "1 task needs" if self.tasks == 1 else f"{self.tasks} tasks need"
        return f"{count} about {self.calls} calls; {left}"


def shortages(plans: Iterable[Plan], standing: Standing, environ: Mapping[str, str] | None) -> list[Shortage]:
    """Compare what tasks need with what is left.

    A model is asked with one of its accounts: each such way may draw on pools. A task counts against pools only if
    every way of its chain, retired models and accounts without a key left out, draws on one of them; one
    way without a limit, and it can always go on there. Tasks that depend on the same pools are counted together, and
    with them those that depend on some of these.

    Args:
        plans: of tasks that would ask models, themselves or by their judges.
        standing: what the gateway knows.
        environ: where keys are; None: the gateway has its own, all of them.
    """
    needs = [
        (_depends_on(_ways(chain, environ), standing.pools), number, calls)
        for number, plan in enumerate(plans)
        for chain, calls in _needs_of(plan)
    ]
    found = []
    for pools in dict.fromkeys(pools for pools, _, _ in needs if pools):
        inside = [(number, calls) for some, number, calls in needs if some and some <= pools]
        tasks, calls = len({number for number, _ in inside}), sum(calls for _, calls in inside)
        if calls > sum(pool.left for pool in pools):
            found.append(Shortage(tasks, calls, tuple(pool for pool in standing.pools if pool in pools)))
    return found


def _needs_of(plan: Plan) -> Iterator[tuple[Chain, int]]:
    """The chains of a task and of its judges, and how many calls each may take."""
    if plan.chain is not None:
        yield plan.chain, calls_of(plan)
    for judge in plan.judges:
        yield judge.chain, judge.options.votes


def calls_of(plan: Plan) -> int:
    """How many calls a task may take: as many as its cassette has, else the usual number; never more than its steps."""
    return min(calls_recorded(plan.cassette) or USUAL_CALLS, plan.task.spec.limits.steps)


def usable(preset: Preset, environ: Mapping[str, str] | None) -> list[Account]:
    """The accounts of a preset that have their key; all of them where the keys are somewhere else (None)."""
    return [
        account
        for account in preset.accounts
        if environ is None or account.variable is None or environ.get(account.variable)
    ]


def blocked(heads: Iterable[Preset], standing: Standing, now: float) -> list[str]:
    """A line for each first model of a chain that must be left alone."""
    lines = []
    for name in dict.fromkeys(head.name for head in heads):
        found = standing.blocked.get(name)
        if found:
            lines.append(f"{name} is cooled: {found.reason}{_until(found.resets_in, now, ' ')}")
    return lines


def out_of_quota(heads: Iterable[Preset], standing: Standing) -> list[str]:
    """Those of these models whose daily quota is used up."""
    names = dict.fromkeys(head.name for head in heads)
    return [name for name in names if name in standing.blocked and "quota" in standing.blocked[name].reason]


def _ways(chain: Chain, environ: Mapping[str, str] | None) -> list[Way]:
    return [(preset.name, account.name) for preset in chain.live for account in usable(preset, environ)]


def _depends_on(ways: Sequence[Way], pools: Sequence[Pool]) -> frozenset[Pool]:
    """Pools one of which each way draws on, the widest first; none where a way draws on none."""
    needed: set[Pool] = set()
    left = list(ways)
    while left:
        drawn = Counter({pool: sum(_draws(way, pool) for way in left) for pool in pools})
        widest = max(pools, key=lambda pool: (drawn[pool], -pool.left), default=None)
        if widest is None or not drawn[widest]:
            return frozenset()
        needed.add(widest)
        left = [way for way in left if not _draws(way, widest)]
    return frozenset(needed)


def _draws(way: Way, pool: Pool) -> bool:
    preset, account = way
    return preset in pool.presets and pool.account in ("", account)


def _left(pool: Pool, now: float) -> str:
    return f"{pool.left} of {pool.limit} left today for {pool.what}{_until(pool.resets_in, now, ', ')}"


def _until(seconds: float | None, now: float, before: str) -> str:
    if seconds is None:
        return ""
    at = time.gmtime(now + seconds)
    return f"{before}until {time.strftime('%H:%M', at)} UTC (in {span(seconds)})"
