"""Recorded calls, each to be played once, and found by what they ask.

Played without vcrpy: importing that imports every HTTP client that is installed (half a second and 40 MB in each
worker), and a replay needs none of it.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Sequence

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.asked import Asked
from pytest_agenttasks.cassettes.file_format import Call


class Reel:
    """The calls of a file, in the order of recording.

    They are looked at as far as it takes to find the next one, and known by their hashes from then on: so neither
    opening a long cassette nor finding a call in it takes long.

    Attributes:
        requests: what the calls ask.
        unplayed: how many calls were not played yet.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.requests = [call.asked for call in calls]
        self.unplayed = len(calls)
        self._replies = [call.reply for call in calls]
        self._played = [False] * len(calls)
        self._exact = _Index()
        self._loose = _Index()

    def exact(self, asked: Asked) -> int | None:
        """The first call not played yet that asks just this."""
        while (place := self._first(self._exact, asked.key)) is None and self._exact.size < len(self.requests):
            self._exact.add(self.requests[self._exact.size].key)
        return place

    def loose(self, asked: Asked) -> int | None:
        """The first call not played yet that differs from this in nothing but what tools said."""
        while (place := self._first(self._loose, asked.loose_key)) is None and self._loose.size < len(self.requests):
            self._loose.add(self.requests[self._loose.size].loose_key)
        return place

    def play(self, place: int) -> Reply:
        """The answer to a call, which counts as played; the agent may change it."""
        self.unplayed -= not self._played[place]
        self._played[place] = True
        reply = self._replies[place]
        return Reply(reply.status, json.loads(json.dumps(reply.body)))

    def _first(self, index: _Index, key: bytes) -> int | None:
        places = index.places.get(key, deque())
        while places and self._played[places[0]]:
            places.popleft()
        return places[0] if places else None


class _Index:
    """Where in the order of recording each key stands, of so many calls from the first."""

    def __init__(self) -> None:
        self.size = 0
        self.places: defaultdict[bytes, deque[int]] = defaultdict(deque)

    def add(self, key: bytes) -> None:
        """The key of the next call."""
        self.places[key].append(self.size)
        self.size += 1
