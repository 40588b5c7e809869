"""Live runs from the start of pytest on: the first request, and memory; litellm in the test process beside it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.made_up import KEYED, MODEL_BASE, folder, in_process, live_tasks
from benchmarks.plan import Plan
from benchmarks.provider import Rules
from benchmarks.spent import LIVE, OURS, PYTEST, XDIST
from benchmarks.table import Row
from benchmarks.watched import Watched, watch
from benchmarks.world import Upstream, upstream

WORKERS = 2
LATENCY = 0.5
GATEWAY = "pytest_agenttasks.gateway"
WORKER = "sys.stdin.readline"
"""What execnet starts a worker of xdist with."""


def rows(plan: Plan) -> Iterator[Row]:
    """With one process and with workers; memory with workers."""
    with folder() as place, upstream(Rules(LATENCY)) as server:
        runs = Runs(place, server, plan)
        if not plan.quick:
            yield from _first("live.first", "one process", runs.take(), plan)
        taken = runs.take(f"-n{WORKERS}")
        yield from _first(f"live.first-n{WORKERS}", f"-n {WORKERS}", taken, plan)
        peaks = {name: statistics.median(one.peak(WORKER) for one in seen) for name, seen in taken.items()}
        beside = {name: peaks[name] for name in peaks if name != "ours"}
        yield Row("live.worker", f"-n {WORKERS}: most memory of a worker", peaks["ours"], "MB", 80.0, beside=beside)
        gateway = statistics.median(one.peak(GATEWAY) for one in taken["ours"])
        yield Row("live.gateway", f"-n {WORKERS}: most memory of the gateway", gateway, "MB", 300.0)


class Runs:
    """The two contenders' projects and their runs, in turns."""

    def __init__(self, place: Path, server: Upstream, plan: Plan) -> None:
        self._server, self._rounds, self._peers = server, 1 if plan.quick else 3, plan.peers
        self._ours = live_tasks(place / "ours", server.base, WORKERS)
        self._theirs = in_process(place / "theirs", WORKERS)

    def take(self, *arguments: str) -> Mapping[str, list[Watched]]:
        """Name → what was seen, round by round."""
        names = ["ours", "litellm in the test"] if self._peers else ["ours"]
        taken: dict[str, list[Watched]] = {name: [] for name in names}
        for _ in range(self._rounds):
            for name, seen in taken.items():
                seen.append(self._run(name, *arguments))
        return taken

    def _run(self, name: str, *arguments: str) -> Watched:
        if name == "ours":
            command, project, environ = [*PYTEST, *OURS, *LIVE, "tasks", *arguments], self._ours, KEYED
        else:
            command, project = [*PYTEST, *XDIST, *arguments], self._theirs
            environ = {MODEL_BASE: self._server.base}
        return watch(command, project, self._server, Rules(LATENCY), conversations=WORKERS, environ=environ)


def _first(name: str, how: str, taken: Mapping[str, list[Watched]], plan: Plan) -> Iterator[Row]:
    """When the first request reaches the provider, less the same of litellm in the test process."""
    if not plan.peers:
        return
    first = {who: [one.began[0] for one in seen] for who, seen in taken.items()}
    ours, theirs = first.values()
    later = statistics.median(mine - other for mine, other in zip(ours, theirs, strict=True))
    yield Row(name, f"{how}: first request later than with litellm in the test by", later, "s", 0.0,
              beside={who: statistics.median(seconds) for who, seconds in first.items()})  # fmt: skip
