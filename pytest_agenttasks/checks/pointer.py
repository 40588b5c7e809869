"""Values in data by JSON Pointer, RFC 6901, and what is there instead."""

from __future__ import annotations

import json
from typing import Any

from pytest_agenttasks.yamlfile import near


class Missing(Exception):  # noqa: N818 - data that is not as expected is nothing that broke
    """There is no value at a pointer; the message says where the way ends, and what is there."""


def value_at(data: Any, pointer: str) -> Any:
    """The value that a pointer leads to.

    Raises:
        Missing: there is none.
    """
    at = ""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        data = _child(data, key, at, f"{at}/{part}")
        at = f"{at}/{part}"
    return data


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def shown(value: Any) -> str:
    """A value in a message, as JSON, cut to size."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _child(data: Any, key: str, at: str, wanted: str) -> Any:
    where = at or "the top"
    if isinstance(data, dict):
        if key in data:
            return data[key]
        raise Missing(f"{wanted} is not there: {where} has {_keys(data)}{_near(key, data)}")
    if isinstance(data, list):
        if key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < len(data):
            return data[int(key)]
        raise Missing(f"{wanted} is not there: {where} is a list of {len(data)}")
    raise Missing(f"{wanted} is not there: {where} is {shown(data)}")


def _keys(data: dict[str, Any]) -> str:
    names = [*data]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "no keys"


def _near(key: str, data: dict[str, Any]) -> str:
    told = near(key, data)
    return told if "did you mean" in told else ""
