"""Which files a task's checks look at, and whether its prompt names them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pytest_agenttasks.spec import Check, Options, Task, is_glob
from pytest_agenttasks.workspace import LEFT_OUT

WANTED = ("exist", "file", "of", "compiles")
"""Options that hold paths and globs of what must be there."""

KEYS = (*WANTED, "only", "must", "tests", "paths", "sees")
"""Options that hold paths, globs and node ids."""


def looked_at(check: Check) -> list[str]:
    """Paths and globs that a check looks at, without what stands for any file, and what an agent never sees."""
    if check.hidden is not None and check.hidden.from_ is not None:
        return []
    hidden = check.hidden.files if check.hidden is not None else ()
    return [one for one in dict.fromkeys(_all(check.options)) if _words(one) and one not in hidden]


def wanted(check: Check) -> list[str]:
    """Files that must be there for a check to pass, by their plain paths; none where hidden ones are put in."""
    if check.hidden is not None:
        return []
    return [one for key in WANTED for one in _texts(check.options, key) if not is_glob(one)]


def at_first(task: Task) -> set[str] | None:
    """The files that the agent finds; None where they are not known without building its workspace."""
    spec = task.spec.workspace
    if spec.git is not None or spec.setup:
        return None
    source = task.path.parent / spec.from_ if spec.from_ is not None else None
    return {*spec.files, *(_below(source) if source is not None else {})}


def texts_below(folder: Path) -> dict[str, str]:
    """The texts of the Python files in a folder, by relative path."""
    found = {name: path for name, path in _below(folder).items() if name.endswith(".py")}
    return {name: path.read_text("utf-8", "replace") for name, path in found.items()}


def names(prompt: str, pattern: str) -> bool:
    """Whether a text speaks of a file: by path, name, stem, module, or a folder that it is in."""
    text = prompt.casefold()
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in _words(pattern))


def _below(folder: Path) -> dict[str, Path]:
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name.as_posix(): path for name, path in found.items() if not LEFT_OUT.intersection(name.parts)}


def _all(options: Options) -> Iterator[str]:
    for key in KEYS:
        yield from (one.partition("::")[0] for one in _texts(options, key))
    for argument in shlex.split(str(getattr(options, "args", ""))):
        if not argument.startswith("-") and ("/" in argument or "." in argument):
            yield argument.partition("::")[0]


def _texts(options: Options, key: str) -> list[str]:
    value = getattr(options, key, None)
    given = value if isinstance(value, list | tuple) else [value]
    return [one for one in given if isinstance(one, str)]


def _words(pattern: str) -> set[str]:
    """What a text may call it, in lower case."""
    path = PurePosixPath(pattern.casefold())
    parts = [part for part in path.parts if not is_glob(part)]
    words = {part.strip(".") for part in parts[: None if parts == list(path.parts) else len(parts)]}
    if path.name and not is_glob(path.name):  # `.` has none
        words |= {path.as_posix(), path.name, path.stem, ".".join(path.with_suffix("").parts)}
    return {word for word in words if len(word) > 1}
