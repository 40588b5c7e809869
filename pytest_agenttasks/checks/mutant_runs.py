"""Run tests on mutants of a file: a program that a check starts in the workspace, never imported.

    python -P start.py mutant_runs ORDER      (a JSON file: `of`, `arguments`, `mutants`, `seconds`)

A session of pytest runs up to where it first opens the file, and is forked there: for the unchanged code, for the same
with a comment more, and for each mutant. All before that is done once: a run then takes a third of the time. Where that
cannot be, each is a session from its start, in a fork that need not import pytest.

Beside ORDER there will be `mutants`, one JSON object a line as things happen, and for each run the record of
`launcher.py`. The first process never runs code of the workspace.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from pytest_agenttasks.checks.mutant_forks import BROKEN, DONE, Ended
from pytest_agenttasks.checks.mutant_kinds import Mutant
from pytest_agenttasks.checks.mutant_sessions import HERE, Run, Sessions
from pytest_agenttasks.checks.mutants import Source, sample

TIMES, PLUS_CPU, TIMES_WALL, PLUS_WALL = 5, 0.5, 10, 5.0
"""Limits of a mutant: so many times what the unchanged code took, and so many seconds more. What runs in circles uses
up its processor time, which does not depend on how busy the machine is; the wall clock is for what waits."""


class Runs:
    """Everything that is done for one order."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._count = order["mutants"]
        self._deadline: float = time.monotonic() + order["seconds"]
        self._sessions = Sessions(order["of"], order["arguments"], self._deadline)

    def all(self) -> None:
        """The unchanged code; the same with a comment more; the mutants."""
        clean = self._sessions.first(lambda clean, run: self._changed(clean, run, last=False))
        if clean.exit_code == DONE:
            return
        if clean.exit_code == BROKEN:
            clean = self._sessions.clean()
        self._changed(clean, self._sessions.changed)

    def _over(self) -> bool:
        return time.monotonic() >= self._deadline

    def _changed(self, clean: Ended, run: Run, last: bool = True) -> bool:
        """Note how the unchanged code ended, and try all where it passed; False as for `_try`."""
        note("clean", **vars(clean))
        try:
            source = Source(self._sessions.original())
            chosen = sample(source, self._count)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
            note("unreadable", reason=f"{type(error).__name__}: {error}")
            return True
        note("chosen", count=len(chosen), possible=len(source.mutants()))
        if clean.exit_code != 0 or not chosen or self._over():
            return True
        return self._try(source, chosen, run, last)

    def _try(self, source: Source, chosen: list[Mutant], run: Run, last: bool) -> bool:
        """Try all; False if the tests fail on a source that means the same, which is noted only on the `last` try."""
        same = run("same", source.same())
        if self._over():
            return True
        if last or same.exit_code == 0:
            note("same", **vars(same))
        if same.exit_code != 0:
            return False
        cpu = max(1, round(TIMES * same.cpu + PLUS_CPU))
        wall = TIMES_WALL * same.seconds + PLUS_WALL
        missing = set(json.loads((HERE / "missing").read_bytes()))
        for number, mutant in enumerate(chosen):
            before, after = source.change(mutant)
            told = {"line": mutant.line, "shown": mutant.shown, "before": before, "after": after}
            if mutant.statement in missing:
                note("mutant", covered=False, exit_code=0, **told)
                continue
            ended = run(f"mutant{number}", source.mutated(mutant), cpu=cpu, wall=wall)
            if self._over():
                break  # it may have been ended by the limit for all, and not by its own
            note("mutant", covered=True, exit_code=ended.exit_code, **told)
        return True


def note(kind: str, **facts: Any) -> None:
    """Note what happened."""
    with (HERE / "mutants").open("a", encoding="ascii") as file:
        file.write(json.dumps({"kind": kind, **facts}) + "\n")


def main() -> None:
    """Do what is asked, and note that it was done."""
    order = json.loads(Path(sys.argv[1]).read_bytes())
    Runs(order).all()
    note("finished")
