"""Names of tasks as legal, unique path names: one function for cassettes, run folders and ids."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_ILLEGAL = re.compile(r"[^a-z0-9._]+")  # no two hyphens in a row: `--` stands between task and preset
_LONGEST = 80  # with suffixes far below the 255 bytes that file systems allow


def slug(name: str) -> str:
    """A legal path name for any text: itself if it is one already, else readable and with a hash of the text.

    Upper case counts as illegal, because some file systems do not tell it from lower case.
    """
    plain = _ILLEGAL.sub("-", name.lower()).strip("-.")
    if plain == name and 0 < len(plain) <= _LONGEST:
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:_LONGEST].strip('-.')}-{digest}".lstrip("-")


def folder(file: Path, root: Path) -> str:
    """The relative folder for all that belongs to a task file: its own path without `.yaml`.

    Other endings stay, so that `a.yaml`, `a.yml` and `a.task.yaml` have folders of their own.
    """
    stem = file.with_name(file.name.removesuffix(".yaml") or file.name)
    try:
        return "/".join(slug(part) for part in stem.relative_to(root).parts)
    except ValueError:
        digest = hashlib.sha256(str(file.parent).encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"outside-{digest}/{slug(stem.name)}"


def stem_of(file: Path) -> str:
    """A task file's name without `.yaml`, `.yml`, `.task.yaml`: the id of a task that gives none."""
    return re.sub(r"(\.task)?\.ya?ml$", "", file.name) or "task"
