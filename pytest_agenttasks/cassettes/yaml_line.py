"""What one line of a cassette's YAML says by itself; see `yaml_text` for the form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pytest_agenttasks.cassettes.yaml_answer import Answer

_QUOTED = r"""(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")"""
_QUOTED_NAME = re.compile(rf"((?:!escaped )?{_QUOTED}):(?: (.+))?")
_BLOCK = re.compile(r"(?:!([a-z]+) )?\|2?([-+]?)")
_ANSWER = re.compile(r"!answer \{of: (\d+), only: \[(.*)\]\}")
_TAGGED = re.compile(r"!([a-z]+)(?: ([^!|{\[].*))?")
_INT = re.compile(r"-?(?:0|[1-9]\d*)")
_FLOAT = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")
_WORDS = {
    "null": None, "true": True, "false": False, ".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


class Line(NamedTuple):
    """What a line says.

    Attributes:
        column: where it begins.
        name: of a member; None for an item of a list.
        kind: what there is behind name or dash: the value; nothing, for a collection stands below; an empty collection;
            the header of a block; or the first line of a collection.
        value: the value; what makes the empty collection; `+`, `-` or nothing of the block's header.
        tag: of a block or of the collection below.
    """

    column: int
    name: str | None
    kind: Literal["value", "below", "empty", "block", "line"]
    value: Any = None
    tag: str | None = None


def parsed(text: str) -> Line:
    """What a line says.

    Raises:
        ValueError: it is not of the form.
    """
    bare = text.lstrip(" ")
    column = len(text) - len(bare)
    if not bare.startswith("- "):
        named = _named(bare)
        if named is None:
            raise ValueError(text)
        return _with(column, _scalar(named[0]), named[1])
    rest = bare[2:]
    return Line(column, None, "line") if rest.startswith("- ") or _named(rest) else _with(column, None, rest)


def made(tag: str | None, value: Any) -> Any:
    """What a tag makes of a value; the same without a tag."""
    return _TAGS[tag](value) if tag else value


def _named(text: str) -> tuple[str, str | None] | None:
    """Name and what is behind it, if that is how a text begins."""
    if text[:1] in "'\"!":
        found = _QUOTED_NAME.fullmatch(text)
        return (found[1], found[2]) if found else None
    name, colon, rest = text.partition(": ")
    if colon:
        return name, rest
    return (text[:-1], None) if text.endswith(":") else None


def _with(column: int, name: str | None, rest: str | None) -> Line:
    if rest is None:
        return Line(column, name, "below")
    if rest[0] not in "!|{[":
        return Line(column, name, "value", _scalar(rest))
    if rest in ("{}", "[]"):
        return Line(column, name, "empty", dict if rest == "{}" else list)
    if block := _BLOCK.fullmatch(rest):
        return Line(column, name, "block", block[2], block[1])
    if answer := _ANSWER.fullmatch(rest):
        only = answer[2].split(", ") if answer[2] else []
        return Line(column, name, "value", Answer(int(answer[1]), only, {}))
    tag, scalar = _TAGGED.fullmatch(rest).groups()  # type: ignore[union-attr]
    return Line(column, name, "value", made(tag, _scalar(scalar))) if scalar else Line(column, name, "below", None, tag)


def _scalar(text: str) -> Any:
    begin = text[0]
    if begin == '"':
        return json.loads(text)
    if begin == "'":
        return text[1:-1].replace("''", "'")
    if begin == "!":
        return _unescaped(_scalar(text.removeprefix("!escaped ")))
    if begin in "-.0123456789":
        return _number(text)
    if begin in "&*>%@`#,]}":
        raise ValueError(text)
    return _WORDS.get(text, text)


def _number(text: str) -> Any:
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else _WORDS.get(text, text)


def _answer(members: Any) -> Answer:
    return Answer(int(members["of"]), list(members["only"]), dict(members["plus"]))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _LETTERS[found[2]], text)


_TAGS: dict[str, Callable[[Any], Any]] = {
    "answer": _answer,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "escaped": _unescaped,
    "members": dict,
}
