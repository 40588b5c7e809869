"""vcrpy's `Cassette` to record on, as a plain object: nothing in the process is patched.

Used of vcrpy 9: `Cassette(path=, serializer=, persister=, record_mode=)`, `append`, `_save(force=True)`, `Request`,
`RecordMode`. Replays do without vcrpy, see `reel`.
"""

from __future__ import annotations

import logging
from typing import Any

from pytest_agenttasks.cassettes import serializer
from pytest_agenttasks.cassettes.asked import METHOD, URI
from pytest_agenttasks.cassettes.file_format import Call
from pytest_agenttasks.cassettes.store import Store
from pytest_agenttasks.results import Json


def open_tape(store: Store) -> Any:
    """An empty vcrpy cassette to record on."""
    from vcr.cassette import Cassette  # type: ignore[import-untyped]
    from vcr.record_mode import RecordMode  # type: ignore[import-untyped]

    logger = logging.getLogger("vcr")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)  # at INFO it logs whole bodies
    return Cassette(path=str(store.path), serializer=serializer, persister=Persister(store), record_mode=RecordMode.ALL)


def put(tape: Any, call: Call) -> None:
    """Append a call to a tape."""
    tape.append(_request(call), serializer.response_of(call.reply))


class Persister:
    """Between vcrpy's lists of requests and responses, and a store of calls; only writes, for replays do without.

    The body of a request is an `Asked`, not bytes: requests that extend each other share their messages, so
    that memory and time grow with what a conversation says and not with its square.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def save_cassette(self, _path: str, cassette: Json, serializer: Any) -> None:
        """Write what vcrpy has recorded."""
        pairs = zip(cassette["requests"], cassette["responses"], strict=True)
        self._store.save([Call(request.body, serializer.reply_of(response)) for request, response in pairs])


def _request(call: Call) -> Any:
    from vcr.request import Request  # type: ignore[import-untyped]

    return Request(METHOD, URI, call.asked, serializer.CONTENT_TYPE)
