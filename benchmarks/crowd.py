"""Many agents at once: when all of them have asked for the first time, and what memory that takes."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.made_up import KEYED, folder, live_tasks
from benchmarks.peers import Peer, installed
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.spent import LIVE, OURS, PYTEST, environment
from benchmarks.table import Row
from benchmarks.watched import Watched, watch
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
        rounds = 1 if plan.quick else 3
        project = live_tasks(place / "ours", server.base, number)
        command = [*PYTEST, *OURS, *LIVE, "tasks", f"{how}={number}" if shared else f"{how}{number}"]
        seen = [_watch(command, project, server, number, KEYED) for _ in range(1 + rounds)][1:]
        beside = {}
        if plan.peers:
            beside = {peer.name: _peer(peer, place, server, number) for peer in installed()}
        yield from _told(name, f"{number} agents, {how} {number}, provider takes {LATENCY:.0f} s", seen, beside,
                         judged=shared and not plan.quick)  # fmt: skip


def _told(name: str, what: str, seen: list[Watched], beside: dict[str, Watched], *, judged: bool) -> Iterator[Row]:
    began = statistics.median(one.began[-1] for one in seen)
    yield Row(f"{name}.begun", f"{what}: the last one's first request arrives after", began, "s",
              SECONDS if judged else None, beside={peer: one.began[-1] for peer, one in beside.items()},
              detail={"last_s": [one.began[-1] for one in seen]})  # fmt: skip
    most = statistics.median(one.most for one in seen)
    yield Row(f"{name}.memory", f"{what}: memory of all processes", most, "MB", MEGABYTES if judged else None,
              beside={peer: one.most for peer, one in beside.items()},
              detail={command[-80:]: megabytes for (_, command), megabytes in seen[-1].peaks.items()})  # fmt: skip


def _watch(command: list[str], project: Path, server: Upstream, number: int, environ: dict[str, str]) -> Watched:
    return watch(command, project, server, Rules(LATENCY), conversations=number, environ=environ)


def _peer(peer: Peer, place: Path, server: Upstream, number: int) -> Watched:
    """The second of two runs."""
    place = place / peer.command
    command = peer.write(place, number, server.base)
    return [_watch(command, place, server, number, dict(peer.environ)) for _ in range(2)][-1]


def _can_share(place: Path) -> bool:
    command = [*PYTEST, *OURS, "--help"]
    told = subprocess.run(command, cwd=place, env=environment(), capture_output=True, text=True, check=True)
    return IN_FLIGHT in told.stdout
