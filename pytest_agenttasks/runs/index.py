"""index.sqlite: what all runs of a project came to, for the runs that follow.

It is made from the run folders, which are the truth: delete it, and it is made again. A run that is over is read once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs.reading import Run, read_run, runs_in

if TYPE_CHECKING:
    import sqlite3

NAME = "index.sqlite"

VERSION = 2
"""Of the tables; an index of another version is made anew."""

SECONDS = 30.0
"""How long another run is waited for."""

LAST = 5
"""Runs of a task whose median length is expected of the next one."""

_TABLES = """
create table runs (run text primary key) without rowid;
create table attempts (run text, slug text, outcome text, cassette text, ended real, seconds real, crashes integer,
                       asked text, content text, primary key (run, slug)) without rowid;
create index of_task on attempts (slug, run);
"""

_PUT = "insert or replace into attempts values (?, ?, ?, ?, ?, ?, ?, ?, ?)"

_GET = "select run, slug, outcome, cassette, ended, seconds, crashes, asked, content from attempts"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one run made of one task.

    Attributes:
        run: its id.
        slug: the task's.
        outcome: the task's; `unfinished` where the run was killed in the middle of it, `resumed` where the run took
            over an earlier pass.
        cassette: `replayed`, `recorded`, `live` or `none`; empty where it is unfinished.
        ended: seconds since the epoch; when it began where it is unfinished; 0 where neither is known.
        seconds: of work, without waits for limits.
        crashes: how often its worker died in the middle of it.
        asked: full ids that were asked and answered.
        content: hashes of what the outcome depends on.
    """

    run: str
    slug: str
    outcome: str
    cassette: str = ""
    ended: float = 0.0
    seconds: float = 0.0
    crashes: int = 0
    asked: tuple[str, ...] = ()
    content: dict[str, str] = field(default_factory=dict)


class Index:
    """The index of a project. Where it can neither be read nor written, what it says is made in memory."""

    def __init__(self, base: Path, patience: float = SECONDS) -> None:
        """Name it.

        Args:
            base: the folder `.agenttasks`.
            patience: seconds for which another run that is reading the folders, too, is waited for.
        """
        self._base = base
        self._patience = patience

    def attempts(self) -> list[Attempt]:
        """What is known of all runs that are there, what ended last first; of a run that goes on, what has ended."""
        import sqlite3

        path = self._base / NAME
        try:
            return self._read(path)
        except (sqlite3.Error, ValueError, TypeError) as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY":
                with suppress(OSError):
                    path.unlink()  # it is damaged, or of another version
        try:
            return self._read(path)
        except sqlite3.Error:  # read-only, full, or another run takes its time
            return self._read(":memory:")

    def _read(self, path: Path | str) -> list[Attempt]:
        import sqlite3

        with closing(sqlite3.connect(path, timeout=self._patience)) as database:
            _prepare(database)
            with database:
                going_on = self._sync(database)
            rows = database.execute(_GET).fetchall()
        known = [_attempt_of(row) for row in rows]
        # Not by run alone: of two at once the one that began later may have ended a task before the other one did.
        return sorted([*known, *going_on], key=lambda one: (one.ended, one.run), reverse=True)

    def _sync(self, database: sqlite3.Connection) -> list[Attempt]:
        """Read what is new; gives the attempts of runs that are not over."""
        there = {path.name: path for path in runs_in(self._base)}
        known = {run for (run,) in database.execute("select run from runs")}
        for gone in known - there.keys():
            database.execute("delete from runs where run = ?", (gone,))
            database.execute("delete from attempts where run = ?", (gone,))
        going_on: list[Attempt] = []
        for name in sorted(there.keys() - known):
            run = read_run(there[name])
            if run.facts is None or not run.over:  # one that has just begun has no run.json yet
                going_on += _attempts(run)
                continue
            database.executemany(_PUT, map(_row, _attempts(run)))
            database.execute("insert or replace into runs values (?)", (name,))
        return going_on


def expected_seconds(attempts: list[Attempt], *, replayed: bool) -> dict[str, float]:
    """How long each task takes, by its slug: the median of its last runs of that kind that came to an end.

    Args:
        attempts: the youngest first.
        replayed: whether of replays; else of work for which models were asked, or that asks none.
    """
    found: dict[str, list[float]] = {}
    for one in attempts:
        fits = one.outcome in ("passed", "failed") and (one.cassette == "replayed") is replayed
        if fits and len(found.setdefault(one.slug, [])) < LAST:
            found[one.slug].append(one.seconds)
    return {slug: median(seconds) for slug, seconds in found.items()}


def _prepare(database: sqlite3.Connection) -> None:
    """Make the tables.

    Raises:
        DatabaseError: it is damaged, or of another version.
    """
    import sqlite3

    # Two runs that begin at once: the second one finds the tables of the first.
    database.execute("begin immediate")
    (version,) = database.execute("pragma user_version").fetchone()
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"version {version}")
    if version == 0:
        for statement in filter(str.strip, _TABLES.split(";")):
            database.execute(statement)
        database.execute(f"pragma user_version = {VERSION}")
    database.commit()


def _attempts(run: Run) -> Iterator[Attempt]:
    for result in run.results:
        yield _attempt(run.id, result)
    # Without xdist the process that was killed is the one that did the task.
    died = run.state == "killed" and run.facts is not None and not run.facts.workers
    for task in run.unfinished if run.over else ():
        begun = run.begun[task.slug]
        yield Attempt(run.id, task.slug, "unfinished", ended=begun.at, crashes=int(died), content=begun.content)


def _attempt(run: str, result: TaskResult) -> Attempt:
    return Attempt(
        run,
        result.slug,
        "resumed" if result.resumed_from and result.outcome is Outcome.PASSED else result.outcome.value,
        result.cassette,
        result.ended,
        max(result.seconds - result.wait_s, 0.0),
        result.crashes,
        tuple(dict.fromkeys(use.asked for use in result.told_models if use.answers)),
        result.content,
    )


def _attempt_of(row: tuple[Any, ...]) -> Attempt:
    *plain, asked, content = row
    values = (*plain, tuple(json.loads(asked)), json.loads(content))
    return Attempt(*values)


def _row(one: Attempt) -> tuple[object, ...]:
    told = (one.run, one.slug, one.outcome, one.cassette, one.ended, one.seconds, one.crashes)
    return (*told, json.dumps(one.asked), json.dumps(one.content, sort_keys=True))
