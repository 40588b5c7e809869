"""Where two values differ, told in as few words as a person needs."""

from __future__ import annotations

import json
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
    """Both values on one line each: the span that differs, between « and », with its surroundings."""
    a, b = _line(old), _line(new)
    if a is None or b is None:
        return _cut(a), _cut(b)
    begin = _common(a, b)
    end = _common(a[begin:][::-1], b[begin:][::-1])
    return _marked(a, begin, end), _marked(b, begin, end)


def _element(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _line(value: Any) -> str | None:
    if value is ABSENT:
        return None
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    # Line ends and other controls as escapes, so that the span stays on its line.
    return json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"')


def _cut(text: str | None) -> str:
    if text is None:
        return "(nothing)"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _marked(text: str, begin: int, end: int) -> str:
    stop = len(text) - end
    before = ("…" if begin > CONTEXT else "") + text[max(0, begin - CONTEXT) : begin]
    after = text[stop : stop + CONTEXT] + ("…" if end > CONTEXT else "")
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
