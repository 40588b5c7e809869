"""The SQLite file of what is known of accounts: made, opened, looked over."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pytest_agenttasks.gateway.state.base import StateError

FORMAT = 1
"""`PRAGMA user_version` of the tables below."""

APPLICATION = 0x41475453
"""`PRAGMA application_id`, "AGTS": tells our files from other people's databases."""

BUSY = 3.0
"""Seconds to wait for another process that writes; each holds the lock for less than a millisecond."""

SCHEMA = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE cooldown (
        key TEXT PRIMARY KEY, until REAL NOT NULL, reason TEXT NOT NULL, ends TEXT NOT NULL, status INTEGER,
        strikes INTEGER NOT NULL, probe INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE request (
        key TEXT NOT NULL, at REAL NOT NULL, ticket TEXT NOT NULL, until REAL NOT NULL,
        PRIMARY KEY (key, at, ticket)
    ) WITHOUT ROWID;
    CREATE INDEX request_of_ticket ON request (ticket);
    CREATE TABLE learnt (
        key TEXT PRIMARY KEY, requests INTEGER NOT NULL, seconds REAL NOT NULL, zone TEXT NOT NULL, until REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE call (run TEXT NOT NULL, call TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (run, call)) WITHOUT ROWID;
    CREATE TABLE spent (
        run TEXT NOT NULL, model TEXT NOT NULL, usd REAL NOT NULL, tokens INTEGER NOT NULL, calls INTEGER NOT NULL,
        unknown INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (run, model)
    ) WITHOUT ROWID;
    PRAGMA application_id = {APPLICATION};
    PRAGMA user_version = {FORMAT};
    COMMIT;
"""
"""Times are epoch seconds. `request.until`: when it matters to no limit any more. `cooldown.probe`: 1 while one request
goes first. `call`: answers whose cost is in `spent`; `spent.unknown`: how many of them nobody knows the cost of."""

Journal = Literal["wal", "delete"]
"""How SQLite keeps a file whole: `wal` needs memory that all its users share, `delete` is slower and works anywhere."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class DamagedError(StateError):
    """The file is no SQLite database, or a broken one."""


def connect(file: Path | None, busy: float = BUSY, journal: Journal = "wal") -> sqlite3.Connection:
    """Open the file, in a transaction make its tables if it is new; None: in memory.

    Raises:
        DamagedError: it is broken.
        StateError: it cannot be opened or written, or is not of this version.
    """
    try:
        if file:
            _make(file)
        database = sqlite3.connect(file or ":memory:", timeout=busy, isolation_level=None)
        try:
            _prepare(database, file, journal, time.monotonic() + busy)
        except BaseException:
            database.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise explained(error, str(file)) from error
    return database


def explained(error: sqlite3.Error | OSError, where: str) -> StateError:
    """What went wrong, in one line that says where."""
    code = _code(error)
    if code in _DAMAGED:
        return DamagedError(f"{where} is damaged ({error})")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StateError(f"{where} has been locked by another process for too long")
    return StateError(f"{where} cannot be used: {getattr(error, 'strerror', None) or error}")


def _code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the rest is detail


def _make(file: Path) -> None:
    """Make an empty file that only its owner can read; SQLite's files beside it get the same rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that is there is left to SQLite: closing it here would drop the locks that this process has on it (fcntl).
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare(database: sqlite3.Connection, file: Path | None, journal: Journal, end: float) -> None:
    _check(database, str(file))
    if file:
        _set_journal(database, file, journal, end)
    database.execute("PRAGMA synchronous = NORMAL")
    if not _version(database):
        try:
            database.executescript(SCHEMA)
        except sqlite3.OperationalError:
            if database.in_transaction:
                database.execute("ROLLBACK")
            if not _version(database):  # else another process was faster
                raise


def _check(database: sqlite3.Connection, where: str) -> None:
    if (result := str(database.execute("PRAGMA quick_check(1)").fetchone()[0])) != "ok":
        raise DamagedError(f"{where} is damaged ({' '.join(result.split())})")
    if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return
    if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise StateError(f"{where} is a database of something else")
    if (version := _version(database)) != FORMAT:
        raise StateError(
            f"{where} was written by another version of pytest-agenttasks (format {version}, this one knows {FORMAT})"
        )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _set_journal(database: sqlite3.Connection, file: Path, wanted: Journal, end: float) -> None:
    """Choose the journal. A change takes a lock that SQLite itself does not wait for."""
    while True:
        try:
            found = database.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            break
    if found != wanted:
        raise StateError(f"{file} cannot be used: its journal stays {found!r} where {wanted!r} is needed")
