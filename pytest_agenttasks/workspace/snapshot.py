"""What a folder held at one moment, and what has changed in it since."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pytest_agenttasks.workspace.hunks import changed_lines
from pytest_agenttasks.workspace.patch import Side, file_patch, is_binary
from pytest_agenttasks.workspace.placing import Content
from pytest_agenttasks.workspace.tree import (
    CHUNK,
    LINK,
    blob_id,
    blob_id_of,
    content_of,
    files_below,
    mode_of,
    open_content,
)

# A patch with a bigger file in it is of no use to anyone, and making it would cost several times its size.
PATCH_FILE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the snapshot: where its content lies among the kept ones, and git's name and mode for it."""

    mode: int
    blob: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Change:
    """One path that was added, changed or deleted.

    Attributes:
        name: relative path.
        lines: added and deleted ones; None for what has no lines: binary files, and such as are too big for a patch.
        moved_to: where the same content is found now, if the path is gone; then neither path has lines.
    """

    name: str
    lines: int | None
    moved_to: str = ""


class Snapshot:
    """Keeps all contents in one file without a name, which no command can find or change."""

    def __init__(self, root: Path, beside: Path) -> None:
        self._root = root
        self._store: BinaryIO = tempfile.TemporaryFile(dir=beside)  # noqa: SIM115 - lives as long as the snapshot
        self._files = {name: self._keep(root / name, status) for name, status in files_below(root, ignore=True)}

    def close(self) -> None:
        """Give up the kept contents."""
        self._store.close()

    def _keep(self, path: Path, status: os.stat_result) -> Kept:
        start, mode = self._store.tell(), mode_of(status)
        assert mode is not None
        if mode == LINK:
            self._store.write(content_of(path, mode))
        else:
            with open_content(path) as file:
                while chunk := file.read(CHUNK):
                    self._store.write(chunk)
        return Kept(mode, blob_id_of(path, status), start, self._store.tell() - start)

    def changed(self) -> tuple[str, ...]:
        """Return the relative paths that were added, changed or deleted since, sorted."""
        return tuple(name for name, _ in self._changes())

    def changes(self) -> tuple[Change, ...]:
        """Return the same paths with the size of each change."""
        changed = dict(self._changes())
        moved = self._moved(changed)
        still = {*moved, *moved.values()}
        return tuple(
            Change(name, 0 if name in still else self._changed_lines(name, status), moved.get(name, ""))
            for name, status in changed.items()
        )

    def _moved(self, changed: Mapping[str, os.stat_result | None]) -> dict[str, str]:
        """Paths that are gone, each with one that is new and has the same content."""
        new: dict[str, list[str]] = {}
        for name, status in changed.items():
            if status is not None and name not in self._files:
                new.setdefault(blob_id_of(self._root / name, status), []).append(name)
        gone = [name for name, status in changed.items() if status is None]
        return {name: there.pop(0) for name in gone if (there := new.get(self._files[name].blob))}

    def _changed_lines(self, name: str, status: os.stat_result | None) -> int | None:
        if self._biggest(name, status) > PATCH_FILE_BYTES:
            return None
        old, new = self._old(name), self._new(name, status)
        before, after = old.content if old else b"", new.content if new else b""
        return None if is_binary(before) or is_binary(after) else changed_lines(before, after)

    def _biggest(self, name: str, status: os.stat_result | None) -> int:
        return max(status.st_size if status else 0, self._files[name].size if name in self._files else 0)

    def _changes(self) -> Iterator[tuple[str, os.stat_result | None]]:
        now = dict(files_below(self._root, ignore=True))
        for name in sorted({*now, *self._files}):
            if self._differs(name, now.get(name)):
                yield name, now.get(name)

    def _differs(self, name: str, status: os.stat_result | None) -> bool:
        kept = self._files.get(name)
        if kept is None or status is None:
            return True
        if (kept.mode, kept.size) != (mode_of(status), status.st_size):
            return True
        return kept.blob != blob_id_of(self._root / name, status)

    def patch(self) -> bytes:
        """Return what changed as one patch in git's format; a note stands for a file that is too big."""
        return b"".join(self._patches())

    def _patches(self) -> Iterator[bytes]:
        for name, status in self._changes():
            biggest = self._biggest(name, status)
            if biggest > PATCH_FILE_BYTES:
                yield b"# left out, too big for a patch: %s (%d bytes)\n" % (os.fsencode(name), biggest)
            else:
                yield file_patch(name, self._old(name), self._new(name, status))

    def original(self, name: str) -> Content | None:
        """Return what a file was; None where there was none."""
        side = self._old(name)
        return None if side is None else Content(side.content, side.mode)

    def _old(self, name: str) -> Side | None:
        kept = self._files.get(name)
        if kept is None:
            return None
        self._store.seek(kept.start)
        return Side(kept.mode, self._store.read(kept.size), kept.blob)

    def _new(self, name: str, status: os.stat_result | None) -> Side | None:
        mode = status and mode_of(status)
        if mode is None:
            return None
        content = content_of(self._root / name, mode)
        return Side(mode, content, blob_id(content))
