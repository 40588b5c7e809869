"""A process of its own for tests: takes as often as it may, and prints how often that was.

Arguments: file, tries, limit. It begins when its standard input ends, so that several begin together, and writes a dot
to standard error for each try.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pytest_agenttasks.gateway.state import Need, Taken, Window
from pytest_agenttasks.gateway.state.sqlite import SqliteState

LIMIT = 25


def limited(limit: int = LIMIT) -> Need:
    """A model on an account, which is the narrower of the two."""
    windows = (Window("model", limit + 15, 3600), Window("account", limit, 3600))
    return Need(("model", "account"), windows, ("model", "account"))


async def take_many(file: Path, tries: int, limit: int = LIMIT) -> int:
    """How many of the tries were let through."""
    state, wanted = SqliteState(file, busy=60), [limited(limit)]
    got = 0
    for _ in range(tries):
        got += isinstance(await state.take(wanted), Taken)
        sys.stderr.write(".")
    await state.close()
    return got


if __name__ == "__main__":
    sys.stdin.read()
    sys.stdout.write(str(asyncio.run(take_many(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
