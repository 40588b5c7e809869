"""Files put into a copy of a workspace, whatever a command has left in their place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pytest_agenttasks.workspace.folders import remove
from pytest_agenttasks.workspace.tree import EXECUTABLE, FILE, LINK


@dataclass(frozen=True, slots=True)
class Content:
    """A file as git knows it.

    Attributes:
        data: its bytes; of a link, where it leads.
        mode: `FILE`, `EXECUTABLE` or `LINK`.
    """

    data: bytes
    mode: int = FILE


def place(root: Path, name: str, content: Content | None) -> None:
    """Make a file, or nothing, of what stands at a relative path. No link on the way is followed; it is replaced.

    Raises:
        OSError: it cannot be written.
    """
    path = root / name
    folders = [root / folder for folder in reversed(PurePosixPath(name).parents[:-1])]
    if content is None:
        if all(folder.is_dir() and not folder.is_symlink() for folder in folders):
            _clear(path)
        return
    for folder in folders:
        _make_folder(folder)
    _clear(path)
    if content.mode == LINK:
        path.symlink_to(os.fsdecode(content.data))
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.data)
    path.chmod(0o755 if content.mode == EXECUTABLE else 0o644)


def drop_byte_code(root: Path) -> None:
    """Remove what Python could load in the place of a source: byte code need not be made from what lies beside it."""
    for folder, folders, files in os.walk(root):
        for name in [name for name in folders if name == "__pycache__"]:
            folders.remove(name)
            _clear(Path(folder, name))
        for name in files:
            if name.endswith((".pyc", ".pyo")):
                Path(folder, name).unlink()


def _make_folder(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        path.mkdir()


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)
