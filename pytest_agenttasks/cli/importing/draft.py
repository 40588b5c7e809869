"""What is made of a source before it is written: tasks, and remarks about what they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from pytest_agenttasks.cli.importing.words import runs
from pytest_agenttasks.results import Json

Kind = Literal["lost", "changed", "look"]

HEADINGS: dict[Kind, str] = {"lost": "not carried over", "changed": "changed on the way", "look": "to look at"}

UNJUDGED = "unjudged"
"""Tag of a task without checks: `-m 'not unjudged'` leaves it alone."""

MOST_PLACES = 8
"""Places that a remark names."""

MOST_REMARKS = 40
"""Remarks under one heading; a table in which every row is wrong in its own way has no more to say."""


class UnusableError(Exception):
    """A source of which nothing can be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a person should know of an import.

    Attributes:
        what: the same text for all places that it holds for.
        where: such as `line 12` or `item 7`; empty where it is about the whole source.
    """

    kind: Kind
    what: str
    where: str = ""


@dataclass(slots=True)
class Draft:
    """One source on its way to a task file.

    Attributes:
        name: of the task file, without `.yaml`.
        tasks: what is to be written, `{{` and `{%` being plain text.
        numbers: by id of a task, its number in the source, where it has one.
        names: paths in the project that its tasks name.
        folder: files of a workspace that goes beside the task file, under its name.
    """

    source: Path
    name: str
    tasks: list[Json] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    folder: dict[PurePosixPath, Path] = field(default_factory=dict)

    def remark(self, kind: Kind, what: str, where: str = "") -> None:
        """Add a remark."""
        self.remarks.append(Remark(kind, what, where))


def grouped(drafts: Sequence[Draft]) -> list[str]:
    """Lines: the headings that are needed, and below each one what it holds for, of all these drafts."""
    places: dict[tuple[Kind, str], dict[str, list[str]]] = {}
    for draft in drafts:
        for remark in draft.remarks:
            found = places.setdefault((remark.kind, remark.what), {})
            found.setdefault(draft.name if len(drafts) > 1 else "", []).append(remark.where)
    lines = []
    for kind, heading in HEADINGS.items():
        told = [f"  {one_line(what)}{_places(where)}" for (k, what), where in places.items() if k == kind]
        hidden = len(told) - MOST_REMARKS
        more = [f"  … and {hidden} more of this kind"] if hidden > 0 else []
        lines += [f"{heading}:", *told[:MOST_REMARKS], *more] if told else []
    return lines


def one_line(text: str) -> str:
    """A text in which nothing ends the line or moves the cursor."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _places(by_source: Mapping[str, Sequence[str]]) -> str:
    """Places behind a remark: `(items 1–6)`, or `(a: line 3; b: lines 2, 5)`."""
    parts = []
    for name, where in by_source.items():
        told = _listed(where)
        parts += [f"{name}: {told}" if name and told and name != told else told or name]
    return f" ({'; '.join(filter(None, parts))})" if any(parts) else ""


def _listed(where: Iterable[str]) -> str:
    """Places of one source; those with a number are told as runs of numbers."""
    numbers: dict[str, list[int]] = {}
    others = []
    for place in dict.fromkeys(filter(None, where)):
        thing, _, number = place.rpartition(" ")
        if thing and number.isdecimal():
            numbers.setdefault(thing, []).append(int(number))
        else:
            others.append(one_line(place))
    named = [f"{thing}{'s' if len(found) > 1 else ''} {runs(found)}" for thing, found in numbers.items()]
    parts = [part for text in named for part in text.split(", ")] + others
    hidden = len(parts) - MOST_PLACES
    return ", ".join(parts[:MOST_PLACES]) + (f" and {hidden} more" if hidden > 0 else "")
