"""Task files on disk: checked before anybody can see them, whole or not at all, and never over another file unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.cli.importing.draft import Draft
from pytest_agenttasks.exceptions import TaskFileError
from pytest_agenttasks.files import write_whole
from pytest_agenttasks.spec import TaskSpec, load_tasks

OURS = "this is a mistake of agenttasks and not of the source; nothing was written to it, please report it"


def write(draft: Draft, text: str, target: Path, *, force: bool) -> None:
    """Write a draft's folder and task file into a folder.

    Raises:
        Refused: something is there already, or it cannot be written.
    """
    path = target / f"{draft.name}.yaml"
    _make(target)
    try:
        if draft.folder:
            _put_folder(draft, target / draft.name, force=force)
        write_whole(path, text.encode(), replace=force)
    except FileExistsError:
        raise Refused(f"{path} is there already, made meanwhile by somebody else; --force replaces it") from None
    except OSError as error:
        raise Refused(f"{error.filename or path}: cannot be written: {error.strerror}") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"--to {folder}: no folder, and none can be made: {error.strerror}") from None


def verify(draft: Draft, text: str) -> None:
    """Load the text of a task file, and compare what it says with what it shall say.

    Raises:
        Refused: it does not load, or says something else.
    """
    shown = f"{draft.name}.yaml"
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, shown)
        file.write_text(text, "utf-8", newline="")
        try:
            loaded = [task.spec for task in load_tasks(file, shown)]
        except TaskFileError as error:
            raise Refused(f"{error}\n{OURS}") from None
    for task in draft.tasks:
        spec = TaskSpec.model_validate(task)
        trials, loaded = loaded[: spec.repeat], loaded[spec.repeat :]
        if len(trials) != spec.repeat or any(found != spec for found in trials):
            raise Refused(f"{shown}: the task {task['id']!r} would not be read as it was written\n{OURS}")


def refuse_taken(drafts: Sequence[Draft], target: Path, *, force: bool) -> None:
    """Refuse what would be written over: by each other, or over files that are there.

    Raises:
        Refused: it would.
    """
    first: dict[str, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.name.lower(), draft)
        if other is not draft:
            raise Refused(
                f"{other.source} and {draft.source} would both be written to {target / draft.name}.yaml; "
                "import them one by one, into different folders (--to)"
            )
        paths = [target / f"{draft.name}.yaml", *([target / draft.name] if draft.folder else [])]
        taken = [path for path in paths if os.path.lexists(path)]
        if taken and not force:
            raise Refused(f"{taken[0]} is there already; nothing was written. --force replaces it")
        if taken and taken[0].suffix == ".yaml" and taken[0].is_dir():
            raise Refused(f"{taken[0]} is a folder")


def _put_folder(draft: Draft, folder: Path, *, force: bool) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{draft.name[:80]}-", dir=folder.parent) as scratch:
        new = Path(scratch, "new")
        new.mkdir()
        for name, source in draft.folder.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, new / name)
        if force and folder.is_symlink():
            folder.unlink()
        elif force:
            with suppress(FileNotFoundError):
                folder.rename(Path(scratch, "old"))
        if os.path.lexists(folder):
            raise FileExistsError(folder)
        new.rename(folder)
