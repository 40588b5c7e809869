"""The checks `files`, `contains` and `diff`: they only look."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed, plural, some
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.workspace import path_matches

if TYPE_CHECKING:
    from pytest_agenttasks.spec import ContainsOptions, DiffOptions, FilesOptions

SEARCHED = 16 * 2**20
"""Bytes of a file that `contains` reads: an agent can leave files of any size."""


def files(options: FilesOptions, place: Place) -> Finding:
    """Each pattern matches a file that is not empty."""
    wanting = [reason for pattern in options.exist if (reason := _why_wanting(pattern, place))]
    if wanting:
        return missed("; ".join(wanting))
    return found(f"{plural(len(options.exist), 'pattern')} matched")


def contains(options: ContainsOptions, place: Place) -> Finding:
    """A file holds a text."""
    candidates = regular(place, options.file)
    if not candidates:
        return missed(nothing_matches(options.file, place))
    try:
        contents = {place.name(path): _text(path) for path in candidates}
    except OSError as error:
        return missed(f"{place.name(Path(error.filename))} cannot be read: {error.strerror}")
    for name, content in contents.items():
        if _holds(content, options.text, options.ignore_case):
            return found(f"{name} contains {options.text!r}")
    return missed(_lacking(options, contents))


def diff(options: DiffOptions, place: Place) -> Finding:
    """Nothing was changed but what may be. `tests/` stands for `tests/**`."""
    globs = [f"{glob}**" if glob.endswith("/") else glob for glob in options.only]
    changed = place.workspace.changed()
    offending = [name for name in changed if not any(path_matches(glob, name) for glob in globs)]
    if offending:
        return missed(f"changed outside {', '.join(options.only)}: {some(offending, 10)}")
    return found(f"{plural(len(changed), 'file')} changed, all within {', '.join(options.only)}")


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


def _why_wanting(pattern: str, place: Place) -> str:
    there = regular(place, pattern)
    if not there:
        return nothing_matches(pattern, place)
    if all(path.stat().st_size == 0 for path in there):
        return f"{some([place.name(path) for path in there], 3)} {'is' if len(there) == 1 else 'are'} empty"
    return ""


def _near(pattern: str, place: Place) -> str:
    """Files around a pattern, most similar first: of its folder, or of the nearest one that has any."""
    for folder in PurePosixPath(pattern).parents:
        if any(sign in str(folder) for sign in "*?["):
            continue
        names = [place.name(path) for path in regular(place, str(folder / "*"))]
        if names:
            alike = get_close_matches(pattern, names, n=3, cutoff=0.5)
            return some([*alike, *(name for name in names if name not in alike)], 5)
    return "no files"


def _text(path: Path) -> str:
    """The beginning of a file. Bytes that are no UTF-8 stay apart from every character that is."""
    with path.open("rb") as file:
        return file.read(SEARCHED).decode("utf-8", errors="surrogateescape")


def _holds(content: str, text: str, ignore_case: bool) -> bool:
    return text.casefold() in content.casefold() if ignore_case else text in content


def _lacking(options: ContainsOptions, contents: dict[str, str]) -> str:
    names = list(contents)
    message = f"{some(names, 3)} {'does' if len(names) == 1 else 'do'} not contain {options.text!r}"
    if any(_holds(content, options.text, ignore_case=True) for content in contents.values()):
        return f"{message}: upper and lower case differ"
    if any("\0" in content or not _is_utf8(content) for content in contents.values()):
        return f"{message}: binary, not UTF-8 text"
    if any(len(content.encode("utf-8", "surrogateescape")) >= SEARCHED for content in contents.values()):
        return f"{message} in the first {SEARCHED // 2**20} MiB"
    return message


def _is_utf8(content: str) -> bool:
    try:
        content.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
