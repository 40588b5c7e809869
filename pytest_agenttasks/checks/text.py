"""The checks `contains` and `matches`: how often a text, or a regular expression, stands in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, missed
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.occurrences import SEARCHED, Hits, Sought, judged, text_hits
from pytest_agenttasks.checks.searching import Endless, Search, search

if TYPE_CHECKING:
    from pytest_agenttasks.spec import ContainsOptions, MatchesOptions, SearchOptions


def contains(options: ContainsOptions, place: Place) -> Finding:
    """Files hold a text as often as they should."""
    paths = regular(place, options.file)
    try:
        if trouble := _trouble(options, paths, place):
            return missed(trouble)
        hits = {place.name(path): _hits(path, options) for path in paths}
    except OSError as error:
        return missed(_unreadable(error, place))
    return judged(options, hits, Sought("contain", repr(options.text)))


def matches(options: MatchesOptions, place: Place) -> Finding:
    """An expression is found in files as often as it should."""
    paths = regular(place, options.file)
    wanted = Search(options.regex, options.ignore_case, options.multiline, options.dot_all)
    try:
        if trouble := _trouble(options, paths, place):
            return missed(trouble)
        rows = search(place, [wanted], paths, options.seconds)
    except OSError as error:
        return missed(_unreadable(error, place))
    if isinstance(rows, Endless):
        return missed(f"{place.name(paths[rows.text])}: {rows}")
    hits = {place.name(path): hit for path, [hit] in zip(paths, rows, strict=True)}
    return judged(options, hits, Sought("match", repr(options.regex)))


def _trouble(options: SearchOptions, paths: list[Path], place: Place) -> str:
    """Why it cannot hold whatever is found: no file, or one of which more than is allowed may lie in the rest."""
    if not paths:
        return nothing_matches(options.file, place)
    big = [place.name(path) for path in paths if path.stat().st_size > SEARCHED]
    if big and options.high is not None:
        return f"{big[0]} is larger than {SEARCHED // 2**20} MiB: what it may not hold cannot be told"
    return ""


def _unreadable(error: OSError, place: Place) -> str:
    return f"{place.name(Path(error.filename))} cannot be read: {error.strerror}"


def _hits(path: Path, options: ContainsOptions) -> Hits:
    with path.open("rb") as file:
        content = file.read(SEARCHED)
    text = content.decode("utf-8", errors="surrogateescape")
    hits = text_hits(text, options.text, ignore_case=options.ignore_case)
    return hits if hits.count else replace(hits, near=hits.near or _of_its_kind(content))


def _of_its_kind(content: bytes) -> str:
    """Why a text may not be found that is there."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        binary = len(content) - error.start > 4 or len(content) < SEARCHED  # else it is cut within a character
    else:
        binary = False
    if binary or b"\0" in content:
        return "it is binary, not UTF-8 text"
    return f"only the first {SEARCHED // 2**20} MiB were searched" if len(content) >= SEARCHED else ""
