"""Which model answers a call: the first of its chain that is free; what follows a failure."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, get_args

from pytest_agenttasks.gateway.candidates import Candidate, longest_cooldown
from pytest_agenttasks.gateway.error_policy import Ends, Row, judge
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.learning import Learning, jittered, tells_of_limit
from pytest_agenttasks.gateway.progress import Call, Progress, Served, Trouble, Unserved, shown
from pytest_agenttasks.gateway.reliability import Reliability
from pytest_agenttasks.gateway.resets import used_up
from pytest_agenttasks.gateway.spending import Spending
from pytest_agenttasks.gateway.state import Held, State
from pytest_agenttasks.gateway.turns import Go, Stay, Turns
from pytest_agenttasks.gateway.upstream import Answer

_log = logging.getLogger(__name__)

TRIES_PER_MODEL = 3
"""Failed attempts at one model that a call makes; refusals for a limit do not count, since waiting helps there."""

TRIES_PER_CALL = 24
"""Attempts; the time of a call is bounded by them, the caller's seconds and the gateway's longest wait."""

WORTH_TELLING = 1.0
"""Seconds of a wait from which on the log has it."""


_NO_PRICE = "its cost is not known, so no budget in dollars can bound it: give it a price in models.yaml"


class Ask(Protocol):
    """One attempt at one model."""

    def __call__(
        self, candidate: Candidate, body: dict[str, object], seconds: float, *, same_model: bool
    ) -> Awaitable[Answer | Failure]:
        """The answer, or why there is none."""


class Router:
    """Chooses, asks, judges, rotates, waits. One for the whole gateway."""

    def __init__(
        self,
        ask: Ask,
        state: State,
        max_wait: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a router.

        Args:
            ask: one attempt at one model.
            state: what is known of accounts, shared by all calls and other gateways.
            max_wait: seconds that one call may wait for cooldowns, all waits together.
            sleep: how it waits between two tries of one request.
            clock: seconds, from which limits are learnt and old failures forgiven.
        """
        self._ask = ask
        self._state = state
        self._max_wait = max_wait
        self._sleep = sleep
        self._learning = Learning(state, clock)
        self._reliability = Reliability(clock)
        self.spending = Spending(state)
        self.turns = Turns(state, max_wait)

    async def serve(self, call: Call) -> Served | Unserved:
        """Ask the models of the call's chain until one answers or none is left."""
        progress = Progress(call)
        await self._leave_out(progress)
        held: Mapping[tuple[str, str], Held] = {}
        while progress.tried < TRIES_PER_CALL and progress.left:
            over = await self.spending.over(call.bill)
            if over:
                return Unserved(progress.unanswered(), "budget", message=over)
            turn = await self._next(progress)
            if isinstance(turn, Stay):
                held = turn.held
                break
            served = await self._attempt(turn.candidate, turn.ticket, progress)
            if served is not None:
                return served
        return await self._end(progress, held)

    async def _next(self, progress: Progress) -> Go | Stay:
        """Wait for the turn of a candidate; those passed over that are no use are noted as tried in vain."""
        call, candidates = progress.call, self._in_order(progress.left, progress.call)
        patience = self._max_wait - progress.cooled
        turn = await self.turns.next(call.task, candidates, tools=call.tools, patience=patience)
        progress.wait(turn.waited, turn.cooled)
        if isinstance(turn, Go):
            if turn.waited > WORTH_TELLING:
                _log.info("%s: waited %.1f s for %s", call.requested, turn.waited, shown(turn.candidate))
            self._pass_over(progress, turn.candidate)
        return turn

    async def _leave_out(self, progress: Progress) -> None:
        """Find the candidates that are no use, before anything is asked."""
        call = progress.call
        unknown = await self.spending.unknown(call.bill)
        for candidate in progress.candidates:
            failure = _known_beforehand(candidate, tools=call.tools)
            if failure is not None:
                progress.useless[candidate.id] = failure
                progress.out.add(candidate.id)
            elif candidate.preset.model in unknown:
                progress.out.add(candidate.id)
                progress.failed[candidate.id] = Trouble(
                    shown(candidate), candidate.preset.model, "cost_unknown", "budget", message=_NO_PRICE
                )

    def _pass_over(self, progress: Progress, chosen: Candidate | None) -> None:
        """Note the useless candidates that come before the chosen one; all of them where none is chosen."""
        order = [one for one in progress.candidates if one.id in progress.useless or one == chosen]
        for candidate in self._in_order(order, progress.call):
            if candidate == chosen:
                return
            failure = progress.useless.pop(candidate.id)
            progress.failure(candidate, failure, judge(failure, time.time()).row)

    def _in_order(self, candidates: Sequence[Candidate], call: Call) -> list[Candidate]:
        """First the model of the conversation's last answer; behind all others those that keep failing."""
        return sorted(
            candidates,
            key=lambda one: (self._reliability.doubtful(one), call.last is not None and one.preset.model != call.last),
        )

    async def _attempt(self, candidate: Candidate, ticket: str, progress: Progress) -> Served | None:
        call = progress.call
        result = await self._ask(candidate, call.body, call.seconds, same_model=call.same_model(candidate.preset))
        if isinstance(result, Failure):
            await self._failed(candidate, ticket, result, progress)
            return None
        self._reliability.answered(candidate)
        facts = progress.answered(candidate, result)
        await self.spending.note(call.bill, candidate.preset.model, result)
        if await self._state.answered(candidate.scopes(tools=call.tools)):
            self.turns.changed()
        rest = used_up(result.headers, time.time())
        if rest:
            await self._learning.used_up(candidate, rest)
        return Served(result, facts)

    async def _failed(self, candidate: Candidate, ticket: str, failure: Failure, progress: Progress) -> None:
        verdict = judge(failure, time.time())
        row = verdict.row
        progress.failure(candidate, failure, row)
        _log.info(
            "%s: %s: %s (%s) %s",
            progress.call.requested,
            shown(candidate),
            row.reason,
            failure.http_status,
            failure.message,
        )
        if tells_of_limit(row):
            await self._state.give_back(ticket)
        else:
            progress.tries[candidate.id] += 1
        await self._learning.failed(candidate, verdict, failure.http_status)
        self._reliability.failed(candidate, row)
        self.turns.changed()
        if row.action == "give_up":
            progress.out |= {one.id for one in progress.candidates}
        elif row.action == "rotate":
            progress.out |= _out(candidate, row, progress.candidates)
        elif progress.tries[candidate.id] >= TRIES_PER_MODEL or (
            row.scope == "request" and not await self._pause(jittered(verdict.seconds), progress)
        ):
            progress.out.add(candidate.id)

    async def _pause(self, seconds: float, progress: Progress) -> bool:
        if progress.cooled + seconds > self._max_wait:
            return False
        progress.wait(seconds, seconds)
        await self._sleep(seconds)
        return True

    async def _end(self, progress: Progress, held: Mapping[tuple[str, str], Held]) -> Unserved:
        self._pass_over(progress, None)
        found = [await self._trouble(one, progress, held.get(one.id)) for one in progress.candidates]
        troubles = [one for one in found if one is not None]
        code = _code(troubles)
        times = [one.free_in for one in troubles if one.free_in is not None and one.ends == code]
        return Unserved(progress.unanswered(), code, troubles, min(times, default=None))

    async def _trouble(self, candidate: Candidate, progress: Progress, held: Held | None) -> Trouble | None:
        """Why it did not answer; None if the call's bound was reached before it was asked."""
        failed = progress.failed.get(candidate.id)
        if held is not None and held.window is not None:
            return Trouble(shown(candidate), candidate.preset.model, "out_of_pace", "quota", free_in=held.seconds)
        longest = await longest_cooldown(self._state, candidate, tools=progress.call.tools)
        if longest is None:
            return failed
        if failed is None or candidate.id not in progress.out:
            told = failed.message if failed else ""
            failed = Trouble(
                shown(candidate), candidate.preset.model, longest.reason, _ends(longest.ends), longest.status, told
            )
        return replace(failed, free_in=longest.seconds)


def _known_beforehand(candidate: Candidate, *, tools: bool) -> Failure | None:
    """What is wrong without asking."""
    preset = candidate.preset
    if candidate.lacks_key:
        return Failure(preset.model, "no_key", message=f"{candidate.account.variable} is not set", tools=tools)
    if tools and not preset.tools:
        return Failure(preset.model, "no_tools", message="models.yaml: tools: false", tools=True)
    return None


def _out(candidate: Candidate, row: Row, candidates: Sequence[Candidate]) -> set[tuple[str, str]]:
    """Whom a call asks no more after a verdict: what an account lacks another one may have."""
    if row.blame == "account":
        return {candidate.id}
    return {one.id for one in candidates if one.preset.name == candidate.preset.name}


def _code(troubles: Sequence[Trouble]) -> Ends:
    """The kind of end that says most: what passes by itself, then what passes at a time, then the rest."""
    order: tuple[Ends, ...] = (
        "litellm_unavailable", "unavailable", "quota", "budget", "context_length_exceeded", "content_filter",
        "tools_unsupported",
    )  # fmt: skip
    ends = {trouble.ends for trouble in troubles}
    return next((code for code in order if code in ends), "refused")


def _ends(code: str) -> Ends:
    """The end of a cooldown that another version may have written."""
    known: dict[str, Ends] = {one: one for one in get_args(Ends)}
    return known.get(code, "unavailable")
