"""What the SQLite tables say at one moment: cooldowns, and what holds a candidate."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from pytest_agenttasks.gateway.state.base import Cooldown, Held, Need, Window
from pytest_agenttasks.gateway.state.days import day_of

_AMONG = "key IN (SELECT value FROM json_each(?))"


def cooldowns(database: sqlite3.Connection, keys: Collection[str], now: float) -> dict[str, Cooldown]:
    """Those that are known, over or not."""
    return _cooldowns(database, json.dumps(list(keys)), now)


def _cooldowns(database: sqlite3.Connection, keys: str, now: float) -> dict[str, Cooldown]:
    found = database.execute(f"SELECT key, until, reason, ends, status, strikes FROM cooldown WHERE {_AMONG}", (keys,))
    return {key: Cooldown(until - now, *rest) for key, until, *rest in found}


class Look:
    """Looks at what holds candidates, at one moment and inside one transaction."""

    def __init__(self, database: sqlite3.Connection, scopes: Collection[str], now: float) -> None:
        self._database = database
        self._now = now
        keys = json.dumps(list(scopes))
        self._cooldowns = _cooldowns(database, keys, now)
        self._learnt = self._learnt_of(keys)
        self._waits: dict[Window, float] = {}

    def obstacle(self, need: Need) -> Held | None:
        """What holds a candidate longest; None if nothing does."""
        found = [Held(one.seconds, cooldown=one) for key in need.scopes if (one := self._cooldowns.get(key))]
        learnt = [self._learnt[key] for key in need.scopes if key in self._learnt]
        found += [Held(self._wait(window), window=window) for window in (*need.windows, *learnt)]
        most = max(found, key=lambda held: held.seconds, default=None)
        return most if most and most.seconds > 0 else None

    def _learnt_of(self, keys: str) -> dict[str, Window]:
        found = self._database.execute(
            f"SELECT key, requests, seconds, zone FROM learnt WHERE until > ? AND {_AMONG}",
            (self._now, keys),
        )
        return {key: Window(key, *rest) for key, *rest in found}

    def _wait(self, window: Window) -> float:
        """Seconds until a window has room; candidates often have windows in common."""
        if window not in self._waits:
            self._waits[window] = self._seconds_until_room(window)
        return self._waits[window]

    def _seconds_until_room(self, window: Window) -> float:
        since, end = day_of(self._now, window.zone) if window.zone else (self._now - window.seconds, None)
        at: float | None = self._now
        if window.requests > 0:
            at = self._latest(window.key, since, window.requests)
        if at is None:
            return 0.0
        return (at + window.seconds if end is None else end) - self._now

    def _latest(self, key: str, since: float, count: int) -> float | None:
        """When the `count`-th latest request was taken; None if there are fewer."""
        found = self._database.execute(
            "SELECT at FROM request WHERE key = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?", (key, since, count - 1)
        ).fetchone()
        return None if found is None else float(found[0])
