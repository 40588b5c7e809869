"""Whether two working copies are of the same state, as far as the tasks of a run go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

DIGITS = 16
"""Hexadecimal digits of a hash: it guards against mistakes, not against people."""

MOST_NAMED = 5
"""Differences that a message names."""


def project_files(root: Path, folders: Iterable[Path], others: Iterable[Path | None]) -> dict[str, str]:
    """Hashes of what decides which tasks there are, by names relative to the root.

    Args:
        root: of the project.
        folders: in which YAML files are task files.
        others: further files; those that are not there are left out.
    """
    named = [file for file in (*others, root / "conftest.py") if file is not None]
    files = {file for file in (*named, *_in_task_folders(folders)) if file.is_file() and file.is_relative_to(root)}
    return {file.relative_to(root).as_posix(): sha256(file.read_bytes()).hexdigest()[:DIGITS] for file in sorted(files)}


def _in_task_folders(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for pattern in ("*.yaml", "*.yml", "conftest.py"):
            for file in folder.rglob(pattern):
                if not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts):
                    yield file


def differences(here: Mapping[str, object], there: Mapping[str, object]) -> str:
    """What differs, in words; empty if nothing does.

    Args:
        here: name → what stands for its content, on this machine.
        there: the same on another one.
    """
    told = [
        *(f"{name} is missing there" for name in here if name not in there),
        *(f"{name} is only there" for name in there if name not in here),
        *(f"{name} differs{_in_what(one, there[name])}" for name, one in here.items() if there.get(name, one) != one),
    ]
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return "; ".join(told[:MOST_NAMED]) + more


def _in_what(here: object, there: object) -> str:
    """Which parts of a task are not the same, where it is known by parts."""
    if not isinstance(here, Mapping) or not isinstance(there, Mapping):
        return ""
    parts = sorted(part for part in here.keys() | there.keys() if here.get(part) != there.get(part))
    return f" ({', '.join(parts)})"
