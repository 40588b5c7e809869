"""Who goes next when there is less room than calls: on a real state in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from pytest_agenttasks.gateway.candidates import Candidate, candidates_of
from pytest_agenttasks.gateway.state import Cooldown, Held, Need, State, StateError, Taken, open_state
from pytest_agenttasks.gateway.state.sqlite import SqliteState
from pytest_agenttasks.gateway.turns import Go, Stay, Turns
from pytest_agenttasks.models import Limit, Preset, Quota

LONGEST = 5.0


def preset(name: str, *limits: Limit) -> Preset:
    quotas = (Quota("q", "model", limits),) if limits else ()
    return Preset(name, f"openai/{name}", api_base="http://127.0.0.1:1/v1", quotas=quotas)


def candidate(name: str, *limits: Limit) -> Candidate:
    return candidates_of([preset(name, *limits)])[0]


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Turns, State]]:
    state = await open_state("memory", pytest.fail)
    yield Turns(state, LONGEST), state
    await state.close()


def run(test: Callable[[Turns, State], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with opened() as (turns, state):
            await asyncio.wait_for(test(turns, state), 20)

    asyncio.run(inside())


def cooled(seconds: float) -> Cooldown:
    return Cooldown(seconds, "rate_limited", "unavailable", 429)


async def ask(turns: Turns, task: str, candidates: Sequence[Candidate], patience: float = LONGEST) -> Go | Stay:
    return await turns.next(task, candidates, tools=False, patience=patience)


def test_the_first_free_one_goes_at_once() -> None:
    async def test(turns: Turns, state: State) -> None:
        a, b = candidate("a"), candidate("b")
        await state.cool(a.key_of("model"), cooled(60))
        turn = await ask(turns, "t", [a, b])
        assert isinstance(turn, Go)
        assert (turn.candidate, turn.cooled) == (b, 0)

    run(test)


def test_tasks_take_turns_whatever_each_has_waiting() -> None:
    """One task asks four times at once, another one once, later: it is second, not fifth."""

    async def test(turns: Turns, state: State) -> None:
        one = candidate("a", Limit(1, 0.05))
        order: list[str] = []

        async def call(task: str) -> None:
            assert isinstance(await ask(turns, task, [one]), Go)
            order.append(task)

        calls = [asyncio.create_task(call(task)) for task in ("greedy", "greedy", "greedy", "greedy", "modest")]
        await asyncio.gather(*calls)
        assert order == ["greedy", "modest", "greedy", "greedy", "greedy"]

    run(test)


def test_a_window_is_never_overdrawn_and_waits_are_no_waits_for_cooldowns() -> None:
    async def test(turns: Turns, state: State) -> None:
        one = candidate("a", Limit(3, 0.2))
        loop = asyncio.get_running_loop()
        times: list[float] = []

        async def call(number: int) -> Go:
            turn = await ask(turns, f"t{number}", [one], patience=0)
            times.append(loop.time())
            assert isinstance(turn, Go)
            return turn

        went = await asyncio.gather(*map(call, range(9)))
        assert all(turn.cooled == 0 for turn in went)
        assert max(turn.waited for turn in went) >= 0.4
        assert all(times[n + 3] - times[n] >= 0.19 for n in range(6))

    run(test)


def test_nobody_waits_for_what_comes_too_late() -> None:
    async def test(turns: Turns, state: State) -> None:
        a, b = candidate("a"), candidate("b", Limit(1, LONGEST + 60))
        await state.cool(a.key_of("model"), cooled(30))
        assert isinstance(await ask(turns, "t", [b]), Go)
        turn = await ask(turns, "t", [a, b])
        assert isinstance(turn, Stay)
        first, second = turn.held[a.id], turn.held[b.id]
        assert first.cooldown is not None
        assert first.cooldown.reason == "rate_limited"
        assert second.window is not None
        assert second.seconds > LONGEST
        assert turns.waiting == 0

    run(test)


def test_after_a_cooldown_one_goes_first_and_the_others_when_it_was_answered() -> None:
    async def test(turns: Turns, state: State) -> None:
        one = candidate("a")
        await state.cool(one.key_of("model"), cooled(0.05))
        calls = [asyncio.create_task(ask(turns, f"t{n}", [one])) for n in range(5)]
        done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert (len(done), turns.waiting) == (1, 4)
        assert await state.answered(one.scopes(tools=False))
        turns.changed()
        turns_of_others = await asyncio.gather(*waiting)
        assert all(isinstance(turn, Go) for turn in turns_of_others)
        assert turns.waiting == 0

    run(test)


def test_a_caller_that_leaves_takes_no_slot() -> None:
    async def test(turns: Turns, state: State) -> None:
        one = candidate("a", Limit(1, 0.1))
        assert isinstance(await ask(turns, "t", [one]), Go)
        leaving = asyncio.create_task(ask(turns, "t", [one]))
        staying = asyncio.create_task(ask(turns, "u", [one]))
        await asyncio.sleep(0)
        leaving.cancel()
        assert isinstance(await staying, Go)
        assert turns.waiting == 0
        assert len(await state.log(one.key_of("model"), 60)) == 2

    run(test)


def test_what_one_waits_for_does_not_hold_up_those_who_can_go() -> None:
    async def test(turns: Turns, state: State) -> None:
        a, b = candidate("a", Limit(1, 0.5)), candidate("b")
        await ask(turns, "t", [a])
        waiting = asyncio.create_task(ask(turns, "t", [a]))
        await asyncio.sleep(0)
        free = await ask(turns, "u", [b])
        assert isinstance(free, Go)
        assert not waiting.done()
        waiting.cancel()

    run(test)


def test_a_state_that_breaks_is_told_to_all_who_wait() -> None:
    async def test(turns: Turns, state: State) -> None:
        broken = Turns(Broken(), LONGEST)
        calls = [asyncio.create_task(ask(broken, "t", [candidate("a")])) for _ in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [str(one) for one in results] == ["gone with 1"] * 3

    run(test)


class Broken(SqliteState):
    """A state that fails when it is asked."""

    async def take(self, needs: Sequence[Need]) -> Taken | list[Held]:
        raise StateError(f"gone with {len(needs)}")
