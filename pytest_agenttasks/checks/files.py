"""The checks `files` and `absent`: what is there, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed, plural, some
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.spec import is_glob

if TYPE_CHECKING:
    from pytest_agenttasks.spec import AbsentOptions, FilesOptions


def files(options: FilesOptions, place: Place) -> Finding:
    """Each pattern matches as many files as it should, those not counted that are too small."""
    wanting = [reason for pattern in options.exist if (reason := _why_wanting(pattern, options, place))]
    if wanting:
        return missed("; ".join(wanting))
    return found(f"{plural(len(options.exist), 'pattern')} matched")


def absent(options: AbsentOptions, place: Place) -> Finding:
    """No pattern matches anything: no file, no folder, no link."""
    there = [name for pattern in options.paths for name in _entries(place, pattern)]
    if there:
        return missed(f"there should not be {some(list(dict.fromkeys(there)), 10)}")
    return found(f"nothing matches {', '.join(options.paths)}")


def regular(place: Place, pattern: str) -> list[Path]:
    """Regular files that a pattern matches. A link counts where it leads to one in the workspace.

    Raises:
        CheckError: the pattern leads out of the workspace, a mistake of the task.
    """
    try:
        return [path for path in place.workspace.matching(pattern) if _is_file(path)]
    except ValueError as error:
        raise CheckError(str(error)) from None


def nothing_matches(pattern: str, place: Place) -> str:
    """That no file matches, and what is there instead."""
    whole = place.workspace.path / pattern
    if "*" not in pattern and whole.is_dir():
        return f"{pattern} is a folder, not a file; there are: {_near(pattern + '/*', place)}"
    return f"no file matches {pattern}; there are: {_near(pattern, place)}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder without permission; before Python 3.14 it is not False
        return False


def _why_wanting(pattern: str, options: FilesOptions, place: Place) -> str:
    there = regular(place, pattern)
    small = [path for path in there if path.stat().st_size < options.min_bytes]
    count = len(there) - len(small)
    if options.allows(count):
        return ""
    if not there:
        return nothing_matches(pattern, place)
    if not count:
        size = "empty" if options.min_bytes == 1 else f"smaller than {options.min_bytes} bytes"
        return f"{some(_names(small, place), 3)} {'is' if len(small) == 1 else 'are'} {size}"
    large = [path for path in there if path not in small]
    expected = f"expected {options.told()}"
    return f"{plural(count, 'file')} {_es('match', count)} {pattern}, {expected}: {some(_names(large, place), 5)}"


def _names(paths: Sequence[Path], place: Place) -> list[str]:
    return [place.name(path) for path in paths]


def _es(verb: str, count: int) -> str:
    return f"{verb}es" if count == 1 else verb


def _entries(place: Place, pattern: str) -> list[str]:
    try:
        return place.workspace.entries(pattern)
    except ValueError as error:
        raise CheckError(str(error)) from None


def _near(pattern: str, place: Place) -> str:
    """Files around a pattern, most similar first: of its folder, or of the nearest one that has any."""
    for folder in PurePosixPath(pattern).parents:
        if is_glob(str(folder)):
            continue
        names = [place.name(path) for path in regular(place, str(folder / "*"))]
        if names:
            alike = get_close_matches(pattern, names, n=3, cutoff=0.5)
            return some([*alike, *(name for name in names if name not in alike)], 5)
    return "no files"


def content(place: Place, name: str) -> bytes | None:
    """What is in a file of the workspace now; None where there is no file that can be read."""
    path = place.workspace.path / name
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None
