"""Unified hunks of two texts, as bytes: any encoding, any line ending."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

CONTEXT = 3
# SequenceMatcher may need the product of the lengths; beyond this a change is shown as one block.
_COMPARED_LINE_PAIRS = 25_000_000
_NO_NEWLINE = b"\n\\ No newline at end of file\n"

Opcode = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]


class _Known(SequenceMatcher[bytes]):
    """Groups changes that are known already into hunks."""

    def __init__(self, codes: list[Opcode]) -> None:
        super().__init__(None, (), ())
        self._codes = codes

    def get_opcodes(self) -> list[Opcode]:
        return self._codes


def hunks(before: bytes, after: bytes) -> Iterator[bytes]:
    """Give the hunks that turn one text into the other."""
    old, new = _lines(before), _lines(after)
    for group in _Known(_opcodes(old, new)).get_grouped_opcodes(CONTEXT):
        _, old_start, _, new_start, _ = group[0]
        _, _, old_end, _, new_end = group[-1]
        yield b"@@ -%s +%s @@\n" % (_range(old_start, old_end), _range(new_start, new_end))
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                yield from _marked(b" ", old[i1:i2])
            else:
                yield from _marked(b"-", old[i1:i2])
                yield from _marked(b"+", new[j1:j2])


def changed_lines(before: bytes, after: bytes) -> int:
    """How many lines the hunks add and delete."""
    codes = _opcodes(_lines(before), _lines(after))
    return sum(i2 - i1 + j2 - j1 for kind, i1, i2, j1, j2 in codes if kind != "equal")


def _lines(text: bytes) -> list[bytes]:
    # Not splitlines(): it also splits at a lone \r and others.
    lines = [line + b"\n" for line in text.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _opcodes(old: list[bytes], new: list[bytes]) -> list[Opcode]:
    """Compare what lies between the common start and the common end."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    i, j = len(old) - tail, len(new) - tail
    middle: list[Opcode] = [("replace", head, i, head, j)]
    if (i - head) * (j - head) <= _COMPARED_LINE_PAIRS:
        found = SequenceMatcher(None, old[head:i], new[head:j]).get_opcodes()
        middle = [(kind, a + head, b + head, c + head, d + head) for kind, a, b, c, d in found]
    codes: list[Opcode] = [("equal", 0, head, 0, head), *middle, ("equal", i, len(old), j, len(new))]
    return [code for code in codes if code[1] < code[2] or code[3] < code[4]]


def _common(one: list[bytes], other: list[bytes]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _range(start: int, end: int) -> bytes:
    """Write a range as diff does: an empty one names the line before it."""
    length = end - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if length else start, length)


def _marked(mark: bytes, lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + _NO_NEWLINE
