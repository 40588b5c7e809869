"""Changes to a working tree that are made all or not at all.

Before the first file is touched, all contents, old and new, lie in a folder of git's own, and a journal says what
will be done. What is interrupted is undone: at once after an error, by the next `apply` after a kill.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_agenttasks.patches.change import Change, State, found_at
from pytest_agenttasks.workspace import EXECUTABLE, LINK

FOLDER = "agenttasks-apply"
"""Of the journal, in git's own folder."""


class JournalError(Exception):
    """Changes could not be made, and none is; the message is for a person."""


class Journal:
    """The journal of a working tree.

    Attributes:
        top: of the working tree.
    """

    def __init__(self, top: Path, git_folder: Path) -> None:
        self.top = top
        self._folder = git_folder / FOLDER
        self._file = self._folder / "journal.json"
        self._lock = git_folder / f"{FOLDER}.lock"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from applying anything here meanwhile.

        Raises:
            JournalError: somebody else does, or git's folder cannot be written.
        """
        try:
            lock = self._lock.open("ab")
        except OSError as error:
            raise JournalError(f"{self._lock} cannot be written: {error.strerror}") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise JournalError(f"another `agenttasks apply` is at work in {self.top}; try again") from None
            yield

    @property
    def pending(self) -> bool:
        """Whether somebody was killed in the middle of writing."""
        return self._file.exists()

    def write(self, changes: Sequence[Change], content: Callable[[State], bytes]) -> None:
        """Make all changes, or none.

        Raises:
            JournalError: a file is not what it was, or cannot be written; nothing has changed.
        """
        try:
            self._prepare(changes, content)
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise JournalError(f"nothing was changed: {error.filename}: {error.strerror}") from None
        with _undisturbed():
            try:
                self._make(changes)
            except OSError as error:
                self.undo()
                raise JournalError(f"nothing was changed: {error.filename}: {error.strerror}") from None
            self._forget()

    def undo(self) -> list[str]:
        """Bring back what was there before.

        Returns:
            files that somebody else has changed since, which stay as they are.

        Raises:
            JournalError: it cannot be done; the next call tries again.
        """
        try:
            changes = [_change(one) for one in json.loads(self._file.read_text())]
            others = self._undo(changes)
        except (OSError, ValueError) as error:
            what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else f"{self._file}: {error}"
            raise JournalError(
                f"what an apply had begun to write cannot be undone: {what}. The files as they were lie in "
                f"{self._folder} (old-*); bring them back, then delete that folder"
            ) from None
        self._forget()
        return others

    def _undo(self, changes: Sequence[Change]) -> list[str]:
        touched = [(number, change) for number, change in enumerate(changes) if self._at(change.path) != change.old]
        others = [change.path for _, change in touched if self._at(change.path) != change.new]
        ours = [(number, change) for number, change in touched if change.path not in others]
        for _, change in ours:
            if change.old is None:
                (self.top / change.path).unlink()
        for change in changes:
            if change.old is None:
                self._drop_empty_above(change.path)
        for number, change in ours:
            if change.old is not None:
                self._put(self._folder / f"old-{number}", change.path)
        return others

    def _prepare(self, changes: Sequence[Change], content: Callable[[State], bytes]) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        for number, change in enumerate(changes):
            if self._at(change.path) != change.old:
                raise OSError(errno.EBUSY, "it was changed just now, by somebody else", change.path)
            if change.old is not None:
                self._keep(f"old-{number}", change.old, content(change.old), change)
            if change.new is not None:
                self._keep(f"new-{number}", change.new, content(change.new), change)
        text = json.dumps([asdict(change) for change in changes])
        half = self._file.with_suffix(".half")
        half.write_text(text)
        half.rename(self._file)

    def _keep(self, name: str, state: State, content: bytes, change: Change) -> None:
        """Write a file as it will stand in the working tree, with the permissions that it had there, if it was."""
        path = self._folder / name
        if state.mode == LINK:
            path.symlink_to(os.fsdecode(content))
            return
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if state.mode == EXECUTABLE else 0o666)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        if change.old is not None and change.old.mode == state.mode:
            path.chmod((self.top / change.path).stat().st_mode & 0o777)

    def _make(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.new is None:
                self._remove(change.path)
        for number, change in enumerate(changes):
            if change.new is not None:
                self._put(self._folder / f"new-{number}", change.path)

    def _put(self, prepared: Path, path: str) -> None:
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            prepared.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target.with_name(f".{FOLDER}")
            beside.unlink(missing_ok=True)
            shutil.copy2(prepared, beside, follow_symlinks=False)
            beside.replace(target)

    def _remove(self, path: str) -> None:
        """Delete a file, and folders that are empty then, as git does."""
        (self.top / path).unlink()
        self._drop_empty_above(path)

    def _drop_empty_above(self, path: str) -> None:
        for folder in (self.top / path).parents:
            if folder == self.top:
                break
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                break

    def _at(self, path: str) -> State | None:
        found = found_at(self.top, path)
        return found[0] if found else None

    def _forget(self) -> None:
        self._file.unlink()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C and the like wait for a moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _change(data: dict[str, Any]) -> Change:
    old, new = (State(**data[key]) if data[key] else None for key in ("old", "new"))
    return Change(data["path"], old, new)
