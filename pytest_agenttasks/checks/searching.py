"""Regular expressions in texts of agents, searched for with a time limit in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_agenttasks.checks.base import EVIDENCE_LINES, Place
from pytest_agenttasks.checks.occurrences import OTHER_CASE, SEARCHED, Hits
from pytest_agenttasks.checks.scratch import run_noting, scratch, with_job
from pytest_agenttasks.results import Json

SECONDS = 10.0
"""Time limit where nothing else is said: a plain expression goes through 16 MiB in less than one."""


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression and how it is meant; `^` and `$` match at each line unless told otherwise."""

    regex: str
    ignore_case: bool = False
    multiline: bool = True
    dot_all: bool = False

    @property
    def flags(self) -> int:
        """As `re` has them."""
        chosen = ((self.ignore_case, re.IGNORECASE), (self.multiline, re.MULTILINE), (self.dot_all, re.DOTALL))
        return sum(int(flag) for wanted, flag in chosen if wanted)


@dataclass(frozen=True, slots=True)
class Endless:
    """A search that did not end in time: the expression tries too many ways through the text.

    Attributes:
        regex: which.
        text: index of the text in which it was searched for.
        seconds: that it had.
    """

    regex: str
    text: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"the search for {self.regex!r} did not end within {self.seconds:g} s: an expression with one repetition "
            "in another, such as (a+)+, can take for ever"
        )


def search(
    place: Place, searches: Sequence[Search], texts: Sequence[str | Path], seconds: float = SECONDS
) -> list[list[Hits]] | Endless:
    """What each search finds in each text: a list for each text, with the hits of each search.

    Args:
        place: whose sandbox is used.
        searches: what is looked for.
        texts: a file of the workspace, or a text itself.
        seconds: time limit for all of it.

    Raises:
        CheckError: Python cannot be started.
        OSError: a file cannot be read.
    """
    with scratch("search.py") as folder:
        paths = [_path(text, folder / f"text-{number}", place) for number, text in enumerate(texts)]
        pairs = [(one.regex, one.flags) for one in searches]
        told = {"searches": pairs, "texts": paths, "most": SEARCHED, "shown": EVIDENCE_LINES}
        job, python = [with_job(folder, told)], ("-I", "-S")
        records = run_noting(place, folder, "search.py", job, python=python, seconds=seconds).begun().records
    return _results(records, searches, texts) or _endless(records, searches, seconds)


def _path(text: str | Path, file: Path, place: Place) -> str:
    if isinstance(text, Path):
        return place.name(text)
    file.write_bytes(text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace"))
    return str(file)


def _escaped(text: str) -> bool:
    """Whether all surrogates in a text stand for bytes that were no UTF-8."""
    return all("\udc80" <= sign <= "\udcff" for sign in text if "\ud800" <= sign <= "\udfff")


def _results(records: Sequence[Json], searches: Sequence[Search], texts: Sequence[str | Path]) -> list[list[Hits]]:
    """Nothing if any is missing."""
    found: dict[tuple[int, int], Hits] = {}
    for record in records:
        match record:
            case {"kind": "unreadable", "text": int(number), "why": why}:
                raise OSError(0, why, str(texts[number]))
            case {"kind": "found", "text": int(text), "search": int(which), "count": int(count), "lines": lines}:
                found[text, which] = Hits(count, [(number, line) for number, line in lines])
            case {"kind": "other case", "text": int(text), "search": int(which)}:
                found[text, which] = Hits(0, near=OTHER_CASE)
    keys = [[(text, which) for which in range(len(searches))] for text in range(len(texts))]
    if any(key not in found for row in keys for key in row):
        return []
    return [[found[key] for key in row] for row in keys]


def _endless(records: Sequence[Json], searches: Sequence[Search], seconds: float) -> Endless:
    """Of the search that comes after the last one that was told."""
    done = sum(record["kind"] == "found" for record in records)
    return Endless(searches[done % len(searches)].regex, done // len(searches), seconds)
