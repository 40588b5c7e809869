"""Durations as people write them: "1h 30m", "2d", "1:30"."""

import re

UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
IN_UNITS = re.compile(r"\s*".join(rf"(?:(\d+)\s*{unit})?" for unit in UNITS), re.ASCII)
AS_CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def parse_duration(text: str) -> int:
    """Return the seconds of a duration such as "1h 30m", "2d" or "1:30" (hours and minutes).

    Raises ValueError for anything else.
    """
    bare = text.strip().lower()
    clock, units = AS_CLOCK.fullmatch(bare), IN_UNITS.fullmatch(bare)
    if clock is not None:
        hours, minutes, seconds = (int(number or 0) for number in clock.groups())
        return hours * 3_600 + minutes * 60 + seconds
    if not bare or units is None:
        raise ValueError(f"not a duration: {text!r}")
    return sum(int(number or 0) * size for number, size in zip(units.groups(), UNITS.values(), strict=True))


def format_duration(seconds: int, parts: int = 2) -> str:
    """Return a duration in its largest unit and, with it, `parts` units in all; what is smaller is cut off.

    Raises ValueError for a negative duration, and for less than one part.
    """
    if seconds < 0 or parts < 1:
        raise ValueError(f"cannot write {seconds} seconds in {parts} parts")
    if seconds == 0:
        return "0s"
    numbers = []
    for unit, size in UNITS.items():
        number, seconds = divmod(seconds, size)
        if number or numbers:
            numbers.append((number, unit))
    return " ".join(f"{number}{unit}" for number, unit in numbers[:parts] if number)
