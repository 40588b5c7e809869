"""What is told of a task while it is done: events for those who watch, and its calls in case its worker is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_agenttasks.processes import name_of
from pytest_agenttasks.runs import Events, Transcript
from pytest_agenttasks.scrub import scrubbed

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_agenttasks.calls import Exchange
    from pytest_agenttasks.results import TaskResult


class Progress:
    """Tells of one task. A session's listener; several threads may tell at once."""

    def __init__(self, events: Events, task: str, *, live: bool, process: str = "") -> None:
        """Tell of a task.

        Args:
            events: of this process.
            task: its slug.
            live: whether models are really asked. What is replayed is in the cassette and needs no transcript.
            process: with whose end nothing more is told of the task; empty: this one.
        """
        self._process = process or name_of()
        self._events, self._task = events, task
        self._live = live
        self._lock = threading.Lock()
        self._transcript: Transcript | None = None

    def began(self, content: Mapping[str, str]) -> None:
        """This process does the task.

        Args:
            content: hashes of what its outcome depends on.
        """
        self._tell("began", process=self._process, content=content)

    def phase(self, name: str) -> None:
        """A part of the work begins: `workspace`, `agent` or `checks`; or `done`, with the agent's before its turn."""
        self._tell("phase", phase=name)

    def keep_calls(self, folder: Path, scrub: Callable[[str], str]) -> None:
        """Write down the calls from now on.

        Args:
            folder: of the task, in the run folder.
            scrub: takes secrets out of a text.
        """
        if self._live:
            self._transcript = Transcript(folder, lambda value: scrubbed(value, scrub))

    def asking(self, number: int) -> None:
        """A call is made."""
        if self._live:
            self._tell("asking", call=number)

    def answered(self, number: int, exchange: Exchange) -> None:
        """A call is over. On a full disk no more is written down; the task tells of it when its work is kept."""
        self._call(number, exchange)
        with self._lock:
            if self._transcript is not None:
                try:
                    self._transcript.add(exchange)
                    self._events.grown(self._transcript.path)
                except OSError:
                    self._transcript = None

    def of_judges(self) -> JudgesProgress:
        """What is told of the calls of judges: they are no part of the agent's work."""
        return JudgesProgress(self._call)

    def _call(self, number: int, exchange: Exchange, **more: object) -> None:
        facts = exchange.facts
        sent = [attempt for attempt in facts.attempts if attempt.sent]
        self._tell(
            "call",
            call=number,
            live=self._live,
            model=facts.answered_by,
            refused=exchange.refused,
            tokens=sum(exchange.tokens),
            cost_usd=facts.cost_usd,
            waited_s=round(facts.waited_s, 3),
            limited=sum(attempt.limited for attempt in sent),
            moved=sum(a.model != b.model for a, b in pairwise(sent)),
            **more,
        )

    def waiting(self, until: float) -> None:
        """A used-up quota is waited for."""
        self._tell("waiting", until=until)

    def ended(self, result: TaskResult) -> None:
        """The task has its outcome."""
        resumed = bool(result.resumed_from)
        self._tell("ended", outcome=result.outcome.value, seconds=result.seconds, resumed=resumed)

    def _tell(self, event: str, **more: object) -> None:
        self._events.tell(event, self._task, **more)


class JudgesProgress:
    """A listener of the sessions of judges."""

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call

    def asking(self, number: int) -> None:
        """A judge is asked, which is part of the checks."""

    def answered(self, number: int, exchange: Exchange) -> None:
        """It has answered, or not."""
        self._call(number, exchange, judge=True)
