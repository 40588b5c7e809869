"""Texts of agents and programs as a report can hold them: not too long, and nothing hidden in them."""

from __future__ import annotations

import re

MOST_SHOWN = 20_000
"""Characters of one text."""

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters, halves of surrogate pairs, and what turns the direction of text around."""


def visible(text: str) -> str:
    """A text in which such characters are written as escapes; line ends and tabs stay."""
    return _HIDDEN.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def shortened(text: str, most: int = MOST_SHOWN) -> str:
    """A text with its middle left out where it is longer than so many characters, and told so.

    The begin says what it is, and the end how it came out; whole lines are kept where they are not long ones.
    """
    if len(text) <= most:
        return text
    head, tail = text[: most * 2 // 3], text[len(text) - most // 3 :]
    head = head[: head.rfind("\n") + 1 or None] if head.rfind("\n") > len(head) // 2 else head
    tail = tail[tail.find("\n") + 1 :] if 0 <= tail.find("\n") < len(tail) // 2 else tail
    left = len(text) - len(head) - len(tail)
    return f"{head.rstrip()}\n\n[… {left:,} characters left out …]\n\n{tail}"


def size(count: int) -> str:
    """`1 byte`, `812 bytes`, `12 KB`, `3.4 MB`."""
    if count < 1000:
        return "1 byte" if count == 1 else f"{count} bytes"
    if count < 1_000_000:
        return f"{round(count / 1000)} KB"
    return f"{count / 1_000_000:.1f} MB"


def first_line(text: str, most: int = 100) -> str:
    """The first line that says something, not too long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= most else f"{line[: most - 1]}…"
