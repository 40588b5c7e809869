"""Names that agents and task files give for files, turned into files of the workspace and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pytest_agenttasks.workspace.folders import SHOWN_WORKSPACE
from pytest_agenttasks.workspace.tree import entries_below, files_below

_MOST_LINKS = 40  # what Linux follows before it says ELOOP: path_resolution(7)


def resolve(root: Path, name: str) -> Path:
    """Return the path on the host that a name means, all links followed; it need not exist.

    Args:
        root: the workspace.
        name: relative, below `/workspace`, or below the real path.

    Raises:
        ValueError: it lies outside, or leads there through a link; the message is for an agent.
    """
    if "\0" in name:
        raise ValueError("a path cannot hold a NUL character")
    try:
        return _walk(root, name)
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}") from error


def _walk(root: Path, name: str) -> Path:
    pending = _parts_inside(root, name, name)
    done: list[str] = []
    links = 0
    while pending:
        part = pending.pop(0)
        if part == "..":
            if not done:
                raise _outside(name)
            done.pop()
            continue
        path = root.joinpath(*done, part)
        if not path.is_symlink():
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise ValueError(f"{name} leads through a circle of links")
        target = str(path.readlink())
        if target.startswith("/"):
            done = []
        pending = _parts_inside(root, target, name) + pending
    return root.joinpath(*done)


def _parts_inside(root: Path, path: str, name: str) -> list[str]:
    if not path.startswith("/"):
        return list(PurePosixPath(path).parts)
    for top in (SHOWN_WORKSPACE, str(root)):
        if PurePosixPath(path).is_relative_to(top):
            return list(PurePosixPath(path).relative_to(top).parts)
    raise _outside(name)


def _outside(name: str) -> ValueError:
    return ValueError(
        f"{name} lies outside of the workspace; use a path relative to {SHOWN_WORKSPACE}, such as src/a.py"
    )


def find(root: Path, pattern: str) -> list[str]:
    """Return the relative paths of existing files that a glob, or a plain path, means, sorted.

    Links to files inside count as files; links to folders are not searched.

    Raises:
        ValueError: the pattern leads out of the workspace.
    """
    relative = _relative(root, pattern)
    if _is_file(root, relative):
        return [relative]
    names = (name for name, _ in files_below(root, ignore=False))
    return sorted(name for name in names if path_matches(relative, name) and _is_file(root, name))


def entries(root: Path, pattern: str) -> list[str]:
    """Return the relative paths of files, folders, links and whatever else a glob, or a plain path, means, sorted.

    No link is followed: it counts itself, wherever it leads.

    Raises:
        ValueError: the pattern leads out of the workspace.
    """
    relative = _relative(root, pattern)
    return sorted(name for name in entries_below(root) if name == relative or path_matches(relative, name))


def _relative(root: Path, pattern: str) -> str:
    parts = _parts_inside(root, pattern, pattern)
    if ".." in parts:
        raise _outside(pattern)
    return "/".join(parts)


def _is_file(root: Path, name: str) -> bool:
    try:
        return resolve(root, name).is_file()
    except (ValueError, OSError):
        return False


def path_matches(pattern: str, path: str) -> bool:
    """Tell whether a relative path matches a glob.

    `*` and `?` stay within a folder, and `[ab]` is one of the characters. `**` as a whole part is any
    number of folders, none included; at the end it is everything below. A pattern without magic matches
    that path only.
    """
    return _compiled(pattern).fullmatch(path) is not None


def matches_any(globs: Iterable[str], path: str) -> bool:
    """Tell whether a relative path matches one of the globs. `tests/` stands for `tests/**`."""
    return any(path_matches(f"{glob}**" if glob.endswith("/") else glob, path) for glob in globs)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = PurePosixPath(pattern).parts
    last = len(parts) - 1
    found = []
    for number, part in enumerate(parts):
        if part == "**":
            found.append(".+" if number == last else "(?:[^/]+/)*")
        else:
            found.append(_part(part) + ("" if number == last else "/"))
    return re.compile("".join(found), re.DOTALL)


def _part(part: str) -> str:
    """Translate one part. A bracket that is not closed stands for itself."""
    tokens = re.findall(r"\[!?\]?[^\]]*\]|\*+|.", part, re.DOTALL)
    return "".join(map(_token, tokens))


def _token(token: str) -> str:
    if token.startswith("*"):
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token.startswith("[") and len(token) > 1:
        negated = token[1] == "!"
        chosen = re.sub(r"([\\\[\]^&~|])", r"\\\1", token[2 if negated else 1 : -1])
        return f"[{'^/' if negated else ''}{chosen}]"
    return re.escape(token)
