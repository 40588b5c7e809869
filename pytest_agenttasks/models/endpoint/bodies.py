"""The body of a request: of a length that is told, or in chunks (RFC 9112, section 7.1)."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from email.message import Message
from io import BufferedIOBase

from pytest_agenttasks.models.endpoint.errors import Refusal

LIMIT = 64 * 2**20
"""Bytes of a body; the gateway's own limit is the same."""

DRAINED = LIMIT
"""Bytes of a refused body that are read all the same: a client that is still sending does not look at an answer."""
DRAIN_SECONDS = 5.0

_LINE = 1000
_TRAILERS = 100
_LENGTH = re.compile(r"[0-9]{1,18}")
_HEX = re.compile(rb"[0-9a-fA-F]{1,16}")


class Body:
    """What is still to be read of a request.

    Attributes:
        done: nothing.
    """

    def __init__(self, headers: Message, file: BufferedIOBase) -> None:
        self._headers = headers
        self._file = file
        self.done = False

    def check(self) -> None:
        """Look at what the headers tell of it.

        Raises:
            Refusal: it is too big, or it cannot be told where it ends.
        """
        if not self._chunked and self._length() > LIMIT:
            raise _too_big()
        self.done = not self._chunked and self._length() == 0

    def read(self) -> bytes:
        """All of it.

        Raises:
            Refusal: it is too big, or broken off.
        """
        data = self._chunks() if self._chunked else self._exactly(self._length())
        self.done = True
        return data

    def drain(self, connection: socket.socket) -> None:
        """Read what is left, for a while, so that the client comes to read the answer."""
        left = DRAINED
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(DRAIN_SECONDS)
            while left > 0 and (data := self._file.read1(2**16)):
                left -= len(data)

    @property
    def _chunked(self) -> bool:
        return "chunked" in self._headers.get("transfer-encoding", "").lower()

    def _length(self) -> int:
        told = self._headers.get("content-length", "0").strip()
        if not _LENGTH.fullmatch(told):
            raise Refusal(400, "invalid_request", f"content-length: {told[:40]!r} is no length")
        return int(told)

    def _exactly(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise Refusal(400, "invalid_request", "the body broke off")
        return data

    def _chunks(self) -> bytes:
        parts, size = [], 0
        while length := self._chunk_length():
            size += length
            if size > LIMIT:
                raise _too_big()
            parts.append(self._exactly(length))
            self._line()
        for _ in range(_TRAILERS):
            if not self._line():
                return b"".join(parts)
        raise Refusal(400, "invalid_request", "the body has too many trailers")

    def _chunk_length(self) -> int:
        told = self._line().split(b";")[0].strip()
        if not _HEX.fullmatch(told):
            raise Refusal(400, "invalid_request", "the body is in chunks, and one of them has no length")
        return int(told, 16)

    def _line(self) -> bytes:
        return self._file.readline(_LINE).rstrip(b"\r\n")


def _too_big() -> Refusal:
    return Refusal(413, "request_too_large", f"the request is larger than {LIMIT // 2**20} MiB")
