"""Hidden inputs: what a check puts in place after the agent has ended, in a copy of what the agent left."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, some
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.workspace import EXECUTABLE, FILE, LEFT_OUT, Content, matches_any

if TYPE_CHECKING:
    from pytest_agenttasks.checks.base import WorkspaceLike
    from pytest_agenttasks.spec import Check, Hidden

STEERING = frozenset({
    "conftest.py", "sitecustomize.py", "usercustomize.py",
    "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "setup.cfg", ".coveragerc",
})  # fmt: skip
"""Names of files that steer a run of tests, or the start of Python. For a check with hidden inputs they are as they
were before the agent began, and so is a pyproject.toml in which the agent has changed what pytest reads."""

Changes = dict[str, Content | None]
"""By relative path: what stands there for the check; None for nothing."""


@dataclass(slots=True)
class Judging:
    """Where a check with hidden inputs looks.

    Attributes:
        place: the copy.
        undone: what the agent had put where the check has something else.
    """

    place: Place
    undone: list[str] = field(default_factory=list)

    def told(self, finding: Finding) -> Finding:
        """The finding, with what of the agent's did not count."""
        if not self.undone:
            return finding
        head, newline, evidence = finding.message.partition("\n")
        return replace(finding, message=f"{head} [not as the agent left it: {some(self.undone, 5)}]{newline}{evidence}")


@contextmanager
def judging(check: Check, place: Place) -> Iterator[Judging]:
    """The place in which a check is made: with hidden inputs a copy of the workspace, else the workspace itself.

    Raises:
        CheckError: the folder of hidden inputs is not there.
        WorkspaceError: the copy cannot be made.
    """
    if check.hidden is None:
        yield Judging(place)
        return
    inputs = hidden_inputs(check.hidden, place.base)
    changed = place.workspace.changed()
    changes = {**put_back(check.hidden, place.workspace, changed), **inputs}
    changes |= dict.fromkeys(name for new in inputs for name in changed if takes_precedence(name, new))
    with place.workspace.copy(changes) as copy:
        yield Judging(replace(place, workspace=copy), sorted(set(changed) & changes.keys()))


def hidden_inputs(hidden: Hidden, base: Path) -> Changes:
    """What is put in, by relative path.

    Raises:
        CheckError: the folder is not there, or cannot be read.
    """
    found: Changes = {}
    if hidden.from_ is not None:
        if (reason := missing_folder(hidden, base)) is not None:
            raise CheckError(reason)
        folder = base / hidden.from_
        try:
            found = {path.relative_to(folder).as_posix(): _content(path) for path in _files(folder)}
        except OSError as error:
            raise CheckError(f"hidden: {error.filename} cannot be read: {error.strerror}") from error
    given = {name: Content(text.encode()) for name, text in hidden.files.items()}
    return {**found, **given}


def missing_folder(hidden: Hidden, base: Path) -> str | None:
    """Why the folder of hidden inputs is of no use; None where it is, or none is named."""
    if hidden.from_ is None:
        return None
    folder = base / hidden.from_
    if not folder.is_dir():
        return f"hidden: the folder {hidden.from_} does not exist beside the task file"
    files = list(_files(folder))
    odd = next((path for path in files if path.is_symlink() or not path.is_file()), None)
    if odd is not None:
        kind = "a link" if odd.is_symlink() else "no regular file"
        return f"hidden: {hidden.from_}/{odd.relative_to(folder).as_posix()} is {kind}: put the file itself there"
    return None if files else f"hidden: the folder {hidden.from_} holds no file"


def hidden_digest(checks: Sequence[Check], base: Path) -> str:
    """A hash of all files in them.

    Raises:
        CheckError: a folder is not there, or cannot be read.
    """
    digest = sha256()
    for check in checks:
        if check.hidden is None or check.hidden.from_ is None:
            continue
        for name, content in sorted(hidden_inputs(check.hidden, base).items()):
            assert content is not None
            digest.update(f"{name}\0{content.mode}\0{sha256(content.data).hexdigest()}\0".encode())
    return digest.hexdigest()


def put_back(hidden: Hidden, workspace: WorkspaceLike, changed: tuple[str, ...]) -> Changes:
    """What of the agent's changes does not count for a check: what `original` names, and what steers tests."""
    return {
        name: workspace.original(name)
        for name in changed
        if matches_any(hidden.original, name) or _steers(name, workspace)
    }


def takes_precedence(name: str, hidden: str) -> bool:
    """Whether Python, asked for the module of a hidden file, would import another file in its stead.

    A package comes before a module of the same name, and a compiled extension before both:
    https://docs.python.org/3/reference/import.html, and the order of `importlib.machinery`'s finders.
    """
    if not hidden.endswith(".py"):
        return False
    stem = hidden.removesuffix(".py")
    compiled = name.startswith(f"{stem}.") and name.endswith((".so", ".pyd", ".dylib"))
    return compiled or name.startswith(f"{stem}/")


def _steers(name: str, workspace: WorkspaceLike) -> bool:
    if name != "pyproject.toml":
        return PurePosixPath(name).name in STEERING
    before = workspace.original(name)
    now = workspace.path / name
    if now.is_symlink():
        return True
    there = now.read_bytes() if now.is_file() else b""
    return _pytest_table(before.data if before else b"") != _pytest_table(there)


def _pytest_table(text: bytes) -> object:
    """What pytest reads of a pyproject.toml; the whole text where that is no TOML."""
    try:
        tool: Mapping[str, object] = tomllib.loads(text.decode()).get("tool", {})
        return tool.get("pytest")
    except (ValueError, AttributeError, RecursionError):
        return text


def _files(folder: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(folder):
        links = [name for name in folders if Path(top, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        named = sorted([*files, *links])
        yield from (Path(top, name) for name in named if name not in LEFT_OUT and not name.endswith(".pyc"))


def _content(path: Path) -> Content:
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    return Content(path.read_bytes(), EXECUTABLE if executable else FILE)
