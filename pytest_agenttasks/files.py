"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def write_whole(path: Path, data: bytes, *, durable: bool = True, replace: bool = True) -> None:
    """Put a file in the place of another so that every reader, and a crash, finds one of the two whole.

    Args:
        path: the file.
        data: its content.
        durable: whether it must outlast a crash of the machine, too; takes milliseconds.
        replace: whether a file that is there is replaced.

    Raises:
        FileExistsError: one is there, and it is not.
        OSError: it cannot be written; the other one is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{token_hex(4)}.tmp")
    try:
        # Not tempfile: its files are for the owner only, and these have the mode of any other.
        with temporary.open("xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # unlike a rename, it fails where a file is
            temporary.unlink()
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
