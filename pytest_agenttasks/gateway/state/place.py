"""Which place keeps what is known of accounts: the one asked for, and what is done when it cannot be used."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from pytest_agenttasks.gateway.state.base import State, StateError
from pytest_agenttasks.gateway.state.database import DamagedError
from pytest_agenttasks.gateway.state.fallback import MEANING, FallbackState
from pytest_agenttasks.gateway.state.redis_state import SCHEMES, RedisState
from pytest_agenttasks.gateway.state.sqlite import SqliteState

MEMORY = "memory"
"""Asks for no place at all: everything is known to this process only."""

_BESIDE = ("-wal", "-shm", "-journal", "")
"""What SQLite calls the files of a database, itself last."""


async def open_state(asked: str | None, trouble: Callable[[str], None]) -> State:
    """Open the place that is asked for.

    A file that cannot be used is told to `trouble`, now or later, in one line, and the state is kept in memory instead:
    no call is lost for it. So is a Redis server that goes away later.

    Args:
        asked: a file, the URL of a Redis server, or `memory`; None or empty: a file in the user's state directory.
        trouble: is told what goes wrong, a line at a time.

    Raises:
        StateError: the URL, or the server behind it, cannot be used: whoever asks for a shared place must know.
    """
    if asked == MEMORY:
        return SqliteState()
    if asked and (scheme := asked.partition("://"))[1]:
        if scheme[0] not in SCHEMES:
            raise StateError(
                f"state of accounts: expected a file, memory, or a URL that begins with redis://, rediss:// or unix://;"
                f" found one that begins with {scheme[0]}://"
            )
        return FallbackState(await RedisState.open(asked), trouble)
    try:
        return FallbackState(_file(Path(asked).expanduser() if asked else default_file(), trouble), trouble)
    except (StateError, RuntimeError) as error:  # no such user, or one without a home directory
        trouble(f"{error}; {MEANING}")
        return SqliteState()


def default_file() -> Path:
    """The file of this user.

    Raises:
        StateError, RuntimeError: the user has no home directory.
    """
    from platformdirs import user_state_path

    file = user_state_path("pytest-agenttasks") / "accounts.sqlite"
    if not file.is_absolute():  # newer platformdirs raise RuntimeError
        raise StateError("there is no home directory for the state of accounts")
    return file


def _file(file: Path, trouble: Callable[[str], None]) -> SqliteState:
    file = file.absolute()
    inode = _inode(file)
    try:
        return SqliteState(file)
    except DamagedError as error:
        if _inode(file) == inode:  # else another process has done so already
            kept = _move_aside(file)
            trouble(f"{error}; it is kept as {kept.name}, and what was known of limits is learnt anew")
        return SqliteState(file)


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _move_aside(file: Path) -> Path:
    """Give a file and those beside it another name."""
    name = f"{file.name}.damaged-{secrets.token_hex(4)}"
    for suffix in _BESIDE:
        try:
            file.with_name(f"{file.name}{suffix}").replace(file.with_name(f"{name}{suffix}"))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StateError(f"{file} is damaged and cannot be moved aside ({error.strerror})") from error
    return file.with_name(name)
