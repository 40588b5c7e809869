"""Letters that a task file cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def writable(value: Any) -> Any:
    """The value with U+FFFD for each half of a surrogate pair: JSON can hold one alone, UTF-8 and YAML cannot."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {writable(key): writable(one) for key, one in value.items()}
    return [writable(one) for one in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    """All texts in a value, keys of mappings too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts(list(pair))
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
