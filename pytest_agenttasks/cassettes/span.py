"""Where two values differ, told in as few words as a person needs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

CONTEXT = 60
"""Characters shown on both sides of a difference."""

LONGEST = 200
"""Characters shown of the difference itself."""

ABSENT = object()
"""Stands for a member or element that one side does not have."""


class Difference(NamedTuple):
    """The first place where two JSON values differ.

    Attributes:
        path: such as `tool_calls[0].function.arguments`; empty for the values themselves.
        old: what is there on the first side, or `ABSENT`.
        new: the same of the second side.
    """

    path: str
    old: Any
    new: Any


def first_difference(old: Any, new: Any, path: str = "") -> Difference | None:
    """The first difference, in the order of the first value; None if the values are equal."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = [*old, *(name for name in new if name not in old)]
        pairs = [(f"{path}.{n}" if path else n, old.get(n, ABSENT), new.get(n, ABSENT)) for n in names]
    elif isinstance(old, list) and isinstance(new, list):
        longer = range(max(len(old), len(new)))
        pairs = [(f"{path}[{i}]", _element(old, i), _element(new, i)) for i in longer]
    else:
        # 1, 1.0 and true are equal in Python and different in JSON.
        same = type(old) is type(new) and old == new
        return None if same else Difference(path, old, new)
    found = (first_difference(one, other, where) for where, one, other in pairs)
    return next(filter(None, found), None)


def shown(old: Any, new: Any) -> tuple[str, str]:
    """Both values on one line each; of texts the words that differ, between « and », and their surroundings."""
    if not (isinstance(old, str) and isinstance(new, str)):
        return _whole(old), _whole(new)
    begin = _common(old, new)
    end = _common(old[begin:][::-1], new[begin:][::-1])
    spans = old[begin : len(old) - end], new[begin : len(new) - end]
    if any(re.match(r"\w", span) for span in spans):
        begin -= len(_word(r"\w{0,20}\Z", old[:begin]))
    if any(re.search(r"\w\Z", span) for span in spans):
        end -= len(_word(r"\w{0,20}", old[len(old) - end :]))
    return _marked(old, begin, end), _marked(new, begin, end)


def _word(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[0] if found else ""


def _element(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _whole(value: Any) -> str:
    return "(nothing)" if value is ABSENT else _cut(value if isinstance(value, str) else json.dumps(value))


def _cut(text: str) -> str:
    return _line(text) if len(text) <= LONGEST else f"{_line(text[:LONGEST])}… ({len(text):,} characters)"


def _line(text: str) -> str:
    """The text with line ends, other controls and lone surrogates as escapes: it can be printed on its line."""
    line = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    return line.encode("utf-8", "backslashreplace").decode()


def _marked(text: str, begin: int, end: int) -> str:
    stop = len(text) - end
    before = ("…" if begin > CONTEXT else "") + _line(text[max(0, begin - CONTEXT) : begin])
    after = _line(text[stop : stop + CONTEXT]) + ("…" if end > CONTEXT else "")
    return f"{before}«{_cut(text[begin:stop])}»{after}"


def _common(a: str, b: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(a), len(b))
    while low < high:  # by halves: comparing slices is much faster than comparing characters
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
