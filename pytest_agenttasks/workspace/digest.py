"""What a workspace starts from, as a short hash: equal as long as a task would begin with the same files."""

from __future__ import annotations

import json
import stat
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import git, source

if TYPE_CHECKING:
    from pytest_agenttasks.spec import WorkspaceSpec


def workspace_digest(spec: WorkspaceSpec, *, base: Path, withheld: Iterable[Path] = ()) -> str:
    """A hash of the files of the folder or commit, and of what else the task file says of the workspace.

    Where the folder lies and what it is called does not matter, nor what `withheld` names: a recording that is kept
    in a folder that is copied must not make the next one necessary.

    Args:
        spec: what it starts from and how it is set up.
        base: folder of the task file.
        withheld: as for `open_workspace`.

    Raises:
        WorkspaceError: what it starts from is not there.
    """
    said = spec.model_dump(mode="json", exclude={"from_", "git"}, exclude_defaults=True)
    digest = sha256(json.dumps(said, sort_keys=True).encode())
    try:
        for line in _lines(spec, base, {path.resolve() for path in withheld}):
            digest.update(line.encode("utf-8", "surrogateescape") + b"\0")
    except OSError as error:
        raise WorkspaceError(f"the workspace's files cannot be read: {error}") from error
    return digest.hexdigest()


def _lines(spec: WorkspaceSpec, base: Path, withheld: Collection[Path]) -> Iterator[str]:
    if spec.git is not None:
        top = git.top_of(base).resolve() / spec.git.path
        for kind, name in git.listed(base, spec.git.ref, spec.git.path):
            if not any((top / name).is_relative_to(path) for path in withheld):
                yield f"{kind} {name}"
    elif spec.from_ is not None:
        folder = base / spec.from_
        if not folder.is_dir():
            raise WorkspaceError(f"the workspace's `from` folder does not exist: {folder}")
        yield from _files(folder.resolve(), PurePosixPath(), withheld)


def _files(root: Path, relative: PurePosixPath, withheld: Collection[Path]) -> Iterator[str]:
    for entry in source.entries(root / relative, withheld):
        name = relative / entry.name
        if entry.is_symlink():
            yield f"link {name} {source.link_target(root, name)}"
        elif entry.is_dir():
            yield f"folder {name}"
            yield from _files(root, name, withheld)
        elif entry.is_file():
            executable = bool(entry.stat().st_mode & stat.S_IXUSR)
            yield f"file {name} {executable} {sha256(Path(entry.path).read_bytes()).hexdigest()}"
