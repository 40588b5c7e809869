"""A cache that remembers values for a while, and only so many of them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any


@dataclass
class Counts:
    """What became of the questions to a cache."""

    hits: int = 0
    misses: int = 0
    evicted: int = 0
    expired: int = 0


class Cache:
    """Holds at most `size` values, each for `seconds` (None: for ever).

    The one that was not used for the longest time goes first. `clock` tells the time in seconds.
    """

    def __init__(self, size: int, seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ValueError for a size below 1 and for seconds that are not positive."""
        if size < 1:
            raise ValueError(f"a cache of size {size} holds nothing")
        if seconds is not None and seconds <= 0:
            raise ValueError(f"values that live {seconds} s are never there")
        self.counts = Counts()
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._entries: OrderedDict[Hashable, tuple[Any, float | None]] = OrderedDict()

    def __len__(self) -> int:
        """How many values are held that have not expired."""
        self._drop_expired()
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        """Whether a value is there. This is no use of it, and is not counted."""
        return key in self._entries and not self._is_over(key)

    def get(self, key: Hashable, default: Any = None) -> Any:
        """Return a value, which counts as a use of it, or `default`."""
        if key in self._entries and self._is_over(key):
            del self._entries[key]
            self.counts.expired += 1
        if key not in self._entries:
            self.counts.misses += 1
            return default
        self.counts.hits += 1
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: Hashable, value: Any, seconds: float | None = None) -> None:
        """Remember a value in place of the one of the same key.

        It lives for `seconds`, or as long as all of this cache. Where there is no room, expired values make room
        before any other does.
        """
        seconds = self._seconds if seconds is None else seconds
        self._entries.pop(key, None)
        if len(self._entries) >= self._size:
            self._drop_expired()
        if len(self._entries) >= self._size:
            self._entries.popitem(last=False)
            self.counts.evicted += 1
        self._entries[key] = (value, None if seconds is None else self._clock() + seconds)

    def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return a value, and make it first if it is not there. What `make` raises is not remembered."""
        missing = object()
        value = self.get(key, missing)
        if value is missing:
            value = make()
            self.put(key, value)
        return value

    def forget(self, key: Hashable) -> bool:
        """Drop a value; return whether it was there and had not expired."""
        there = key in self
        self._entries.pop(key, None)
        return there

    def _drop_expired(self) -> None:
        for key in [key for key in self._entries if self._is_over(key)]:
            del self._entries[key]
            self.counts.expired += 1

    def _is_over(self, key: Hashable) -> bool:
        until = self._entries[key][1]
        return until is not None and self._clock() >= until
