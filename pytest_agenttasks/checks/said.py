"""What a text is like, against what is expected of it: an answer, or what a command printed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Place, one_line
from pytest_agenttasks.checks.occurrences import text_hits
from pytest_agenttasks.checks.searching import Endless, Search, search

if TYPE_CHECKING:
    from pytest_agenttasks.spec import TextOptions


def text_problems(options: TextOptions, text: str, name: str, place: Place) -> Iterator[str]:
    """What is wrong with a text; `name` is what it is called in the messages."""
    for wanted in options.contains:
        hits = text_hits(text, wanted, ignore_case=options.ignore_case)
        if not hits.count:
            yield f"{name} does not contain {wanted!r}" + (f": {hits.near}" if hits.near else "")
    for unwanted in options.lacks:
        hits = text_hits(text, unwanted, ignore_case=options.ignore_case)
        if hits.count:
            yield f"{name} contains {unwanted!r}, expected none, in line {hits.lines[0][0]}"
    if options.matches:
        yield from _unmatched(options, text, name, place)
    if options.equals is not None:
        yield from _different(text.strip(), options.equals.strip(), name, ignore_case=options.ignore_case)


def _unmatched(options: TextOptions, text: str, name: str, place: Place) -> Iterator[str]:
    searches = [Search(regex, options.ignore_case) for regex in options.matches]
    rows = search(place, searches, [text])
    if isinstance(rows, Endless):
        yield f"{name}: {rows}"
        return
    for wanted, hits in zip(searches, rows[0], strict=True):
        if not hits.count:
            yield f"{name} does not match {wanted.regex!r}" + (f": {hits.near}" if hits.near else "")


def _different(text: str, wanted: str, name: str, *, ignore_case: bool) -> Iterator[str]:
    """The first line that differs."""
    if (text.casefold(), wanted.casefold()) == (wanted.casefold(),) * 2 if ignore_case else text == wanted:
        return
    pairs = enumerate(zip_longest(text.splitlines(), wanted.splitlines()), 1)
    number, (found, expected) = next(one for one in pairs if _differ(*one[1], ignore_case=ignore_case))
    yield f"{name} is not as expected: line {number} is {_shown(found)}, expected {_shown(expected)}"


def _differ(one: str | None, other: str | None, *, ignore_case: bool) -> bool:
    if ignore_case and one is not None and other is not None:
        return one.casefold() != other.casefold()
    return one != other


def _shown(line: str | None) -> str:
    return "not there" if line is None else repr(one_line(line) or line)
