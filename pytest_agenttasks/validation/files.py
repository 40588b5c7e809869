"""Which files a task's checks look at, and whether its prompt names them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from pytest_agenttasks.spec import Check, Options

WANTED = ("exist", "file", "of", "compiles")
"""Options that hold paths and globs of what must be there."""

KEYS = (*WANTED, "only", "must", "tests", "paths", "sees")
"""Options that hold paths, globs and node ids."""

_MAGIC = re.compile(r"[*?\[]")


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


def is_glob(pattern: str) -> bool:
    """Whether it may mean several files."""
    return _MAGIC.search(pattern) is not None


def names(prompt: str, pattern: str) -> bool:
    """Whether a text speaks of a file: by path, name, stem, module, or a folder that it is in."""
    text = prompt.casefold()
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in _words(pattern))


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
    if not is_glob(path.name):
        words |= {path.as_posix(), path.name, path.stem, ".".join(path.with_suffix("").parts)}
    return {word for word in words if len(word) > 1}
