"""What came out before the work, as checksums: far more cases than the tests have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from zlib import crc32


def checksum(calls: Iterable[Callable[[], object]], *errors: type[Exception]) -> int:
    """A checksum of all results, and of the messages of the errors that are named."""
    return crc32("\n".join(_outcome(call, errors) for call in calls).encode())


def _outcome(call: Callable[[], object], errors: tuple[type[Exception], ...]) -> str:
    try:
        return str(call())
    except errors as error:
        return f"{type(error).__name__}: {error}"
