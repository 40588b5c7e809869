"""An event loop whose clock leaps: what waits for a time is woken at once, and it is that time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Leap(selectors.DefaultSelector):
    """Lets time pass in place of waiting for files."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready at the end of that time, which is now."""
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing is left that could happen")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at 0 s. For coroutines that wait for times and for each other, and for nothing outside."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Seconds since the begin."""
        return self._leap.now


def simulate(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, its waits passed at once."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
