"""Globs over relative paths: `*`, `?` and `[…]` stay within a folder's names, `**` crosses folders."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(path: str, pattern: str) -> bool:
    """Whether a relative path with slashes matches a glob.

    Names that begin with a dot are names like any other. `tests/**` and `tests/` match everything below
    `tests`, at any depth, but not a file `tests`; `**/x.py` also matches `x.py` at the top. A `**` that is
    only a part of a name (`a**.py`) is a `*`. Upper and lower case differ.
    """
    if pattern.endswith("/"):
        pattern += "**"
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    return _match(tuple(path.split("/")), parts)


def _match(names: tuple[str, ...], globs: tuple[str, ...]) -> bool:
    if not globs:
        return not names
    if globs[0] != "**":
        return bool(names) and fnmatchcase(names[0], globs[0]) and _match(names[1:], globs[1:])
    if len(globs) == 1:
        return bool(names)
    return _match(names, globs[1:]) or (bool(names) and _match(names[1:], globs))
