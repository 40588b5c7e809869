"""Reads the YAML that `yaml_write` writes, and nothing else; see `yaml_text` for the form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pytest_agenttasks.cassettes.yaml_answer import Answer

_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\""""
_NAMED = re.compile(rf"""(?P<name>(?:!escaped )?(?:{_QUOTED})|[^'"! ][^:]*(?::(?! |\Z)[^:]*)*):(?: (?P<value>.+))?""")
_TAGGED = re.compile(
    r"(?:!(?P<tag>[a-z]+)(?: |\Z))?"
    r"(?:(?P<block>\|)2?(?P<keep>[-+]?)|\{of: (?P<of>\d+), only: \[(?P<only>.*)\]\}|(?P<scalar>[^!|{\[].*))?"
)
_INT = re.compile(r"-?(?:0|[1-9]\d*)")
_FLOAT = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")
_WORDS = {
    "null": None, "true": True, "false": False, ".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip
_EMPTY: dict[str, Callable[[], Any]] = {"{}": dict, "[]": list}
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}

_END = "\0"
"""Stands behind the last line; no line is like it."""

_OFTEN = 120
"""Letters of a line up to which it is likely to come again: most lines of a cassette do, call for call."""


def load(text: str) -> dict[str, Any]:
    """The value of a text.

    Raises:
        ValueError: it is not of the form that `dump` writes.
    """
    reader = _Reader(text)
    try:
        return reader.all()
    except (LookupError, TypeError, AttributeError) as error:
        raise reader.wrong() from error


_Kind = Literal["value", "text", "line"]
"""The value itself; text that says more of it; the first line of a collection that begins behind a dash."""


class _Line(NamedTuple):
    """What a line says.

    Attributes:
        column: where it begins; -1 behind the last line.
        name: of a member; None for an item of a list.
        kind: what `value` is.
        value: as `kind` says; None if there is nothing behind name or dash.
    """

    column: int
    name: str | None
    kind: _Kind
    value: Any


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = [*text.removesuffix("\n").split("\n"), _END]
        self._at = 0
        self._known = {_END: _Line(-1, None, "value", None)}

    def all(self) -> dict[str, Any]:
        """The value of the text."""
        while self._lines[self._at].startswith("#"):
            self._at += 1
        members = self._members(0)
        if self._line().column >= 0:
            raise self.wrong()
        return members

    def wrong(self) -> ValueError:
        """About the line that is read, or the one after it."""
        return ValueError(f"line {self._at + 1} is not as this package writes it")

    def _line(self) -> _Line:
        text = self._lines[self._at]
        line = self._known.get(text)
        if line is None:
            line = self._parsed(text)
            if line.kind != "line" and len(text) <= _OFTEN:
                self._known[text] = line
        return line

    def _parsed(self, text: str) -> _Line:
        bare = text.lstrip(" ")
        column = len(text) - len(bare)
        if bare.startswith("- "):
            name, rest = None, bare[2:]
            if rest.startswith("- ") or _NAMED.fullmatch(rest):
                return _Line(column, None, "line", rest)
        elif named := _NAMED.fullmatch(bare):
            name, rest = self._scalar(named["name"]), named["value"]
        else:
            raise self.wrong()
        if rest is None or rest[0] in "!|{[":
            return _Line(column, name, "text", rest)
        return _Line(column, name, "value", self._scalar(rest))

    def _members(self, column: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while True:
            at, name, kind, value = self._line()
            if at != column or name is None:
                return members
            self._at += 1
            members[name] = value if kind == "value" else self._value(value, column)

    def _items(self, column: int) -> list[Any]:
        items: list[Any] = []
        while True:
            at, name, kind, value = self._line()
            if at != column or name is not None:
                return items
            if kind == "line":
                # A collection that begins behind the dash: as if its first line had no dash.
                self._lines[self._at] = f"{' ' * column}  {value}"
                items.append(self._collection(column))
            else:
                self._at += 1
                items.append(value if kind == "value" else self._value(value, column))

    def _collection(self, parent: int) -> Any:
        column, name, _, _ = self._line()
        if name is not None and column == parent + 2:
            return self._members(column)
        if name is None and column in (parent, parent + 2):
            return self._items(column)
        raise self.wrong()

    def _value(self, text: str | None, column: int) -> Any:
        """What a tag, a block or the lines below make; `text` is what stands behind name or dash."""
        if text is None or text in _EMPTY:
            return self._collection(column) if text is None else _EMPTY[text]()
        found = _TAGGED.fullmatch(text)
        if found is None:
            raise self.wrong()
        if found["block"]:
            value = self._block(column + 2, found["keep"])
        elif found["of"]:
            return Answer(int(found["of"]), found["only"].split(", ") if found["only"] else [], {})
        else:
            value = self._scalar(found["scalar"]) if found["scalar"] else self._collection(column)
        return _TAGS[found["tag"]](value)

    def _block(self, column: int, keep: str) -> str:
        lines, start, at, indent = self._lines, self._at, self._at, " " * column
        while not lines[at] or lines[at].startswith(indent):
            at += 1
        self._at = at
        body = "\n".join([line[column:] for line in lines[start:at]])
        return body if keep == "-" else f"{body}\n"

    def _scalar(self, text: str) -> Any:
        begin = text[0]
        if begin == '"':
            return json.loads(text)
        if begin == "'":
            return text[1:-1].replace("''", "'")
        if begin == "!":
            return _unescaped(str(self._scalar(text.removeprefix("!escaped "))))
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text


def _answer(members: Any) -> Answer:
    return Answer(int(members["of"]), list(members["only"]), dict(members["plus"]))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _LETTERS[found[2]], text)


_TAGS: dict[str | None, Callable[[Any], Any]] = {
    None: lambda value: value,
    "answer": _answer,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "escaped": _unescaped,
    "members": dict,
}
