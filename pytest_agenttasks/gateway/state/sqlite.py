"""What is known of accounts in SQLite: in a file that processes share, or in this process's memory.

Each method is one short transaction that holds the write lock from its beginning (`BEGIN IMMEDIATE`), so that what it
reads is still so when it writes. SQLite is called directly and not in a thread: a transaction takes about a tenth of a
millisecond, less than the way to a thread and back.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_agenttasks.gateway.resets import FARTHEST
from pytest_agenttasks.gateway.state import keeping
from pytest_agenttasks.gateway.state.base import PROBE, Cooldown, Held, Need, Spent, StateError, Taken, Window
from pytest_agenttasks.gateway.state.database import BUSY, connect, explained
from pytest_agenttasks.gateway.state.days import day_of
from pytest_agenttasks.gateway.state.mounts import on_network
from pytest_agenttasks.gateway.state.reading import Look, cooldowns

PRUNE = 600.0
"""Seconds between two looks for what is too old to matter."""


class SqliteState:
    """A `State` in SQLite, for one thread."""

    def __init__(self, file: Path | None = None, *, busy: float = BUSY, clock: Callable[[], float] = time.time) -> None:
        """Open a file or make it; None: in memory.

        Args:
            file: other processes may use it at the same time.
            busy: seconds to wait for another process that writes.
            clock: epoch seconds; the same for all who share the file.

        Raises:
            DamagedError: the file is broken.
            StateError: it cannot be opened or written, or is not of this version.
        """
        self.where = str(file) if file else "memory"
        self._clock = clock
        self._prune_at = 0.0
        self._file = file
        self._shared_by_machines = file is not None and on_network(file)
        self._database = connect(file, busy, "delete" if self._shared_by_machines else "wal")
        try:
            self._identity = self._find()
            with self._step():
                pass  # prunes, and shows whether the file can be written
        except StateError:
            self._database.close()
            raise

    async def take(self, needs: Sequence[Need]) -> Taken | list[Held]:
        """See `State`."""
        with self._step() as now:
            look = Look(self._database, {scope for need in needs for scope in need.scopes}, now)
            held = []
            for index, need in enumerate(needs):
                obstacle = look.obstacle(need)
                if obstacle is None:
                    ticket = secrets.token_hex(8)
                    self._count(need, ticket, now)
                    return Taken(index, ticket)
                held.append(obstacle)
            return held

    async def note(self, need: Need, ticket: str) -> None:
        """Count a request that was taken in another place, under its ticket there."""
        with self._step() as now:
            self._count(need, ticket, now)

    async def give_back(self, ticket: str) -> None:
        """See `State`."""
        with self._step():
            self._database.execute("DELETE FROM request WHERE ticket = ?", (ticket,))

    async def cool(self, key: str, cooldown: Cooldown) -> None:
        """See `State`."""
        with self._step() as now:
            self._database.execute(
                "INSERT INTO cooldown VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE SET"
                " until = excluded.until, reason = excluded.reason, ends = excluded.ends, status = excluded.status,"
                " strikes = excluded.strikes, probe = 0 WHERE probe OR until <= excluded.until",
                (key, now + cooldown.seconds, cooldown.reason, cooldown.ends, cooldown.status, cooldown.strikes),
            )

    async def cooldowns(self, keys: Collection[str]) -> Mapping[str, Cooldown]:
        """See `State`."""
        with self._step() as now:
            return cooldowns(self._database, keys, now)

    async def answered(self, keys: Collection[str]) -> bool:
        """See `State`."""
        with self._step() as now:
            forgotten = self._database.execute(
                "DELETE FROM cooldown WHERE (probe OR until <= ?) AND key IN (SELECT value FROM json_each(?))",
                (now, json.dumps(list(keys))),
            )
            return forgotten.rowcount > 0

    async def log(self, key: str, seconds: float) -> list[float]:
        """See `State`."""
        with self._step() as now:
            found = self._database.execute(
                "SELECT at FROM request WHERE key = ? AND at > ? ORDER BY at", (key, now - seconds)
            )
            return [now - at for (at,) in found]

    async def learn(self, window: Window, lifetime: float) -> None:
        """See `State`."""
        with self._step() as now:
            self._database.execute(
                "REPLACE INTO learnt VALUES (?, ?, ?, ?, ?)",
                (window.key, window.requests, window.seconds, window.zone, now + lifetime),
            )

    async def used(self, window: Window) -> int:
        """See `State`."""
        with self._step() as now:
            since = day_of(now, window.zone)[0] if window.zone else now - window.seconds
            found = self._database.execute(
                "SELECT count(*) FROM request WHERE key = ? AND at > ?", (window.key, since)
            ).fetchone()
            return int(found[0])

    async def spend(self, run: str, call: str, model: str, usd: float | None, tokens: int) -> None:
        """See `State`."""
        with self._step() as now:
            new = self._database.execute("INSERT OR IGNORE INTO call VALUES (?, ?, ?)", (run, call, now))
            if new.rowcount:
                self._database.execute(
                    "INSERT INTO spent VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (run, model) DO UPDATE SET"
                    " usd = usd + excluded.usd, tokens = tokens + excluded.tokens, calls = calls + 1,"
                    " unknown = unknown + excluded.unknown, at = excluded.at",
                    (run, model, usd or 0.0, tokens, usd is None, now),
                )

    async def spent(self, run: str) -> Spent:
        """See `State`."""
        with self._step():
            usd, tokens, calls = self._database.execute(
                "SELECT total(usd), coalesce(sum(tokens), 0), coalesce(sum(calls), 0) FROM spent WHERE run = ?", (run,)
            ).fetchone()
            unknown = self._database.execute("SELECT model FROM spent WHERE run = ? AND unknown > 0", (run,))
            return Spent(usd, tokens, calls, frozenset(model for (model,) in unknown))

    async def close(self) -> None:
        """See `State`."""
        self._database.close()

    @contextmanager
    def _step(self) -> Iterator[float]:
        """A transaction, and the time at which it happens."""
        if self._find() != self._identity:
            raise StateError(f"{self.where} has been replaced by another file")
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                now = self._clock()
                if not self._prune_at - PRUNE <= now < self._prune_at:
                    self._prune(now)
                yield now
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explained(error, self.where) from error

    def _find(self) -> tuple[int, int] | None:
        """Which file is there now: SQLite itself would go on with one that nobody else sees any more."""
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except OSError as error:
            raise StateError(f"{self.where} is gone ({error.strerror})") from error
        # A network file system may give a file that stays another inode.
        return None if self._shared_by_machines else (found.st_dev, found.st_ino)

    def _count(self, need: Need, ticket: str, now: float) -> None:
        self._database.executemany(
            "UPDATE cooldown SET until = ?, probe = 1 WHERE key = ? AND until <= ?",
            [(now + PROBE, scope, now) for scope in need.scopes],
        )
        self._database.executemany(
            "INSERT OR IGNORE INTO request VALUES (?, ?, ?, ?)",
            [(key, now, ticket, now + keeping.request_seconds(need, key)) for key in need.counts],
        )

    def _prune(self, now: float) -> None:
        """Forget what is too old, and put right what a clock wrote that has been set back since."""
        self._prune_at = now + PRUNE
        for statement, *values in (
            ("DELETE FROM request WHERE until < ?", now),
            ("UPDATE request SET at = ? WHERE at > ?", now, now + 1),
            ("DELETE FROM cooldown WHERE until < ? OR until > ?", now - keeping.COOLDOWNS, now + 2 * FARTHEST),
            ("DELETE FROM learnt WHERE until < ?", now),
            ("DELETE FROM call WHERE at < ?", now - keeping.SPEND),
            ("DELETE FROM spent WHERE at < ?", now - keeping.SPEND),
        ):
            self._database.execute(str(statement), values)
