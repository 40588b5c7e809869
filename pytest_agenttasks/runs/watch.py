"""A run as it can be seen from its folder, by whoever looks again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pytest_agenttasks.runs.events import EventReader
from pytest_agenttasks.runs.facts import NAME, RunFacts
from pytest_agenttasks.runs.reading import read_facts, read_run, state_of
from pytest_agenttasks.runs.status import RunStatus


class Watch:
    """Looks at one run.

    Attributes:
        path: the run folder.
        facts: of run.json, when it was last read; None as long as it is not there.
        status: by the events so far.
    """

    def __init__(self, path: Path) -> None:
        """Look for the first time."""
        self.path = path
        self._read = _changed(path)
        self.facts: RunFacts | None = read_facts(path)
        self.status = RunStatus(self.facts)
        self._events = EventReader(path)
        self.look()

    def look(self) -> bool:
        """Read what was told since the last look; gives whether there was anything."""
        events = self._events.new()
        self.status.add(events)
        return bool(events)

    def look_at_end(self) -> Literal["running", "ended", "killed", "elsewhere"]:
        """Look at run.json again: how the run stands. Once it is over, also at results whose end nobody told."""
        changed = _changed(self.path)
        if changed != self._read:
            self._read, self.facts = changed, read_facts(self.path) or self.facts
            if self.facts is not None:
                self.status.plan(self.facts)
        state = state_of(self.facts)
        if state in ("ended", "killed"):
            self.look()
            for result in read_run(self.path).results:
                self.status.settle(result.slug, result.outcome.value, result.seconds)
        return state

    @property
    def seen(self) -> float:
        """When the run was last seen: seconds since the epoch of its end, or of the last event."""
        if self.facts and self.facts.ended is not None:
            return self.facts.ended
        return self.status.latest[-1][1]["at"] if self.status.latest else self.facts.began if self.facts else 0.0


def _changed(path: Path) -> tuple[int, int, int] | None:
    """Differs after each change: the file is a new one then, and clocks of file systems are coarse."""
    try:
        stat = (path / NAME).stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
