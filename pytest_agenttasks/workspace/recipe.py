"""What a workspace is built from and how: the files, then the setup's commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import git, source
from pytest_agenttasks.workspace.commands import Isolation
from pytest_agenttasks.workspace.resources import Resources

if TYPE_CHECKING:
    from pytest_agenttasks.spec import WorkspaceSpec

SETUP_SECONDS = 600.0
SETUP_LINES_SHOWN = 15


class SetupError(WorkspaceError):
    """A command of the setup failed.

    Attributes:
        lasting: it would fail again: it ended by itself, and nothing outside the workspace had a part in it.
    """

    def __init__(self, message: str, *, lasting: bool) -> None:
        super().__init__(message)
        self.lasting = lasting


@dataclass(frozen=True)
class Recipe:
    """All that a workspace depends on.

    Attributes:
        spec: what it starts from and how it is set up.
        base: folder of the task file.
        isolation: what its commands run in.
        withheld: resolved paths that are not copied.
        resources: limits for every command.
    """

    spec: WorkspaceSpec
    base: Path
    isolation: Isolation
    withheld: frozenset[Path]
    resources: Resources

    def fill(self, root: Path) -> None:
        """Make the folder, with the files in it.

        Raises:
            WorkspaceError: what it starts from is not there, or cannot be copied.
        """
        if self.spec.git is not None:
            git.check_out(self.base, self.spec.git.ref, self.spec.git.path, root)
            source.drop(root, git.top_of(self.base) / self.spec.git.path, self.withheld)
            source.refuse_links_out(root)
        elif self.spec.from_ is not None:
            source.copy_folder(self.base / self.spec.from_, root, self.withheld)
        else:
            root.mkdir()
        source.write_files(self.spec.files, root)
        source.settle(root)

    def set_up(self, execute: Callable[..., CommandResult]) -> None:
        """Run the setup's commands.

        Raises:
            SetupError: one did not end with 0.
        """
        for command in self.spec.setup:
            result = execute(command, seconds=SETUP_SECONDS)
            if result.exit_code == 0:
                continue
            took = f"took longer than {SETUP_SECONDS:.0f} s" if result.timed_out else f"ended with {result.exit_code}"
            lines = result.output.rstrip().splitlines()[-SETUP_LINES_SHOWN:]
            told = f"workspace.setup: the command {command!r} {took}; its last output:"
            by_itself = result.exit_code is not None and result.exit_code < 128 and result.exceeded is None
            raise SetupError("\n".join([told, *lines]), lasting=by_itself and not self.spec.network)

    def key(self) -> str:
        """A name for what comes out: equal as long as nothing has changed that it is made from.

        Raises:
            WorkspaceError: what it starts from is not there.
        """
        said = self.spec.model_dump(mode="json", exclude={"from_", "git"})
        made_with = [self.isolation, sys.executable, asdict(self.resources), said]
        digest = sha256(json.dumps(made_with, sort_keys=True).encode())
        for line in self._state():
            digest.update(os.fsencode(line) + b"\0")
        return digest.hexdigest()[:32]

    def _state(self) -> Iterator[str]:
        """What the files are made from, and what of it is left out."""
        if self.spec.git is not None:
            top = git.top_of(self.base).resolve() / self.spec.git.path
            yield f"{top} {git.commit(self.base, self.spec.git.ref)}"
            yield from sorted(str(path) for path in self.withheld if path.is_relative_to(top))
        elif self.spec.from_ is not None:
            top = (self.base / self.spec.from_).resolve()
            yield str(top)
            if top.is_dir():
                yield from _stamps(top, self.withheld)


def _stamps(folder: Path, withheld: frozenset[Path]) -> Iterator[str]:
    """What changes whenever a file does: much cheaper than to read them all."""
    for entry in source.entries(folder, withheld):
        status = entry.stat(follow_symlinks=False)
        yield f"{entry.path} {status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        if entry.is_dir(follow_symlinks=False):
            yield from _stamps(Path(entry.path), withheld)
