"""How often something stands in texts, against what is expected: the same for plain texts and for expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import EVIDENCE_LINES, LINE_LENGTH, Finding, found, missed, plural, some

if TYPE_CHECKING:
    from pytest_agenttasks.spec import SearchOptions

SEARCHED = 16 * 2**20
"""Bytes of a file that are searched: an agent can leave files of any size."""

COMPARED = 1_000
"""Lines among which the one that is most like a missing text is looked for."""

OTHER_CASE = "upper and lower case differ"


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found in one text.

    Attributes:
        count: how often.
        lines: number and content of the lines of the first hits.
        near: what is almost there, where there is nothing.
    """

    count: int
    lines: Sequence[tuple[int, str]] = field(default=())
    near: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for, in words: `contain` and `'usage'`."""

    verb: str
    what: str

    def does(self, names: Sequence[str]) -> str:
        """`a.md contains 'usage'`."""
        return f"{some(names, 3)} {self.verb}{_s(self.verb) if len(names) == 1 else ''} {self.what}"

    def does_not(self, names: Sequence[str]) -> str:
        """`a.md does not contain 'usage'`."""
        return f"{some(names, 3)} {'does' if len(names) == 1 else 'do'} not {self.verb} {self.what}"


def judged(options: SearchOptions, hits: Mapping[str, Hits], sought: Sought) -> Finding:
    """Compare what was found in files, by their names, with the counts that are expected."""
    if options.in_ == "each":
        return _each(options, hits, sought)
    total = sum(one.count for one in hits.values())
    holding = [name for name, one in hits.items() if one.count]
    if options.allows(total):
        return found(f"{sought.does(holding)}{_times(total)}" if holding else sought.does_not([*hits]))
    if not total:
        return missed(sought.does_not([*hits]) + _but(options) + _near([*hits.values()]))
    return missed(f"{sought.does(holding)}{_times(total)}, expected {options.told()}", _shown(hits))


def text_hits(text: str, sought: str, *, ignore_case: bool = False) -> Hits:
    """Where a plain text stands in another; where it does not, what is most like it."""
    content = text.casefold() if ignore_case else text
    wanted = sought.casefold() if ignore_case else sought
    count = content.count(wanted)
    if count:
        return Hits(count, _lines(content, text, wanted))
    if not ignore_case and sought.casefold() in text.casefold():
        return Hits(0, near=OTHER_CASE)
    return Hits(0, near=_most_alike(text, sought))


def _each(options: SearchOptions, hits: Mapping[str, Hits], sought: Sought) -> Finding:
    wrong = {name: one for name, one in hits.items() if not options.allows(one.count)}
    if not wrong:
        return found(f"{plural(len(hits), 'file')}: as expected, {options.told()} of {sought.what} in each")
    of = f" ({len(wrong)} of {len(hits)} files)" if len(hits) > 1 else ""
    empty = [name for name, one in wrong.items() if not one.count]
    if empty:
        return missed(sought.does_not(empty) + _but(options) + of + _near([wrong[name] for name in empty]))
    first, one = next(iter(wrong.items()))
    return missed(f"{sought.does([first])}{_times(one.count)}, expected {options.told()}{of}", _shown(wrong))


def _but(options: SearchOptions) -> str:
    expected = options.told()
    return "" if expected == "at least 1" else f", expected {expected}"


def _near(hits: Sequence[Hits]) -> str:
    near = next((one.near for one in hits if one.near), "")
    return f": {near}" if near else ""


def _shown(hits: Mapping[str, Hits]) -> list[str]:
    lines = [f"{name}:{number}: {line.strip()}" for name, one in hits.items() for number, line in one.lines]
    return lines[:EVIDENCE_LINES]


def _times(count: int) -> str:
    return "" if count == 1 else f" {count} times"


def _s(verb: str) -> str:
    return "es" if verb.endswith("ch") else "s"


def _lines(content: str, text: str, wanted: str) -> list[tuple[int, str]]:
    """Of the text as it is written, also where it was compared in another case."""
    told, at = text.split("\n"), -len(wanted)
    lines: list[tuple[int, str]] = []
    while len(lines) < EVIDENCE_LINES and (at := content.find(wanted, at + len(wanted))) != -1:
        number = content.count("\n", 0, at) + 1
        lines.append((number, told[number - 1][:LINE_LENGTH]))
    return lines


def _most_alike(text: str, sought: str) -> str:
    """The line that is most like the first one of what is looked for."""
    lines = {line.strip()[:LINE_LENGTH]: number for number, line in reversed([*enumerate(_first(text), 1)])}
    first = next((line.strip() for line in sought.splitlines() if line.strip()), "")
    match = get_close_matches(first[:LINE_LENGTH], lines, 1, 0.7)
    return f"line {lines[match[0]]} is near it: {match[0]!r}" if match else ""


def _first(text: str) -> list[str]:
    return text.split("\n", COMPARED)[:COMPARED]
