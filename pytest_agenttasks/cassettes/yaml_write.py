"""Writes JSON values as YAML; see `yaml_text` for the form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from pytest_agenttasks.cassettes.yaml_answer import Answer

# Ends of lines for YAML 1.1 (\x85, \u2028, \u2029), a byte order mark, and what YAML does not have at all.
_ODD = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_TO_ESCAPE = re.compile(rf"\\|{_ODD.pattern}")
_TO_ESCAPE_IN_LINE = re.compile(rf"[\n\t]|{_TO_ESCAPE.pattern}")
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SURROGATE = re.compile("[\ud800-\udfff]")
# No indicator where a scalar begins, no `: ` and ` #` inside, no white space at its ends.
_PLAIN = re.compile(
    r"""(?!---|\.\.\.)(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|[-?:](?=\S))(?:[^\s:#]|:(?=\S)|(?<! )\#|\ (?!\Z))*"""
)
_NAME = re.compile(r"\w+")

LONGEST_NAME = 150
"""Letters of a member's name: YAML looks no further than 1024 for the colon after it, and an escape has six."""


def dump(value: Mapping[str, Any]) -> str:
    """The YAML text of a JSON object that may hold `Answer`s; names keep their order."""
    return "".join(_members(value, ""))


def _members(members: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in members.items():
        yield f"{indent}{_scalar(name)}:"
        yield from _after_name(value, indent)


def _items(items: list[Any], indent: str) -> Iterator[str]:
    for item in items:
        yield f"{indent}-"
        yield from _after_dash(item, indent)


def _after_name(value: Any, indent: str) -> Iterator[str]:
    """The rest of the line that begins with a name, and the lines below it."""
    tag, value = _tagged(value)
    if isinstance(value, dict) and value:
        yield f"{tag}\n"
        yield from _members(value, f"{indent}  ")
    elif isinstance(value, list) and value:
        yield f"{tag}\n"
        yield from _items(value, indent)
    else:
        yield f"{tag} {_leaf(value, indent)}\n"


def _after_dash(value: Any, indent: str) -> Iterator[str]:
    """The rest of the line that begins with a dash, and the lines below it: they begin behind the dash."""
    tag, value = _tagged(value)
    inner = f"{indent}  "
    collection: Callable[[Any, str], Iterator[str]] = _members if isinstance(value, dict) else _items
    if not (isinstance(value, (dict, list)) and value):
        yield f"{tag} {_leaf(value, indent)}\n"
    elif tag:
        yield f"{tag}\n"
        yield from collection(value, inner)
    else:
        lines = collection(value, inner)
        yield f" {next(lines)[len(inner) :]}"
        yield from lines


def _tagged(value: Any) -> tuple[str, Any]:
    """The tag of a collection, and what to write for it."""
    if isinstance(value, Answer) and (value.plus or not all(_NAME.fullmatch(_scalar(name)) for name in value.only)):
        return " !answer", {"of": value.of, "only": value.only, "plus": value.plus}
    if isinstance(value, dict) and any(len(name) > LONGEST_NAME for name in value):
        return " !members", [list(pair) for pair in value.items()]
    return "", value


def _leaf(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _block(value, f"{indent}  ") if "\n" in value else _scalar(value)
    if isinstance(value, Answer):
        return f"!answer {{of: {value.of}, only: [{', '.join(value.only)}]}}"
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    return _number(value) if isinstance(value, float) else json.dumps(value)


def _block(text: str, indent: str) -> str:
    """Text of several lines: the header of the block and its lines, without the last line's end."""
    tag = ""
    if text.count("\r\n") == text.count("\n") == text.count("\r") and not _ODD.search(text.replace("\r", "")):
        tag, text = "!crlf ", text.replace("\r", "")
    elif _ODD.search(text):
        tag, text = "!escaped ", _TO_ESCAPE.sub(_escape, text)
    body = text.removesuffix("\n")
    if not body.strip("\n"):
        return f"{tag}{json.dumps(text)}"
    keep = "-" if body == text else "+" if body.endswith("\n") else ""
    # Where the text itself begins with white space, the indentation cannot be told from it.
    width = "2" if body[0] in " \t\n" else ""
    lines = "".join(f"\n{indent}{line}" if line else "\n" for line in body.split("\n"))
    return f"{tag}|{width}{keep}{lines}"


def _scalar(text: str) -> str:
    """A string on one line."""
    if not _ODD.search(text) and "\n" not in text and "\t" not in text:
        return text if _PLAIN.fullmatch(text) and _stays_text(text) else "'" + text.replace("'", "''") + "'"
    if not _SURROGATE.search(text):
        return _ODD.sub(_escape, json.dumps(text, ensure_ascii=False))
    return "!escaped '" + _TO_ESCAPE_IN_LINE.sub(_escape, text).replace("'", "''") + "'"


def _escape(match: re.Match[str]) -> str:
    letter = match[0]
    return _SHORT.get(letter) or f"\\u{ord(letter):04x}"


def _stays_text(text: str) -> bool:
    """Whether YAML takes a scalar without quotes for text; not so `yes`, `1_000`, `2024-01-01` and others."""
    import yaml

    resolver, node = _resolver(), yaml.ScalarNode
    return bool(resolver.resolve(node, text, (True, False)) == resolver.DEFAULT_SCALAR_TAG)


@cache
def _resolver() -> Any:
    from yaml.resolver import Resolver

    return Resolver()


def _number(value: float) -> str:
    """As YAML 1.1 wants it: with a point, also before an exponent."""
    text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    return text if "." in text else text.replace("e", ".0e")
