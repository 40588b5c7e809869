"""Where two values differ, told in as few words as a person needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

CONTEXT = 60
"""Characters shown on both sides of a difference."""

LONGEST = 200
"""Characters shown of the difference itself."""

MOST_PIECES = 5_000
"""Words, or else lines, that are compared one by one to find several places: it takes the square of their number."""

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
    """Both values on one line each; of texts the words that differ, between « and », and their surroundings.

    Where texts differ in several places far from each other, it is the first, and how many there are besides.
    """
    if not (isinstance(old, str) and isinstance(new, str)):
        return _whole(old), _whole(new)
    spans = _places(old, new, *_outer_span(old, new))
    was, now = _whole_words(old, new, spans[0])
    more = "" if len(spans) == 1 else f" (and {len(spans) - 1} more place{'s' if len(spans) > 2 else ''})"
    return _marked(old, *was), _marked(new, *now) + more


class _Span(NamedTuple):
    """A place where two texts differ, as where it begins and ends in both."""

    old: tuple[int, int]
    new: tuple[int, int]


def _outer_span(old: str, new: str) -> tuple[int, int]:
    """How many characters both begin with and, of the rest, end with."""
    begin = _common(old, new)
    return begin, _common(old[begin:][::-1], new[begin:][::-1])


def _places(old: str, new: str, begin: int, end: int) -> list[_Span]:
    """The places between what both begin and end with; one, if they are near to each other."""
    whole = _Span((begin, len(old) - end), (begin, len(new) - end))
    if min(whole.old[1], whole.new[1]) - begin <= CONTEXT:
        return [whole]
    for pattern in (r"\w+|\W", r"[^\n]*\n?"):
        pieces = [re.findall(pattern, text[begin : len(text) - end]) for text in (old, new)]
        if max(map(len, pieces)) <= MOST_PIECES:
            return list(_far_apart(_differing(pieces[0], pieces[1], begin)))
    return [whole]


def _differing(old: list[str], new: list[str], begin: int) -> Iterator[_Span]:
    at = [_offsets(pieces, begin) for pieces in (old, new)]
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=len(old) > 500).get_opcodes():
        if kind != "equal":
            yield _Span((at[0][i1], at[0][i2]), (at[1][j1], at[1][j2]))


def _offsets(pieces: list[str], begin: int) -> list[int]:
    offsets = [begin]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return offsets


def _far_apart(spans: Iterator[_Span]) -> Iterator[_Span]:
    """The spans, those of them as one that stand so near that each would be seen beside the other."""
    held = next(spans)
    for span in spans:
        if span.old[0] - held.old[1] <= CONTEXT:
            held = _Span((held.old[0], span.old[1]), (held.new[0], span.new[1]))
        else:
            yield held
            held = span
    yield held


def _whole_words(old: str, new: str, span: _Span) -> _Span:
    """The span, widened to words where it begins or ends inside of one."""
    texts = old[slice(*span.old)], new[slice(*span.new)]
    before = after = 0
    if any(re.match(r"\w", text) for text in texts):
        before = len(_word(r"\w{0,20}\Z", old[: span.old[0]]))
    if any(re.search(r"\w\Z", text) for text in texts):
        after = len(_word(r"\w{0,20}", old[span.old[1] :]))
    return _Span(
        (span.old[0] - before, span.old[1] + after),
        (span.new[0] - before, span.new[1] + after),
    )


def _word(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[0] if found else ""


def _element(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _whole(value: Any) -> str:
    return "(nothing)" if value is ABSENT else _cut(value if isinstance(value, str) else json.dumps(value))


def _cut(text: str) -> str:
    return on_a_line(text) if len(text) <= LONGEST else f"{on_a_line(text[:LONGEST])}… ({len(text):,} characters)"


def on_a_line(text: str) -> str:
    """The text with line ends, other controls and lone surrogates as escapes: it can be printed on its line."""
    line = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    return line.encode("utf-8", "backslashreplace").decode()


def _marked(text: str, begin: int, stop: int) -> str:
    before = ("…" if begin > CONTEXT else "") + on_a_line(text[max(0, begin - CONTEXT) : begin])
    after = on_a_line(text[stop : stop + CONTEXT]) + ("…" if len(text) - stop > CONTEXT else "")
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
