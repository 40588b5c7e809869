"""A workspace: the folder in which an agent works for one task, and how commands run in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import paths, source
from pytest_agenttasks.workspace.commands import Isolation, Limits, limits_of, run
from pytest_agenttasks.workspace.door import Accept, Door, open_door
from pytest_agenttasks.workspace.duplicate import duplicate
from pytest_agenttasks.workspace.folders import (
    SHOWN_TMP,
    Folders,
    clear_up,
    temporary_folders,
    temporary_place,
    write_private,
)
from pytest_agenttasks.workspace.order import Order
from pytest_agenttasks.workspace.placing import Content, drop_byte_code, place
from pytest_agenttasks.workspace.recipe import Recipe
from pytest_agenttasks.workspace.resources import Resources
from pytest_agenttasks.workspace.shared import Shared
from pytest_agenttasks.workspace.snapshot import Change, Snapshot
from pytest_agenttasks.workspace.tree import readable

if TYPE_CHECKING:
    from pytest_agenttasks.spec import WorkspaceSpec


class Workspace:
    """The folder of one task, from `open_workspace`.

    Attributes:
        path: its real path on the host, resolved, in a private folder that lies in no project.
        isolation: what commands run in.
    """

    def __init__(
        self, folders: Folders, isolation: Isolation, limits: Limits, *, network: bool, cancel: Event | None = None
    ) -> None:
        self.path = folders.workspace
        self.isolation = isolation
        self._folders = folders
        self._network = network
        self._limits = limits
        self._cancel = cancel
        self._snapshot: Snapshot | None = None

    def execute(
        self,
        command: str | Sequence[str],
        *,
        seconds: float = 120,
        output_limit: int = 30_000,
        env: Mapping[str, str] | None = None,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        cancel: Event | None = None,
        door: Door | None = None,
    ) -> CommandResult:
        """Run a command in the workspace. When it has ended, no process that it started is left.

        One that uses more than the workspace's `Resources` is killed; the result says which in `exceeded`.

        Args:
            command: a string for `bash -c` (`sh` where there is no bash), or a program and its arguments.
            seconds: wall time, after which it is killed and `exit_code` is None.
            output_limit: bytes of output to keep, half from its start and half from its end.
            env: variables beside the fixed ones; none of the caller's own are passed.
            writable: folders of the host that are writable at the same path inside too.
            readable: folders of the host that are shown read-only at the same path inside.
            cancel: once set, the command is killed, and `exit_code` is None as well.
            door: from `door`: the command can connect to it. It may be given to one command after the other,
                and to several at once.

        Raises:
            WorkspaceError: the workspace is gone, or a folder of `writable` or `readable` cannot be shown.
            IsolationError: the sandbox could not be made, or cannot listen.
            ValueError: the command holds a NUL character or is too long (the message is for an agent), or the
                door is closed.
        """
        if door is not None and door.closed:
            raise ValueError("the door is closed: its block has ended")
        if not self.path.is_dir() or self.path.is_symlink():
            raise WorkspaceError("the workspace folder is gone: a command has deleted or replaced it")
        cancels = [event for event in (self._cancel, cancel) if event is not None]
        order = Order(command, seconds, output_limit, env or {}, writable, readable, self._network, cancels, door)
        return run(order, self._folders, self.isolation, self._limits)

    def door(self, accept: Accept) -> AbstractContextManager[Door]:
        """Let commands of this workspace connect to a server in this process.

        In a sandbox without network it is always at 127.0.0.1:8080, nobody else can connect, and `accept` is called
        for each command that is given the door, in the thread that called `execute`, just before the command
        starts. Else it is at a free port of this machine's loopback, and `accept` is called once, at once.

        Args:
            accept: takes a listening TCP socket, begins to serve on it and returns. The socket is its own from
                then on; it closes it when it has served.
        """
        return open_door(accept, private=self.isolation == "bubblewrap" and not self._network)

    def stash(self, name: str, text: str) -> str:
        """Write a file that only commands of this workspace can read, outside of what the agent works on.

        Args:
            name: of the file, without folders. What a command has put there is replaced.
            text: its content.

        Returns:
            its path as commands see it.

        Raises:
            ValueError: the name is no plain name.
        """
        self._folders.make_private()
        path = write_private(self._folders.tmp, name, text)
        return f"{SHOWN_TMP}/{name}" if self.isolation == "bubblewrap" else str(path)

    def resolve(self, name: str) -> Path:
        """Return the path on the host for `a/b`, `/workspace/a/b` or a real absolute path, following links.

        Raises:
            ValueError: it lies outside of the workspace, or leads there through a link.
        """
        return paths.resolve(self.path, name)

    def display(self, text: str) -> str:
        """Replace real paths by what agents know them as: `/workspace`, `/tmp` and `/home/agent`."""
        for real, shown in self._folders.shown().items():
            text = text.replace(real, shown)
        return text

    def matching(self, pattern: str) -> list[Path]:
        """Return the existing files that a glob or a plain path means, as paths on the host, sorted.

        Raises:
            ValueError: the pattern leads out of the workspace.
        """
        with readable(self.path):
            return [self.path / name for name in paths.find(self.path, pattern)]

    def overlay(self, folder: Path) -> None:
        """Copy the files of a folder over those that are there, but for caches and what else no workspace starts with.

        Raises:
            WorkspaceError: the folder is missing, holds what cannot be copied, or does not fit over what is there.
        """
        source.lay_over(folder, self.path)

    def entries(self, pattern: str) -> list[str]:
        """Return the relative paths of all that a glob or a plain path means, sorted: folders and links as well.

        Raises:
            ValueError: the pattern leads out of the workspace.
        """
        with readable(self.path):
            return paths.entries(self.path, pattern)

    def collect(self, patterns: Sequence[str], destination: Path) -> list[str]:
        """Copy the files that match any of the globs; no link is followed out of the workspace.

        Returns:
            their relative paths, below the workspace and below `destination` alike.

        Raises:
            ValueError: a pattern leads out of the workspace.
        """
        with readable(self.path):
            names = sorted({name for pattern in patterns for name in paths.find(self.path, pattern)})
            for name in names:
                target = destination / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.resolve(name), target)
        return names

    def changed(self) -> tuple[str, ...]:
        """Return relative paths of what was added, changed or deleted since the setup, sorted; no caches."""
        with readable(self.path):
            return self._started().changed()

    def changes(self) -> tuple[Change, ...]:
        """Return the same paths with the size of each change."""
        with readable(self.path):
            return self._started().changes()

    def patch(self) -> bytes:
        """Return the same changes as a patch that `git apply` takes, binary files included."""
        with readable(self.path):
            return self._started().patch()

    def original(self, name: str) -> Content | None:
        """Return what was at a relative path when the agent began; None where no file was."""
        return self._started().original(name)

    @contextmanager
    def copy(self, changes: Mapping[str, Content | None]) -> Iterator[Workspace]:
        """Copy what is there now, byte code of Python left out, into folders of its own, which the block's end removes.

        Nothing of the agent's lies in its /tmp or home. Its commands run as those of this workspace do.

        Args:
            changes: what stands at a relative path of the copy instead; None: nothing does.

        Raises:
            WorkspaceError: it cannot be made.
        """
        with temporary_folders() as folders, limits_of(folders, self._limits.resources) as limits:
            try:
                with readable(self.path):
                    duplicate(self.path, folders.workspace, {})
                drop_byte_code(folders.workspace)
                # What goes, first: a folder of the agent's may bear the name of a file that comes.
                for name, content in sorted(changes.items(), key=lambda change: change[1] is not None):
                    place(folders.workspace, name, content)
            except OSError as error:
                raise WorkspaceError(f"the workspace could not be copied: {error}") from error
            yield Workspace(folders, self.isolation, limits, network=self._network)

    def _started(self) -> Snapshot:
        if self._snapshot is None:
            raise WorkspaceError("the workspace is being set up: nothing can have changed yet")
        return self._snapshot

    @contextmanager
    def remember(self) -> Iterator[None]:
        """Count changes from here on, until the block ends."""
        with readable(self.path):
            self._snapshot = Snapshot(self.path, self._folders.root)
        try:
            yield
        finally:
            self._snapshot.close()


@contextmanager
def open_workspace(
    spec: WorkspaceSpec,
    *,
    base: Path,
    isolation: Isolation,
    withheld: Iterable[Path] = (),
    resources: Resources | None = None,
    shared: Shared | None = None,
    cancel: Event | None = None,
) -> Iterator[Workspace]:
    """Build a workspace, and remove everything of it at the end.

    Args:
        spec: what it starts from and how it is set up.
        base: folder of the task file.
        isolation: from `choose_isolation`.
        withheld: files and folders that an agent must not see, solutions above all; they are not copied.
        resources: limits for every command; None for the defaults.
        shared: where the tasks of a run find what another one has built already; None: it is always built.
        cancel: once set, its commands are killed, those of the setup too; see `Workspace.execute`.

    Raises:
        WorkspaceError: it cannot be built; says which link, file, commit or setup command is at fault.
        IsolationError: the sandbox that the setup needs does not work.
    """
    hidden = frozenset(path.resolve() for path in withheld)
    recipe = Recipe(spec, base, isolation, hidden, resources or Resources())
    clear_up(temporary_place())
    with temporary_folders() as folders, ExitStack() as stack:
        workspace = stack.enter_context(_in(folders, recipe, cancel))
        try:
            if shared is not None and shared.wants(recipe):
                shared.copy(recipe, folders, partial(_build, recipe, cancel))
            else:
                recipe.fill(folders.workspace)
                recipe.set_up(workspace.execute)
            stack.enter_context(workspace.remember())
        except OSError as error:
            raise WorkspaceError(f"the workspace could not be built: {error}") from error
        yield workspace


@contextmanager
def _in(folders: Folders, recipe: Recipe, cancel: Event | None) -> Iterator[Workspace]:
    with limits_of(folders, recipe.resources) as limits:
        yield Workspace(folders, recipe.isolation, limits, network=recipe.spec.network, cancel=cancel)


def _build(recipe: Recipe, cancel: Event | None, folders: Folders) -> None:
    with _in(folders, recipe, cancel) as workspace:
        recipe.fill(folders.workspace)
        recipe.set_up(workspace.execute)
