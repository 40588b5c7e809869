"""What imported tasks work in: the project, as a commit or as it is on disk; and which files that has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.results import Json

CHOICES = ("auto", "git", "folder", "none")


@dataclass(frozen=True, slots=True)
class Place:
    """A project as a workspace.

    Attributes:
        workspace: as a task file gives it; empty for an empty workspace.
        project: its folder.
        names: paths of all files of the commit; None where it is the folder.
    """

    workspace: Json
    project: Path
    names: frozenset[str] | None = None

    @property
    def shown(self) -> str:
        """For the report."""
        return "the last commit" if self.names is not None else "the project's folder"

    def has(self, path: str) -> bool:
        """Whether a file or folder of the project is in it."""
        plain = str(PurePosixPath(path))
        if self.names is None:
            return (self.project / plain).exists()
        return plain in self.names or any(name.startswith(f"{plain}/") for name in self.names)


def place_of(target: Path, wish: str) -> Place:
    """The workspace of tasks in a folder.

    The project is the folder in which the command runs, or the one above `target` where that lies outside of it.

    Args:
        wish: one of `CHOICES`; `auto` is the last commit where there is one, else the folder.

    Raises:
        Refused: a commit is wanted and there is none.
    """
    here = Path.cwd()
    project = here if target.resolve().is_relative_to(here) else target.resolve().parent
    if wish == "none":
        return Place({}, project)
    found = _commit(project, target) if wish != "folder" else None
    if found is not None:
        return found
    if wish == "git":
        raise Refused(f"--workspace=git: {project} has no commit (or git is not installed); commit, or say folder")
    return Place({"from": os.path.relpath(project, target.resolve())}, project)


def not_there(place: Place, paths: Iterable[str]) -> list[str]:
    """Which of these the project does not have."""
    return [path for path in dict.fromkeys(paths) if not place.has(path)]


def _commit(project: Path, target: Path) -> Place | None:
    top, below = _git(project, "rev-parse", "--show-toplevel"), _git(project, "rev-parse", "--show-prefix")
    listed = _git(project, "ls-tree", "-r", "-z", "--name-only", "HEAD")
    if top is None or below is None or not listed or not target.resolve().is_relative_to(Path(top.strip()).resolve()):
        return None
    folder = below.strip().rstrip("/")
    git = {"ref": "HEAD"} | ({"path": folder} if folder else {})
    return Place({"git": git}, project, frozenset(listed.split("\0")))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails or is not there."""
    if shutil.which("git") is None:
        return None
    # Variables such as GIT_DIR, which git sets for hooks, would point at another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
