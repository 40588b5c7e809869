"""Calls that wait for a model, and who goes next.

A call goes at once where a candidate of its chain is free for nobody before it. Otherwise it waits in a queue that is
fair over tasks: first the oldest call of each task, the task before the others whose last turn is longest ago; then the
second ones. Nobody overtakes: a slot that becomes free goes to the first call in this order that can use it.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_agenttasks.gateway.candidates import Candidate
from pytest_agenttasks.gateway.state import Held, State, Taken

_LATE = 0.002
"""Seconds that a round begins after the time it waits for, lest it begin a moment too early."""

_REMEMBERED = 1000
"""Tasks whose last turn is remembered."""


@dataclass(frozen=True, slots=True)
class Go:
    """A candidate that may be asked now.

    Attributes:
        candidate: which.
        ticket: for `State.give_back`.
        waited: seconds.
        cooled: how many of them for cooldowns; the others were for the pace of a limit.
    """

    candidate: Candidate
    ticket: str
    waited: float
    cooled: float


@dataclass(frozen=True, slots=True)
class Stay:
    """No candidate will be free in time.

    Attributes:
        held: why, by the id of each candidate.
        waited: seconds until that was known.
        cooled: see `Go`.
    """

    held: Mapping[tuple[str, str], Held]
    waited: float
    cooled: float


Name = tuple[str, str, bool]
"""A candidate and whether the call has tools: what is known of one holds for all calls that name it."""


@dataclass(eq=False)
class _Waiting:
    task: str
    candidates: Sequence[Candidate]
    tools: bool
    patience: float
    result: asyncio.Future[Go | Stay]
    since: float
    looked: float
    held: bool = False
    for_cooldown: bool = False
    cooled: float = 0.0

    def name(self, candidate: Candidate) -> Name:
        return (*candidate.id, self.tools)

    def pass_time(self, now: float) -> None:
        """Count the time since the last look as what it was waited for."""
        if self.for_cooldown:
            self.cooled += now - self.looked
        self.looked = now


class Turns:
    """The queue of one gateway.

    Attributes:
        longest: seconds until a slot is free that are worth waiting for.
    """

    def __init__(self, state: State, longest: float) -> None:
        self.longest = longest
        self._state = state
        self._waiting: list[_Waiting] = []
        self._one_round = asyncio.Lock()
        self._alarm: asyncio.TimerHandle | None = None
        self._rounds: set[asyncio.Task[None]] = set()
        self._last_turn: OrderedDict[str, int] = OrderedDict()
        self._turns = itertools.count(1)

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return len(self._waiting)

    async def next(self, task: str, candidates: Sequence[Candidate], *, tools: bool, patience: float) -> Go | Stay:
        """The first candidate that may be asked, when it may; or why none may in time.

        Args:
            task: who asks; tasks take turns.
            candidates: in order of preference, at least one.
            tools: whether the call has tools.
            patience: seconds that the call may still wait for cooldowns. For the pace of a limit it waits as long
                as it takes, as long as the next slot is no more than `longest` away: its turn comes.
        """
        loop = asyncio.get_running_loop()
        me = _Waiting(task, candidates, tools, patience, loop.create_future(), loop.time(), loop.time())
        self._waiting.append(me)
        self.changed()
        try:
            return await me.result
        finally:
            self._leave(me)

    def changed(self) -> None:
        """Something may be free that was not: look again."""
        if self._waiting:
            # A task of its own: a caller that hangs up must not break off the round of all others.
            task = asyncio.get_running_loop().create_task(self._round())
            self._rounds.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._rounds.discard(task)
        error = None if task.cancelled() else task.exception()
        for one in list(self._waiting) if error is not None else ():
            self._leave(one)
            if error is not None and not one.result.done():
                one.result.set_exception(error)

    async def _round(self) -> None:
        """Let go whoever can, in order, and set the alarm for the next time that somebody may."""
        async with self._one_round:
            known: dict[Name, Held] = {}
            soonest = math.inf
            for one in self._in_order():
                if not await self._try(one, known):
                    held = [known[one.name(candidate)] for candidate in one.candidates]
                    if not self._dismiss(one, held):
                        soonest = min(soonest, _soonest(held).seconds)
            self._set_alarm(soonest)

    async def _try(self, one: _Waiting, known: dict[Name, Held]) -> bool:
        """Let a call go if a candidate is free that was not found held in this round already."""
        candidates = [candidate for candidate in one.candidates if one.name(candidate) not in known]
        # Most often the first one is free: nobody looks at the others then.
        return await self._take(one, candidates[:1], known) or await self._take(one, candidates[1:], known)

    async def _take(self, one: _Waiting, candidates: Sequence[Candidate], known: dict[Name, Held]) -> bool:
        if not candidates:
            return False
        taken = await self._state.take([candidate.need(tools=one.tools) for candidate in candidates])
        if not isinstance(taken, Taken):
            known.update(zip(map(one.name, candidates), taken, strict=True))
            return False
        if one.result.done():  # it left while its slot was taken
            await self._state.give_back(taken.ticket)
            return True
        now = asyncio.get_running_loop().time()
        one.pass_time(now)
        self._leave(one)
        self._remember(one.task)
        waited = now - one.since if one.held else 0.0  # what the gateway itself takes is no wait for limits
        one.result.set_result(Go(candidates[taken.index], taken.ticket, waited, one.cooled))
        return True

    def _dismiss(self, one: _Waiting, held: Sequence[Held]) -> bool:
        """Send a call away that would wait too long; otherwise note what it waits for."""
        if one.result.done():
            return True
        now = asyncio.get_running_loop().time()
        one.pass_time(now)
        first = _soonest(held)
        one.held = True
        one.for_cooldown = first.cooldown is not None
        if first.seconds <= (one.patience - one.cooled if one.for_cooldown else self.longest):
            return False
        self._leave(one)
        why = {candidate.id: each for candidate, each in zip(one.candidates, held, strict=True)}
        one.result.set_result(Stay(why, now - one.since, one.cooled))
        return True

    def _leave(self, one: _Waiting) -> None:
        if one in self._waiting:
            self._waiting.remove(one)

    def _in_order(self) -> list[_Waiting]:
        """The oldest call of each task, then the second ones, …"""
        before: Counter[str] = Counter()
        ranks: list[tuple[int, int, _Waiting]] = []
        for one in self._waiting:
            ranks.append((before[one.task], self._last_turn.get(one.task, 0), one))
            before[one.task] += 1
        return [one for _, _, one in sorted(ranks, key=lambda rank: rank[:2])]

    def _remember(self, task: str) -> None:
        self._last_turn[task] = next(self._turns)
        self._last_turn.move_to_end(task)
        if len(self._last_turn) > _REMEMBERED:
            self._last_turn.popitem(last=False)

    def _set_alarm(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        finite = math.isfinite(seconds)
        self._alarm = asyncio.get_running_loop().call_later(seconds + _LATE, self.changed) if finite else None


def _soonest(held: Iterable[Held]) -> Held:
    return min(held, key=lambda one: one.seconds)
