"""Names that task files can have, made of names that others gave."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

LONGEST = 80
"""Letters of an id that is made here."""


def word(text: str) -> str:
    """A text as a marker: letters, digits and `_`, in lower case; empty if nothing is left of it."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return f"_{plain}" if plain[:1].isdigit() else plain


def identity(text: str) -> str:
    """A text as an id that pytest can select and a shell can be given; empty if nothing is left of it."""
    plain = re.sub(r"::+|[\[\]]|\s+", "-", text.strip())
    return "".join(letter for letter in plain if letter.isprintable())[:LONGEST].strip("-")


def file_name(text: str) -> str:
    """A text as the name of a task file: those that begin with `_` or `.` are left alone by pytest."""
    return identity(text.replace("/", "-")).lstrip("._-") or "tasks"


def unused(name: str, taken: Container[str]) -> str:
    """The name, or the name with the first number that makes it new."""
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


def runs(numbers: Iterable[int]) -> str:
    """Numbers for people: `3, 13–18`."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in found)
