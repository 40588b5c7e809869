"""What a large run asks for, what its providers allow, and the two times that it cannot undercut."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_agenttasks.gateway.state.days import DAY, day_of
from pytest_agenttasks.models import Account, Limit, Preset, Quota

BEGIN = 1_767_571_500.0
"""When simulated runs begin, in seconds since the epoch: a Monday, 00:05 UTC."""

MINUTE = 60.0

Death = Literal["", "gone", "broken", "hangs"]
"""How a model does not answer: withdrawn (404), an error each time (500), or silent until the caller gives up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a task, and the work of its tools after it.

    Attributes:
        latency: seconds until the answer.
        tools: seconds of work with it.
        tokens: of the prompt and the answer.
    """

    latency: float
    tools: float = 0.0
    tokens: int = 0


Steps = Sequence[Step]


@dataclass(frozen=True, slots=True)
class Kind:
    """What tasks are like. Lengths are lognormal.

    Attributes:
        calls: mean of a task.
        spread: sigma of their number.
        most: no task makes more.
        latency: median seconds of an answer; sigma 0.6.
        tools: median seconds of tools after it; sigma 1.
        first: tokens of the first prompt.
        more: tokens by which each step makes the conversation longer.
        cached: whether tokens that the provider has seen in this conversation do not count for its limit.
    """

    calls: float = 20.0
    spread: float = 0.5
    most: int = 60
    latency: float = 4.0
    tools: float = 1.0
    first: int = 3000
    more: int = 1000
    cached: bool = False

    def made(self, tasks: int, seed: int = 1) -> list[Steps]:
        """So many tasks; the same for a seed."""
        luck = random.Random(seed)
        return [self._task(luck) for _ in range(tasks)]

    def _task(self, luck: random.Random) -> Steps:
        median = math.log(self.calls) - self.spread**2 / 2
        number = min(max(round(luck.lognormvariate(median, self.spread)), 1), self.most)
        return [
            Step(
                self.latency * luck.lognormvariate(0, 0.6),
                self.tools * luck.lognormvariate(0, 1.0),
                self.more + (0 if self.cached and step else self.first + (0 if self.cached else self.more * step)),
            )
            for step in range(number)
        ]


@dataclass(frozen=True, slots=True)
class Pool:
    """Models of one provider with their accounts, and what these allow.

    Attributes:
        name: of the provider, as ids begin.
        models: how many.
        accounts: how many keys.
        per_model: whether limits hold for each model; else for all of an account together.
        rpm: requests in a minute; None: as many as one likes.
        rpd: requests in a day.
        zone: at whose midnight that begins anew.
        tpm: tokens in a minute. models.yaml has no word for it: the gateway meets it by being refused.
        paced: requests in a minute that models.yaml declares, where that is not `rpm`.
        at_once: requests that are worked at; others wait for their turn there.
        death: how its models do not answer.
    """

    name: str
    models: int = 1
    accounts: int = 1
    per_model: bool = False
    rpm: int | None = None
    rpd: int | None = None
    zone: str = "UTC"
    tpm: int | None = None
    paced: int | None = None
    at_once: int | None = None
    death: Death = ""

    @property
    def counts(self) -> int:
        """How many times its limits are there."""
        return self.accounts * (self.models if self.per_model else 1)

    def presets(self) -> tuple[Preset, ...]:
        """Its models as models.yaml would have them; sets variables with keys that open nothing."""
        variables = [f"AGENTTASKS_SIMULATED_{self.name.upper()}_{number}" for number in range(self.accounts)]
        os.environ.update({variable: f"simulated-{variable}" for variable in variables})
        more = tuple(Account(variable, variable) for variable in variables[1:])
        quotas = (Quota(self.name, "model" if self.per_model else "account", tuple(self._limits())),)
        names = [f"{self.name}-{number}" for number in range(self.models)]
        return tuple(
            Preset(name, f"{self.name}/{name}", api_key_env=variables[0], more_accounts=more, quotas=quotas)
            for name in names
        )

    def _limits(self) -> Iterator[Limit]:
        declared = self.paced or self.rpm
        if declared is not None:
            yield Limit(declared, MINUTE)
        if self.rpd is not None:
            yield Limit(self.rpd, DAY, self.zone)

    def requests_by(self, seconds: float) -> float:
        """How many requests it can have let in so many seconds after the begin."""
        if self.death:
            return 0
        return self.counts * sum(self._in_part_of_a_day(part) for part in _parts(seconds, self.zone))

    def tokens_by(self, seconds: float) -> float:
        """The same for tokens."""
        if self.death:
            return 0
        return math.inf if self.tpm is None else self.counts * self.tpm * (math.floor(seconds / MINUTE) + 1)

    def _in_part_of_a_day(self, seconds: float) -> float:
        paced = math.inf if self.rpm is None else self.rpm * (math.floor(seconds / MINUTE) + 1)
        return min(paced, math.inf if self.rpd is None else self.rpd)


def quota_bound(pools: Sequence[Pool], work: Sequence[Steps]) -> float:
    """Seconds that the limits ask for, however many workers there are.

    The last call is let in when all pools together can have let in as many requests, and as many tokens; then it is
    answered. Where all of them work at a number of requests at once, nothing ends before they did all answers.
    """
    steps = [step for task in work for step in task]
    alive = [pool for pool in pools if not pool.death]
    requests = _first(lambda t: sum(pool.requests_by(t) for pool in alive) >= len(steps))
    tokens = _first(lambda t: sum(pool.tokens_by(t) for pool in alive) >= sum(step.tokens for step in steps))
    at_once = sum(pool.at_once or math.inf for pool in alive)
    shortest = min(step.latency for step in steps)
    return max(max(requests, tokens) + shortest, sum(step.latency for step in steps) / at_once)


def worker_bound(workers: int, work: Sequence[Steps]) -> float:
    """Seconds that so many workers need, without limits: the sum of all by their number, or the longest task."""
    lengths = [sum(step.latency + step.tools for step in task) for task in work]
    return max(*lengths, sum(lengths) / workers)


def _parts(seconds: float, zone: str) -> Iterator[float]:
    """The lengths of the parts of days between the begin and a time."""
    now, end = BEGIN, BEGIN + seconds
    while now <= end:
        _, midnight = day_of(now, zone)
        yield min(midnight, end) - now
        now = midnight


def _first(reached: Callable[[float], bool]) -> float:
    """The first second at which something is reached that stays so from then on."""
    end = 1.0
    while not reached(end):
        end *= 2
    begin = 0.0
    if reached(begin):
        return 0.0
    while end - begin > 0.5:
        middle = (begin + end) / 2
        begin, end = (begin, middle) if reached(middle) else (middle, end)
    return float(math.floor(end))
