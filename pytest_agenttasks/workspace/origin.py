"""Where in the project a workspace's files came from: what its patch is brought back to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import git

if TYPE_CHECKING:
    from pytest_agenttasks.spec import WorkspaceSpec


def origin_of(spec: WorkspaceSpec, *, base: Path, root: Path) -> str | None:
    """The folder that is copied, or that a commit is checked out of, relative to the root, with `/`.

    Args:
        spec: what a workspace starts from.
        base: folder of the task file.
        root: of the project.

    Returns:
        None where there is no such folder (only `files` are given), or it lies outside of the root.
    """
    if spec.git is not None:
        try:
            folder = git.top_of(base) / spec.git.path
        except WorkspaceError:
            return None
    elif spec.from_ is not None:
        folder = base / spec.from_
    else:
        return None
    real, top = folder.resolve(), root.resolve()
    return real.relative_to(top).as_posix() if real.is_relative_to(top) else None
