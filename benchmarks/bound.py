"""The shortest time in which a load can be done at all, and the luck that both contenders have alike."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be done, and what stands in its way.

    Attributes:
        tasks: how many, one after the other in each worker.
        calls: of each task, one after the other.
        workers: tasks at the same time.
        latency: seconds the provider takes for an answer.
        models: that answer.
        requests: that each of them takes in any `seconds`.
        seconds: length of that time.
        upstream: share of the requests let in that an upstream then refuses.
        seed: of those refusals.
    """

    tasks: int
    calls: int
    workers: int
    latency: float
    models: int
    requests: int
    seconds: float
    upstream: float = 0.0
    seed: int = 1


def refusals(share: float, seed: int) -> Iterator[bool]:
    """Whether the first, second, … request that a provider lets in is refused upstream."""
    chance = random.Random(seed)
    while True:
        yield chance.random() < share


def needed(load: Load) -> int:
    """Requests that must be let in until all calls are answered: upstream refusals come on top."""
    left, sent = load.tasks * load.calls, 0
    for refused in refusals(load.upstream, load.seed):
        sent += 1
        left -= not refused
        if not left:
            break
    return sent


def lower_bound(load: Load) -> float:
    """Seconds that no scheduler can undercut.

    Sort all N needed requests by the time they are let in, t(1) ≤ … ≤ t(N), and let C be what all models together
    take in a window. Among C + 1 requests one model has one more than it takes in a window; and with W workers the
    request W later cannot begin before one of them is answered. So t(k) ≥ t(k - C) + window and
    t(k) ≥ t(k - W) + latency; the bound is t(N) + latency with equality everywhere.
    """
    capacity = load.models * load.requests
    starts: list[float] = []
    for k in range(needed(load)):
        by_limits = starts[k - capacity] + load.seconds if k >= capacity else 0.0
        by_workers = starts[k - load.workers] + load.latency if k >= load.workers else 0.0
        starts.append(max(by_limits, by_workers))
    return starts[-1] + load.latency


def plain_bounds(load: Load) -> dict[str, float]:
    """Seconds that the limits alone ask for, and the workers alone, each of whom does whole tasks."""
    windows = (needed(load) - 1) // (load.models * load.requests)
    rounds = math.ceil(load.tasks / load.workers)
    return {"limits_s": windows * load.seconds, "workers_s": rounds * load.calls * load.latency}
