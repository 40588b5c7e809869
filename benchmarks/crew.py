"""Five workers and one who deals them tasks as `pytest -n 5` does."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.table import Json
from benchmarks.world import ROOT

LINE_LIMIT = 2**22

AHEAD = 2
"""pytest-xdist lets a worker hold the task it works on and the next one (`--maxschedchunk=1`)."""


@dataclass(frozen=True, slots=True)
class Done:
    """A load that is done, or was given up.

    Attributes:
        seconds: from the first task dealt to the last result.
        results: of the tasks that ended, see `benchmarks.worker`.
        given_up: whether the time was over before.
    """

    seconds: float
    results: list[Json] = field(default_factory=list)
    given_up: bool = False

    def ended(self, outcome: str) -> int:
        """How many tasks ended so."""
        return sum(one["outcome"] == outcome for one in self.results)

    @property
    def cpu(self) -> float:
        """Seconds of the workers' processor time."""
        return float(sum(one["cpu"] for one in self.results))

    @property
    def calls(self) -> list[float]:
        """Seconds of every call."""
        return [seconds for one in self.results for seconds in one["seconds"]]


class Crew:
    """Worker processes, and who deals to them."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes

    async def set_up(self, setup: Json) -> None:
        """Give all of them this setup, and wait until they are ready."""
        for process in self._processes:
            _send(process, setup)
        for process in self._processes:
            while "ready" not in await _receive(process):
                pass  # a result of a load that was given up

    async def do(self, jobs: Sequence[Json], patience: float = 600.0) -> Done:
        """Deal the jobs in their order and wait until all are done, or for so many seconds."""
        left, results = list(reversed(jobs)), list[Json]()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(patience):
                await asyncio.gather(*(_keep_busy(process, left, results) for process in self._processes))
        except TimeoutError:
            return Done(time.perf_counter() - started, results, given_up=True)
        return Done(time.perf_counter() - started, results)


@asynccontextmanager
async def crew(workers: int, module: str = "benchmarks.worker") -> AsyncIterator[Crew]:
    """So many workers while the block lasts; they need a setup."""
    command = (sys.executable, "-m", module)
    processes = [
        await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT, limit=LINE_LIMIT)
        for _ in range(workers)
    ]
    try:
        yield Crew(processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _keep_busy(process: Process, left: list[Json], results: list[Json]) -> None:
    held = 0
    while True:
        while left and held < AHEAD:
            _send(process, left.pop())
            held += 1
            await asyncio.sleep(0)  # the others get their first before anybody gets a second
        if not held:
            return
        results.append(await _receive(process))
        held -= 1


def _send(process: Process, value: Json) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(value).encode() + b"\n")


async def _receive(process: Process) -> Json:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a worker of the benchmark ended; what it said stands above")
    told: Json = json.loads(line)
    return told
