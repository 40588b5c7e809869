"""A large run, simulated: the project's own order, turns, state and router, xdist's own dealing, and a virtual clock.

What is simulated is what lies outside: agents (a list of steps), providers (`scale_providers.py`), time. What is left
out: the time that our own work takes (see docs/scale.md for that), the start of workers, checks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.dealing import Dealing, Worker
from benchmarks.scale_load import BEGIN, Pool, Steps
from benchmarks.scale_providers import Providers
from benchmarks.virtual import simulate
from pytest_agenttasks.gateway.progress import Call, Served
from pytest_agenttasks.gateway.router import Router
from pytest_agenttasks.gateway.state.days import day_of
from pytest_agenttasks.gateway.state.sqlite import SqliteState
from pytest_agenttasks.models import Preset
from pytest_agenttasks.schedule import Deal, Entry, dealt, estimated, longest_first

MAX_WAIT = 120.0
"""Default of `agenttasks_max_wait`, in seconds."""

PATIENCE = 600.0
"""Seconds that an attempt may take: what sessions say where nobody says otherwise."""

AWAKE = 0.01
"""Seconds past the refill at which a worker that waited for it asks again."""

AGAIN = 300.0
"""Seconds after midnight UTC at which a job begins that runs each day."""

HOPELESS = 3
"""Days in a row without one task that ends, after which going on is given up."""

OnQuota = Literal["wait", "resume"]
"""A task that meets a used-up day waits in its worker (`--agent-on-quota=wait`), or ends, and a run with
`--agent-resume` does what is left on the next day."""

End = Literal["done", "quota", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        seconds: until the last task was done; of those that were done, where it was given up.
        done: tasks.
        left: tasks that were not done: errors, and all that a run did not get to that was given up.
        repeated: calls that were answered to tasks that did not come to their end, and had to be asked again.
        requests: how they ended; see `Providers.told`.
    """

    seconds: float
    done: int
    left: int
    repeated: int
    requests: Counter[str]


def outcome(
    pools: Sequence[Pool],
    work: Sequence[Steps],
    workers: int,
    on_quota: OnQuota = "wait",
    max_wait: float = MAX_WAIT,
) -> Outcome:
    """Do this work with so many workers; the models of all pools are one chain, in order."""
    return simulate(_Run(pools, work, workers, on_quota, max_wait).all())


class _Run:
    """One piece of work, in as many runs of pytest as it takes."""

    def __init__(
        self, pools: Sequence[Pool], work: Sequence[Steps], workers: int, on_quota: OnQuota, max_wait: float
    ) -> None:
        self._pools, self._work, self._workers = pools, work, workers
        self._on_quota, self._max_wait = on_quota, max_wait
        self._chain: tuple[Preset, ...] = tuple(preset for pool in pools for preset in pool.presets())
        self._ends: dict[int, End] = {}
        self._repeated, self._last_done = 0, 0.0

    async def all(self) -> Outcome:
        """Run, and go on each day as long as there is a reason to."""
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._providers = Providers(self._pools)
        self._state = SqliteState(clock=lambda: BEGIN + self._time())
        left, hopeless = list(range(len(self._work))), 0
        while left and hopeless < HOPELESS:
            await self._pytest(left)
            before, left = left, [task for task in left if self._ends[task] == "quota"]
            hopeless = hopeless + 1 if len(left) == len(before) else 0
            if left:
                await asyncio.sleep(day_of(BEGIN + self._time(), "UTC")[1] + AGAIN - BEGIN - self._time())
        done = sum(end == "done" for end in self._ends.values())
        return Outcome(self._last_done, done, len(self._work) - done, self._repeated, self._providers.told)

    async def _pytest(self, tasks: Sequence[int]) -> None:
        """One run, with a gateway of its own; how long tasks take is not known before the first pass."""
        self._router = Router(self._providers.ask, self._state, self._max_wait, clock=self._time)
        entries = estimated([Entry(0) for _ in tasks])
        order = longest_first(entries, self._workers)
        listed = dealt([entries[index] for index in order], range(len(tasks)), Deal(self._workers, len(tasks)))
        under_way: set[asyncio.Task[None]] = set()

        def begin(worker: Worker, place: int) -> None:
            task = asyncio.get_running_loop().create_task(item(worker, place))
            under_way.add(task)

        async def item(worker: Worker, place: int) -> None:
            begun, number = self._time(), tasks[order[listed[place]]]
            self._ends[number] = await self._task(number)
            if self._ends[number] == "done":
                self._last_done = self._time()
            dealing.ended(worker, place, self._time() - begun)

        dealing = Dealing(len(tasks), self._workers, 1, begin)
        dealing.start()
        while under_way:
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            under_way -= done
            for one in done:
                one.result()

    async def _task(self, number: int) -> End:
        """One agent at work: ask, use tools, ask again."""
        last = None
        for answered, step in enumerate(self._work[number]):
            body: dict[str, object] = {"tools": [""], "latency": step.latency, "tokens": step.tokens}
            served = await self._ask(Call("first", self._chain, body, PATIENCE, last, str(number)))
            if not isinstance(served, Served):
                self._repeated += answered
                return served
            last = served.facts.served
            await asyncio.sleep(step.tools)
        return "done"

    async def _ask(self, call: Call) -> Served | End:
        waits = 0
        while True:
            result = await self._router.serve(call)
            if isinstance(result, Served):
                return result
            if result.code != "quota":
                return "error"
            if self._on_quota == "resume" or result.free_in is None:
                return "quota"
            await asyncio.sleep(max(result.free_in, 2.0**waits) + AWAKE)  # as `QuotaWaiter` does
            waits += 1
