"""Many agents at once: when all of them have asked for the first time, and what memory that takes."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.made_up import KEYED, folder, live_tasks
from benchmarks.peers import installed
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.spent import LIVE, OURS, PYTEST, environment
from benchmarks.table import Row
from benchmarks.watched import watch
from benchmarks.world import Upstream, upstream

LATENCY = 2.0
AGENTS, AGENTS_QUICK = 100, 30
WORKERS, WORKERS_QUICK = 20, 3
"""Where agents cannot share a process, each has a worker."""

IN_FLIGHT = "--agents-in-flight"
SECONDS, MEGABYTES = 3.0, 400.0
"""Targets for AGENTS agents."""


def rows(plan: Plan) -> Iterator[Row]:
    """As many as can be: in flight in one process where the plugin can do that, else one for each worker."""
    with folder() as place, upstream(Rules(LATENCY)) as server:
        shared = _can_share(place)
        if shared:
            name, how, number = "crowd-agents", IN_FLIGHT, AGENTS_QUICK if plan.quick else AGENTS
        else:
            name, how, number = "crowd-agents-workers", "-n", WORKERS_QUICK if plan.quick else WORKERS
        project = live_tasks(place / "ours", server.base, number)
        command = [*PYTEST, *OURS, *LIVE, "tasks", how, str(number)]
        crowd = Crowd(server, number, 1 if plan.quick else 3)
        ours = crowd.watch(command, project, KEYED)
        beside = {}
        for peer in installed() if plan.peers else ():
            theirs = peer.write(place / peer.command, number, server.base)
            beside[peer.name] = crowd.watch(theirs, place / peer.command, peer.environ)
        what = f"{number} agents, {how} {number}, provider takes {LATENCY:.0f} s"
        yield from _told(name, what, ours, beside, judged=shared and not plan.quick)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many conversations at once with a provider; some runs of them."""

    server: Upstream
    number: int
    rounds: int

    def watch(self, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Seen:
        """Medians of a contender's runs."""
        runs = [
            watch(command, folder, self.server, Rules(LATENCY), conversations=self.number, environ=environ)
            for _ in range(self.rounds)
        ]
        return Seen(statistics.median(max(one.began) for one in runs), statistics.median(one.most for one in runs))


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds until the last conversation began, and megabytes of all processes."""

    begun: float
    megabytes: float


def _told(name: str, what: str, ours: Seen, beside: Mapping[str, Seen], *, judged: bool) -> Iterator[Row]:
    yield Row(f"{name}.begun", f"{what}: the last one's first request arrives after", ours.begun, "s",
              SECONDS if judged else None, beside={peer: one.begun for peer, one in beside.items()})  # fmt: skip
    yield Row(f"{name}.memory", f"{what}: memory of all processes", ours.megabytes, "MB",
              MEGABYTES if judged else None, beside={peer: one.megabytes for peer, one in beside.items()})  # fmt: skip


def _can_share(place: Path) -> bool:
    command = [*PYTEST, *OURS, "--help"]
    told = subprocess.run(command, cwd=place, env=environment(), capture_output=True, text=True, check=True)
    return IN_FLIGHT in told.stdout
