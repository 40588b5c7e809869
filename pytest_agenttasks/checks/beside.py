"""Files beside the task file that a check reads."""

from __future__ import annotations

from pathlib import Path

from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.yamlfile import near


def read_beside(name: str, base: Path, option: str) -> str:
    """The text of a file.

    Args:
        name: as the task file gives it, relative to its folder.
        base: that folder.
        option: under which it is given, for messages.

    Raises:
        CheckError: it cannot be read.
    """
    path = base / name
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CheckError(f"{option}: {name} is not UTF-8 text (byte {error.start})") from None
    except FileNotFoundError:
        there = [one.name for one in path.parent.iterdir() if one.is_file()] if path.parent.is_dir() else []
        told = near(path.name, sorted(there))
        raise CheckError(f"{option}: there is no file {name} beside the task file{told}") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CheckError(f"{option}: {name} cannot be read: {why}") from None
