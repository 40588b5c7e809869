"""Reads the YAML that `yaml_write` writes, and nothing else; see `yaml_text` for the form."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from pytest_agenttasks.cassettes.yaml_line import Line, made, parsed

_END = "\0"
"""Stands behind the last line; no line is like it."""

_OFTEN = 120
"""Letters of a line up to which it is likely to come again: most lines of a cassette do, call for call, and in the
cassette of the next task."""

_LAST = Line(-1, None, "value")

_parsed_before = lru_cache(4096)(parsed)


def load(text: str) -> dict[str, Any]:
    """The value of a text.

    Raises:
        ValueError: it is not of the form that `dump` writes.
    """
    reader = _Reader(text)
    try:
        return reader.all()
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise reader.wrong() from error


class _Reader:
    """Goes from line to line. What reads something begins at its first line and ends at the one behind it."""

    def __init__(self, text: str) -> None:
        self._text = f"{text}{_END}\n" if text.endswith("\n") else f"{text}\n{_END}\n"
        self._line = _LAST
        self._start = self._end = 0

    def all(self) -> dict[str, Any]:
        """The value of the text."""
        start = 0
        while self._text.startswith("#", start):
            start = self._text.index("\n", start) + 1
        self._go(start)
        members = self._members(0)
        if self._start != len(self._text) - len(f"{_END}\n"):
            raise ValueError(self._line)
        return members

    def wrong(self) -> ValueError:
        """The error for the line at hand."""
        number = self._text.count("\n", 0, self._start) + 1
        return ValueError(f"line {number} is not as this package writes it")

    def _go(self, start: int, column: int = 0) -> None:
        """To the line that begins at an offset; where a dash stands before it, it has a column all the same."""
        self._start, self._end = start, self._text.index("\n", start)
        text = self._text[start : self._end]
        line = _LAST if text == _END else (_parsed_before if len(text) <= _OFTEN else parsed)(text)
        self._line = Line(column, *line[1:]) if column else line

    def _members(self, column: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while True:
            at, name, kind, value, _ = line = self._line
            if at != column or name is None:
                return members
            if kind == "value":
                members[name] = value
                self._go(self._end + 1)
            else:
                members[name] = self._value(line)

    def _items(self, column: int) -> list[Any]:
        items: list[Any] = []
        while True:
            at, name, kind, value, _ = line = self._line
            if at != column or name is not None:
                return items
            if kind == "value":
                items.append(value)
                self._go(self._end + 1)
            else:
                items.append(self._value(line))

    def _value(self, line: Line) -> Any:
        """What a line begins that is not all of it."""
        if line.kind == "block":
            return made(line.tag, self._block(line.column + 2, line.value))
        if line.kind == "line":
            self._go(self._text.index("-", self._start) + 2, line.column + 2)
        else:
            self._go(self._end + 1)
        return line.value() if line.kind == "empty" else made(line.tag, self._collection(line.column))

    def _collection(self, parent: int) -> Any:
        column, name = self._line[:2]
        if name is not None and column == parent + 2:
            return self._members(column)
        if name is None and column in (parent, parent + 2):
            return self._items(column)
        raise ValueError(self._line)

    def _block(self, column: int, keep: str) -> str:
        behind = _behind(column).search(self._text, self._end)
        end = behind.end() if behind else len(self._text)
        body = self._text[self._end : end].replace("\n" + " " * column, "\n")[1:]
        self._go(end)
        return body[:-1] if keep == "-" else body


@cache
def _behind(column: int) -> re.Pattern[str]:
    """The end of the last line of a block whose lines begin at a column."""
    return re.compile(rf"\n(?! {{{column}}}|\n)")
