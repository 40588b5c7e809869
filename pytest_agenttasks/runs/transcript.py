"""transcript.jsonl: the calls of a task while it is done, for the case that its worker is killed.

One line a call. Of its messages a line has those that the call before did not have at the same place. When the
trajectory is written, which has all of it, the file is removed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_agenttasks.calls import CallFacts, Exchange
from pytest_agenttasks.results import Json

NAME = "transcript.jsonl"


class Transcript:
    """Writes the file.

    Attributes:
        path: the file.
    """

    def __init__(self, folder: Path, scrub: Callable[[Any], Any]) -> None:
        """Write in the folder of a task, which must be there.

        Args:
            folder: of the task.
            scrub: takes secrets out of a JSON value.
        """
        self.path = folder / NAME
        self._scrub = scrub
        self._before: Sequence[Json] = ()
        self._params: Json = {}

    def add(self, exchange: Exchange) -> None:
        """Write down a call.

        Raises:
            OSError: the disk is full or read-only.
        """
        shared = _shared(self._before, exchange.messages)
        line = {
            "shared": shared,
            "messages": exchange.messages[shared:],
            "answer": exchange.answer,
            "finish_reason": exchange.finish_reason,
            "refused": exchange.refused,
            "facts": asdict(exchange.facts),
            "usage": exchange.usage,
            "params": None if exchange.params == self._params else exchange.params,
            "seconds": exchange.seconds,
        }
        self._before, self._params = exchange.messages, exchange.params
        with self.path.open("a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(json.dumps(self._scrub(line), ensure_ascii=False) + "\n")


def read_transcript(folder: Path) -> list[Exchange]:
    """The calls that were written down; none if there is no such file. A torn last line is left out."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
    except OSError:
        return []
    told: list[Exchange] = []
    for line in lines:
        try:
            told.append(_told(json.loads(line), told[-1] if told else None))
        except (ValueError, TypeError, KeyError):
            break
    return told


def _told(line: Json, before: Exchange | None) -> Exchange:
    shared = before.messages[: line["shared"]] if before else []
    params = line["params"] if line["params"] is not None else before.params if before else {}
    return Exchange(
        [*shared, *line["messages"]],
        line["answer"],
        line["finish_reason"],
        line["refused"],
        CallFacts.from_json(line["facts"]),
        line["usage"],
        params,
        line["seconds"],
    )


def _shared(before: Sequence[Json], now: Sequence[Json]) -> int:
    """How many messages both begin with."""
    return next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))
