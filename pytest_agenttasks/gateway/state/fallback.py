"""A place that may fail, and the memory of this process that takes over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from pytest_agenttasks.gateway.state.base import Cooldown, Held, Need, Spent, State, StateError, Taken, Window
from pytest_agenttasks.gateway.state.sqlite import SqliteState

MEANING = "limits are known to this run only (another place: AGENTTASKS_STATE or agenttasks_state)"
"""What it means for the user that a place cannot be used."""

T = TypeVar("T")


class FallbackState:
    """A `State` that goes on in memory once its place has failed, with all that was noted through it before.

    So it notes everything twice. What other processes noted is lost to it with the place. It does not go back.
    """

    def __init__(self, place: State, trouble: Callable[[str], None]) -> None:
        """Use a place; `trouble` is told once, in one line, when it fails."""
        self._place = place
        self._memory = SqliteState()
        self._trouble = trouble
        self._lost = False

    @property
    def where(self) -> str:
        """For people: the place, and after it has failed what stands in for it."""
        return f"memory, in place of {self._place.where}" if self._lost else self._place.where

    async def take(self, needs: Sequence[Need]) -> Taken | list[Held]:
        """See `State`."""
        if not self._lost:
            try:
                taken = await self._place.take(needs)
            except StateError as error:
                self._lose(error)
            else:
                if isinstance(taken, Taken):
                    await self._memory.note(needs[taken.index], taken.ticket)
                return taken
        return await self._memory.take(needs)

    async def give_back(self, ticket: str) -> None:
        """See `State`."""
        await self._note(lambda state: state.give_back(ticket))

    async def cool(self, key: str, cooldown: Cooldown) -> None:
        """See `State`."""
        await self._note(lambda state: state.cool(key, cooldown))

    async def cooldowns(self, keys: Collection[str]) -> Mapping[str, Cooldown]:
        """See `State`."""
        return await self._ask(lambda state: state.cooldowns(keys))

    async def answered(self, keys: Collection[str]) -> bool:
        """See `State`."""
        return await self._note(lambda state: state.answered(keys))

    async def log(self, key: str, seconds: float) -> list[float]:
        """See `State`."""
        return await self._ask(lambda state: state.log(key, seconds))

    async def learn(self, window: Window, lifetime: float) -> None:
        """See `State`."""
        await self._note(lambda state: state.learn(window, lifetime))

    async def used(self, window: Window) -> int:
        """See `State`."""
        return await self._ask(lambda state: state.used(window))

    async def spend(self, run: str, call: str, model: str, usd: float | None, tokens: int) -> None:
        """See `State`."""
        await self._note(lambda state: state.spend(run, call, model, usd, tokens))

    async def spent(self, run: str) -> Spent:
        """See `State`."""
        return await self._ask(lambda state: state.spent(run))

    async def close(self) -> None:
        """See `State`."""
        await self._memory.close()
        await self._place.close()

    async def _ask(self, do: Callable[[State], Awaitable[T]]) -> T:
        """The answer of the place, or of what stands in for it."""
        if not self._lost:
            try:
                return await do(self._place)
            except StateError as error:
                self._lose(error)
        return await do(self._memory)

    async def _note(self, do: Callable[[State], Awaitable[T]]) -> T:
        """The same, and the memory is told in any case."""
        in_memory = await do(self._memory)
        if self._lost:
            return in_memory
        try:
            return await do(self._place)
        except StateError as error:
            self._lose(error)
            return in_memory

    def _lose(self, error: StateError) -> None:
        # Other calls may be under way there: it is closed at the end.
        if not self._lost:
            self._lost = True
            self._trouble(f"{error}; {MEANING}")
