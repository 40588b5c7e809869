"""How old a recording may be, and how old it is."""

from __future__ import annotations

import re

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"(\d+)\s*([mhdw])")


def seconds_of_age(text: str) -> float:
    """Seconds of an age such as `12h`, `90d` or `8w`.

    Raises:
        ValueError: it is none.
    """
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text}: expected an age such as 12h, 90d or 8w")
    return float(found[1]) * _SECONDS[found[2]]


def shown_age(seconds: float) -> str:
    """`5 min`, `3 h`, `12 d`: an age in its largest unit."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return "now"
