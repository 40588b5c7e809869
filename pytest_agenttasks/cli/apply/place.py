"""Where patches go: the working tree, and the folder of each task in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.patches import Repository
from pytest_agenttasks.results import TaskResult


class NoPlace(Exception):  # noqa: N818 - a task is left out, nothing broke
    """A task's files belong nowhere in the working tree; the message says why."""


@dataclass(frozen=True)
class Place:
    """A working tree.

    Attributes:
        root: of the project in it: pytest's rootdir.
        repository: that it belongs to.
        into: folder, relative to the top, that was asked for; None: each task's own.
    """

    root: Path
    repository: Repository
    into: str | None

    @classmethod
    def of(cls, run: Path, project: Path, into: Path | None) -> Place:
        """The working tree around a project, or around the folder that was asked for.

        Args:
            run: the run folder. The project it lies in is taken if that is around the current folder.
            project: around the current folder.
            into: what was asked for.

        Raises:
            GitError: there is no working tree.
            Refused: the folder that was asked for is a file.
        """
        own = run.parent.parent.parent
        inside = run.parent.name == "runs" and Path.cwd().is_relative_to(own)
        root = (own if inside else project).resolve()
        if into is None:
            return cls(root, Repository.around(root), None)
        real = into.resolve()
        if real.exists() and not real.is_dir():
            raise Refused(f"--into {into}: it is a file; expected a folder")
        repository = Repository.around(next(one for one in (real, *real.parents) if one.is_dir()))
        return cls(root, repository, real.relative_to(repository.top).as_posix())

    def folder(self, result: TaskResult) -> str:
        """The folder that a task's patch is relative to, itself relative to the top of the working tree.

        Raises:
            NoPlace: there is none.
        """
        if self.into is not None:
            return self.into
        if not isinstance(result.source, str):
            raise NoPlace("its workspace was made from no folder of the project; `--into .` puts its files here")
        folder = (self.root / result.source).resolve()
        if not folder.is_relative_to(self.root) or not folder.is_dir():
            raise NoPlace(
                f"its files came from the folder {result.source}, which is not in {self.root}; use --into DIR"
            )
        return folder.relative_to(self.repository.top).as_posix()
