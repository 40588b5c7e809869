"""Items dealt to simulated workers by the real xdist."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from xdist.scheduler import LoadScheduling  # type: ignore[import-untyped]


class _Config:
    """What the scheduler asks of pytest."""

    def __init__(self, workers: int, chunk: int | None) -> None:
        self._workers = workers
        self._chunk = chunk

    def getoption(self, name: str) -> int | None:
        """Give `maxschedchunk`, the only one that it asks for."""
        assert name == "maxschedchunk"
        return self._chunk

    def getvalue(self, name: str) -> list[str]:
        """Give the workers by specification."""
        assert name == "tx"
        return ["popen"] * self._workers


class _Quiet:
    """A log that nobody reads."""

    def __getattr__(self, name: str) -> _Quiet:
        return self

    def __call__(self, *given: object) -> None:
        pass


class Worker:
    """A worker as xdist's `WorkerInteractor`: it begins an item when it knows what comes next, or that nothing does."""

    def __init__(self, begin: Callable[[Worker, int], None], number: int) -> None:
        self._begins = begin
        self._waiting: deque[int] = deque()
        self._busy = False
        self.shutting_down = False
        self.gateway = type("Gateway", (), {"id": f"gw{number}"})

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        """Take items; what xdist calls."""
        self._waiting.extend(indices)
        self._begin()

    def shutdown(self) -> None:
        """Nothing more will come; what xdist calls."""
        self.shutting_down = True
        self._begin()

    def end(self) -> None:
        """The item has ended: go on."""
        self._busy = False
        self._begin()

    def _begin(self) -> None:
        if not self._busy and len(self._waiting) >= (1 if self.shutting_down else 2):
            self._busy = True
            self._begins(self, self._waiting.popleft())


class Dealing:
    """xdist's `LoadScheduling` over simulated workers, told what happens as xdist's `DSession` tells it."""

    def __init__(self, items: int, workers: int, chunk: int | None, begin: Callable[[Worker, int], None]) -> None:
        """Prepare to deal.

        Args:
            items: how many there are.
            workers: to whom.
            chunk: `--maxschedchunk`.
            begin: is told of each worker that begins an item, and of the item's index.
        """
        self._workers: list[Any] = [Worker(begin, number) for number in range(workers)]
        self._scheduler = LoadScheduling(_Config(workers, chunk), _Quiet())
        for worker in self._workers:
            self._scheduler.add_node(worker)
        names = [str(index) for index in range(items)]
        for worker in self._workers:
            self._scheduler.add_node_collection(worker, names)

    def start(self) -> None:
        """Deal what is dealt at the beginning."""
        self._scheduler.schedule()
        self._shut_down()

    def ended(self, worker: Worker, index: int, seconds: float) -> None:
        """An item has ended after so many seconds."""
        worker.end()
        self._scheduler.mark_test_complete(worker, index, seconds)
        self._shut_down()

    def _shut_down(self) -> None:
        if self._scheduler.tests_finished:
            for worker in self._workers:
                if not worker.shutting_down:
                    worker.shutdown()
