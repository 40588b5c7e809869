"""What a command printed, within bounds: host paths replaced as they stream by, the middle left out."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping


class Renamer:
    """Replaces paths in a stream of bytes, those that lie across two chunks included."""

    def __init__(self, names: Mapping[str, str]) -> None:
        pairs = [(os.fsencode(real), os.fsencode(shown)) for real, shown in names.items()]
        self._pairs = sorted(pairs, key=lambda pair: -len(pair[0]))
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Give the renamed part of the stream that no later byte can change."""
        data = self._renamed(self._held + data)
        keep = self._undecided(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def end(self) -> bytes:
        """Give what was held back."""
        held, self._held = self._held, b""
        return held

    def _renamed(self, data: bytes) -> bytes:
        for real, shown in self._pairs:
            data = data.replace(real, shown)
        return data

    def _undecided(self, data: bytes) -> int:
        longest = max((len(real) for real, _ in self._pairs), default=1) - 1
        start = max(0, len(data) - longest)
        while (start := data.find(b"/", start)) != -1:
            end = data[start:]
            if any(real.startswith(end) for real, _ in self._pairs):
                return len(end)
            start += 1
        return 0


class BoundedOutput:
    """Keeps the first and the last half of `limit` bytes of a stream.

    The cut is made after renaming, so that the length of a host path does not move it.
    """

    def __init__(self, limit: int, names: Mapping[str, str]) -> None:
        self._renamer = Renamer(names)
        self._head_size = limit - limit // 2
        self._tail_size = limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._keep(self._renamer.feed(data))

    def _keep(self, data: bytes) -> None:
        room = self._head_size - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        # Trimming only at twice the size makes each byte move once, not once for every chunk.
        if len(self._tail) > 2 * self._tail_size + 65_536:
            self._trim()

    def _trim(self) -> None:
        over = max(0, len(self._tail) - self._tail_size)
        del self._tail[:over]
        self._dropped += over

    def end(self) -> tuple[str, int]:
        """Return the text, and the number of bytes that were left out of its middle."""
        self._keep(self._renamer.end())
        self._trim()
        if not self._dropped:
            return bytes(self._head + self._tail).decode("utf-8", "replace"), 0
        head, tail = _whole_start(bytes(self._head)), _whole_end(bytes(self._tail))
        dropped = self._dropped + len(self._head) + len(self._tail) - len(head) - len(tail)
        middle = f"\n[… {dropped} bytes left out …]\n"
        return head.decode("utf-8", "replace") + middle + tail.decode("utf-8", "replace"), dropped


def _whole_start(data: bytes) -> bytes:
    """Cut off a character that is incomplete at the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    return data[: len(data) - len(decoder.getstate()[0])]


def _whole_end(data: bytes) -> bytes:
    """Cut off the rest of a character (at most 3 bytes) at the start."""
    rest = next((cut for cut, byte in enumerate(data) if byte & 0xC0 != 0x80), len(data))
    return data[rest:] if rest < 4 else data
