"""Whether a change may be made to a working tree. Patches come from agents: what they do is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path, PurePosixPath

from pytest_agenttasks.patches.change import Change, State, in_other_repository, plain_folders
from pytest_agenttasks.patches.git import Repository
from pytest_agenttasks.patches.scratch import Scratch, contents_told, listed
from pytest_agenttasks.workspace import EXECUTABLE, FILE, LINK

PLACEHOLDER = re.compile(rb"\[scrubbed:[^\]\n]{1,200}\]")
"""What stands in a patch in the place of a secret; `scrub.py` writes it."""

CASSETTE = re.compile(rb"\A(?:#[^\n]*\n)*agenttasks-cassette:")
"""How a cassette begins; `cassettes/` writes it."""


class Guard:
    """Looks at changes before they are made.

    Attributes:
        repository: of the working tree.
        task_files: real paths of the task files of the run.
    """

    def __init__(self, repository: Repository, task_files: frozenset[Path]) -> None:
        self.repository = repository
        self.task_files = task_files
        self._task_folders = {file.parent for file in task_files}
        self._tracked = repository.tracked()
        self._dirty = repository.dirty()

    def refuses(self, changes: list[Change], patch: bytes, scratch: Scratch) -> str | None:
        """Why a patch must not be applied; None if it may."""
        reasons: dict[str, list[str]] = {}
        told = contents_told(patch)
        for change in changes:
            reason = next(self._against(change, changes, told, scratch), None)
            if reason is not None:
                reasons.setdefault(reason, []).append(change.path)
        return "; ".join(f"{reason}: {listed(paths)}" for reason, paths in reasons.items()) or None

    def _against(self, change: Change, all_changes: list[Change], told: set[str], scratch: Scratch) -> Iterator[str]:
        yield from self._place(change)
        yield from self._kind(change)
        yield from self._own_files(change, scratch)
        yield from self._uncommitted(change, all_changes)
        if change.new is not None and _is_scrubbed(change, told, scratch):
            yield "a secret was taken out of the patch, so that it is not what the agent wrote"

    def _place(self, change: Change) -> Iterator[str]:
        parts = [part.lower() for part in PurePosixPath(change.path).parts]
        if ".git" in parts or ".." in parts or change.path.startswith("/"):
            yield "a path that no patch may touch"
        if ".agenttasks" in parts:
            yield "it belongs to a run"
        if PLACEHOLDER.search(os.fsencode(change.path)):
            yield "a secret was taken out of the name"
        if in_other_repository(self.repository.top, change.path):
            yield "it lies in another repository"

    def _kind(self, change: Change) -> Iterator[str]:
        modes = {state.mode for state in (change.old, change.new) if state}
        if not modes <= {FILE, EXECUTABLE, LINK}:
            yield "it is neither a file nor a link"

    def _own_files(self, change: Change, scratch: Scratch) -> Iterator[str]:
        path = self.repository.top / change.path
        if path in self.task_files or (path.parent in self._task_folders and path.suffix in (".yaml", ".yml")):
            yield "task files are no agent's to change"
        contents = (scratch.content(state) for state in (change.old, change.new) if state)
        if path.suffix == ".yaml" and any(CASSETTE.match(content) for content in contents):
            yield "cassettes are no agent's to change"
        if change.new and change.new.mode == LINK and self._leads_out(change, scratch.content(change.new)):
            yield "a link that leads out of the project, or to git's own files"

    def _leads_out(self, change: Change, target: bytes) -> bool:
        """Whether a link leads out, by its text, through other links, or by `..` behind a name, which may be a link."""
        text, folder = os.fsdecode(target), PurePosixPath(change.path).parent
        behind = list(dropwhile(lambda part: part == "..", PurePosixPath(text).parts))
        parts = os.path.normpath(folder / text).split("/")
        really = Path(os.path.realpath(self.repository.top / folder / text))
        inside = parts[0] not in ("..", "") and ".." not in behind and really.is_relative_to(self.repository.top)
        return not inside or ".git" in (part.lower() for part in parts)

    def _uncommitted(self, change: Change, all_changes: list[Change]) -> Iterator[str]:
        top, deleted = self.repository.top, {one.path for one in all_changes if one.new is None}
        if change.path in self._dirty:
            yield "uncommitted changes"
        if not self._tracked.get(change.path, True):
            yield "git was told not to look at it"
        there = os.path.lexists(top / change.path)
        if there and change.path not in self._tracked:
            # A folder is in the way unless the patch empties it.
            if not (top / change.path).is_dir() or (top / change.path).is_symlink():
                yield "uncommitted changes (git does not know it)"
            elif not _emptied(top, top / change.path, deleted):
                yield "a folder is in its place"
        above = [str(folder) for folder in PurePosixPath(change.path).parents]
        if not plain_folders(top, change.path) and not deleted & set(above):
            yield "it lies behind a link, or below a file"


def _emptied(top: Path, folder: Path, deleted: set[str]) -> bool:
    """Whether all of a folder goes away; an empty folder in it would stay."""
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        gone = all(os.path.relpath(Path(where, name), top) in deleted for name in [*files, *links])
        if not gone or not (folders or files):
            return False
    return True


def _is_scrubbed(change: Change, told: set[str], scratch: Scratch) -> bool:
    """Whether a placeholder came in that the agent did not write: then the content is not what the agent left."""
    assert change.new is not None
    return change.new.blob not in told and _placeholders(change.new, scratch) > _placeholders(change.old, scratch)


def _placeholders(state: State | None, scratch: Scratch) -> int:
    return len(PLACEHOLDER.findall(scratch.content(state))) if state else 0
