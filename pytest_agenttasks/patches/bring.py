"""Patches brought to a working tree one after the other, and written together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_agenttasks.patches.git import GitError, Repository
from pytest_agenttasks.patches.guard import PLACEHOLDER, Guard
from pytest_agenttasks.patches.journal import Journal
from pytest_agenttasks.patches.scratch import Scratch, scratch

TOO_BIG = b"\n# left out, too big for a patch: "
"""How a note in a patch begins that stands for a file; `workspace/` writes it."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch and where it belongs.

    Attributes:
        content: as `git diff` writes it.
        folder: that its paths are relative to, itself relative to the top of the working tree.
    """

    content: bytes
    folder: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a patch.

    Attributes:
        status: `applied`, `there` (all of it is there already), `left out`.
        why: it was left out.
        files: that it changes, relative to the top of the working tree.
    """

    status: Literal["applied", "there", "left out"]
    why: str = ""
    files: list[str] = field(default_factory=list)


class Bringing:
    """Patches on their way, from `Bringing.of`: tried with `add`, written with `write`."""

    def __init__(self, repository: Repository, scratch: Scratch, guard: Guard) -> None:
        self._repository = repository
        self._scratch = scratch
        self._guard = guard
        self._base = self._now = scratch.tree()

    @classmethod
    @contextmanager
    def of(cls, repository: Repository, patches: Sequence[Patch], task_files: frozenset[Path]) -> Iterator[Bringing]:
        """All patches that may be added.

        Args:
            repository: of the working tree.
            patches: in any order.
            task_files: real paths of task files, which no patch may change.

        Raises:
            GitError: git cannot work here.
        """
        with scratch(repository.objects) as place:
            for patch in patches:
                with suppress(GitError):  # no patch, as `add` will tell
                    place.take(repository.top, place.paths_in(patch.content, patch.folder))
            yield cls(repository, place, Guard(repository, task_files))

    def add(self, patch: Patch) -> Ended:
        """Apply a patch on top of those before it; what cannot be applied whole is left out whole."""
        if TOO_BIG in b"\n" + patch.content:
            return Ended("left out", "a file was too big for the patch; the agent's work is not all in it")
        tried = self._scratch.try_patch(patch.content, patch.folder)
        if tried.conflict is not None:
            scrubbed = "; secrets were taken out of the patch" if PLACEHOLDER.search(patch.content) else ""
            return Ended("left out", tried.conflict + scrubbed)
        refused = self._guard.refuses(tried.changes, patch.content, self._scratch)
        if refused is not None:
            self._scratch.back_to(self._now)
            return Ended("left out", refused)
        self._now = tried.tree
        return Ended("applied" if tried.changes else "there", files=[change.path for change in tried.changes])

    def write(self, journal: Journal) -> None:
        """Write what was added to the working tree, all or nothing.

        Raises:
            JournalError: nothing was written.
        """
        changes = self._scratch.changes(self._base, self._now)
        if changes:
            journal.write(changes, self._scratch.content)
