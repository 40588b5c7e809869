"""events/<worker>.jsonl: what a worker is doing, a line each time something begins or ends.

Each line is written with one call, so that a reader beside it, and a kill, find whole lines; after a crash of the
machine the last one may be torn.

Members of each: `at` (seconds since the epoch), `event`, and `task` (its slug). Further ones:

- `began`: `process`, the worker as `processes.name_of` names it, or the controller where that is who writes for it;
  `content`, hashes of what the outcome depends on.
- `phase`: `phase`, which is `workspace`, `agent`, `checks`, or `done` between the last two where the agent has worked
  ahead of the task's turn.
- `asking`: `call`, its number from 1. Only where models are really asked.
- `call`: `call`; `live`, whether it was really asked; `model` that answered, null for none, then `refused` says why;
  `tokens`; `cost_usd`, null if unknown; `waited_s` for limits; `limited`, the number of 429s; `moved`, rotations;
  `judge`, true where a judge asked and not the agent.
- `waiting`: `until` when a quota is waited for, in seconds since the epoch.
- `ended`: `outcome`, `seconds`; `resumed`, whether it is an earlier run's outcome. Then nothing was begun.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_agenttasks.results import Json

FOLDER = "events"

DONE = "done"
"""The phase of a task that waits for its turn, its agent's work done."""


class Events:
    """The events of one process in one run. What cannot be written is lost: no task fails for want of a watcher."""

    def __init__(self, run: Path, worker: str, grown: Callable[[Path], object] | None = None) -> None:
        """Write below a run folder, once it is there: where tasks are only looked at, it never is.

        Args:
            run: the run folder.
            worker: xdist's name of this process; `main` without xdist.
            grown: is called with a file of the run folder each time that something was appended to it.
        """
        self.grown: Callable[[Path], object] = grown or (lambda _: None)
        self.path = run / FOLDER / f"{worker}.jsonl"
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def tell(self, event: str, task: str, **more: object) -> None:
        """Write a line."""
        line = json.dumps({"at": round(time.time(), 6), "event": event, "task": task, **more})
        with self._lock:
            try:
                os.write(self._opened(), f"{line}\n".encode())
                self.grown(self.path)
            except OSError:
                return

    def _opened(self) -> int:
        if self._descriptor is None:
            self.path.parent.mkdir(exist_ok=True)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return self._descriptor


class EventReader:
    """Reads the events of a run that may still be running, each once."""

    def __init__(self, run: Path) -> None:
        self._folder = run / FOLDER
        self._read: dict[Path, int] = {}

    def new(self) -> list[tuple[str, Json]]:
        """What was written since the last call, in the order of time: the worker's name and the event."""
        found = [(file.stem, event) for file in sorted(self._folder.glob("*.jsonl")) for event in self._of(file)]
        return sorted(found, key=lambda one: one[1]["at"])

    def _of(self, file: Path) -> Iterator[Json]:
        start = self._read.get(file, 0)
        try:
            with file.open("rb") as lines:
                lines.seek(start)
                data = lines.read()
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read[file] = start + len(whole)
        yield from filter(None, map(_event, whole.splitlines()))


def _event(line: bytes) -> Json | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and _is_whole(event) else None


def _is_whole(event: Json) -> bool:
    texts = isinstance(event.get("event"), str) and isinstance(event.get("task"), str)
    return texts and isinstance(event.get("at"), int | float) and isinstance(event.get("content", {}), dict)
