"""When a cassette was recorded: by its header, else by git, else by the file's own time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_agenttasks.cassettes import shown_age
from pytest_agenttasks.results import Json


@dataclass(frozen=True, slots=True)
class When:
    """A time of recording.

    Attributes:
        at: UTC.
        source: `header`; `git`: the last commit that changed the file; `file`: when it was last written, which after
            a clone is the time of the clone.
    """

    at: datetime
    source: str

    def age(self, now: datetime) -> str:
        """How old it is, and by whom that is known if not by the recording itself."""
        told = shown_age((now - self.at).total_seconds())
        return told if self.source == "header" else f"{told} ({self.source})"


def from_header(header: Json) -> When | None:
    """What a recording says itself; older ones do not."""
    try:
        at = datetime.fromisoformat(str(header["recorded"]))
    except (KeyError, ValueError):
        return None
    return When(at if at.tzinfo else at.replace(tzinfo=UTC), "header")


def from_outside(paths: Iterable[Path], folder: Path) -> dict[Path, When]:
    """What git, or the file system, says of files below a folder."""
    committed = _committed(folder)
    found = {}
    for path in paths:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        at = committed.get(path.resolve())
        found[path] = When(at, "git") if at else When(written, "file")
    return found


def _committed(folder: Path) -> dict[Path, datetime]:
    """Time of the last commit of each file, without those that were changed since."""
    top = _git(folder, "rev-parse", "--show-toplevel").strip()
    if not top:
        return {}
    changed = set(_git(folder, "diff", "--name-only", "-z", "HEAD", "--", ".").split("\0"))
    found: dict[Path, datetime] = {}
    at: datetime | None = None
    for word in _git(folder, "log", "--format=%x00%x01%cI", "--name-only", "-z", "--", ".").split("\0"):
        name = word.strip("\n")
        if name.startswith("\x01"):
            at = datetime.fromisoformat(name[1:].strip())
        elif name and at is not None and name not in changed:
            found.setdefault((Path(top) / name).resolve(), at)
    return found


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing where it cannot, or is not there."""
    # Variables such as GIT_DIR, which git sets for hooks, would point at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
