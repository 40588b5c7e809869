"""Workspaces with a setup that several tasks of a run begin with: built once, and copied for each of them.

Only in the sandbox: there a workspace is always at the same path, and what a setup wrote into its files, a virtual
environment for instance, holds in a copy. Without a setup a workspace is a copy anyway.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.files import write_whole
from pytest_agenttasks.processes import is_of_here, mark, mark_in, unique_name
from pytest_agenttasks.workspace.duplicate import duplicate
from pytest_agenttasks.workspace.folders import PREFIX, Folders, remove, temporary_place
from pytest_agenttasks.workspace.recipe import Recipe, SetupError
from pytest_agenttasks.workspace.tree import unlock

if TYPE_CHECKING:
    from pytest_agenttasks.spec import WorkspaceSpec

_MODES = "modes.json"
"""Beside the folders: path → mode of what the setup made unreadable, and is readable here, to be copied."""


class Shared:
    """The workspaces that processes on one machine share.

    They lie in one private folder, which is made when the first one is built. What is built has a lock of its own that
    the system gives free when its holder dies; it gets its name when it is whole.
    """

    def __init__(self, name: str) -> None:
        """Share with all that have the same name, which one of them has from `unique_name`.

        From another machine it is of no use: then this process shares with nobody, but its own tasks do.
        """
        self._name = name if is_of_here(mark_in(name)) else unique_name()
        self._expected: Counter[tuple[Path, str]] = Counter()

    def expect(self, used: Iterable[tuple[Path, WorkspaceSpec]]) -> None:
        """Learn which workspaces are needed, each with the folder of its task file, by all tasks of the run."""
        self._expected = Counter(_use(base, spec) for base, spec in used if spec.setup)

    def wants(self, recipe: Recipe) -> bool:
        """Whether it pays to build this one here: more than one task needs it."""
        if recipe.isolation != "bubblewrap" or not recipe.spec.setup:
            return False
        return self._expected[_use(recipe.base, recipe.spec)] > 1

    def copy(self, recipe: Recipe, folders: Folders, build: Callable[[Folders], None]) -> None:
        """Fill the folders of one task.

        Args:
            recipe: what is built.
            folders: are filled.
            build: fills others, if nobody has yet.

        Raises:
            WorkspaceError: it cannot be built; where trying again would not help, all tasks get the same one.
            OSError: it cannot be copied.
        """
        built = self._built(recipe.key(), build)
        modes: dict[str, dict[str, int]] = json.loads((built.root / _MODES).read_text())
        for part in ("workspace", "tmp", "home"):
            duplicate(built.root / part, folders.root / part, modes[part])

    def close(self) -> None:
        """Remove everything, in the process that the name is from."""
        if mark_in(self._name) != mark():
            return
        with suppress(WorkspaceError):  # no folder is fit for it: then nothing was built either
            if self._root.exists():
                remove(self._root)

    @property
    def _root(self) -> Path:
        return temporary_place() / f"{PREFIX}{self._name}"

    def _built(self, key: str, build: Callable[[Folders], None]) -> Folders:
        from filelock import FileLock

        self._root.mkdir(mode=0o700, exist_ok=True)
        whole, failed = self._root / key, self._root / f"{key}.failed"
        with FileLock(self._root / f"{key}.lock"):
            if failed.exists():
                raise WorkspaceError(failed.read_text("utf-8"))
            if not whole.exists():
                try:
                    _build(self._root / f"{key}.part", build).rename(whole)
                except SetupError as error:
                    if error.lasting:
                        write_whole(failed, str(error).encode("utf-8", "backslashreplace"), durable=False)
                    raise
        return Folders(whole)


def _build(root: Path, build: Callable[[Folders], None]) -> Path:
    if root.exists():  # whoever built it was killed
        remove(root)
    root.mkdir(mode=0o700)
    folders = Folders(root)
    folders.make_private()
    build(folders)
    parts = (folders.workspace, folders.tmp, folders.home)
    modes = {part.name: {str(path.relative_to(part)): mode for path, mode in unlock(part)} for part in parts}
    (root / _MODES).write_text(json.dumps(modes))
    return root


def _use(base: Path, spec: WorkspaceSpec) -> tuple[Path, str]:
    return base, spec.model_dump_json()
