"""Changes are made all or none, whatever comes in between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.patches import Journal, JournalError
from pytest_agenttasks.patches.change import Change, State
from pytest_agenttasks.workspace import EXECUTABLE, FILE, LINK, blob_id

CONTENTS = {blob_id(one): one for one in (b"old\n", b"new\n", b"a", b"")}


def state(content: bytes, mode: int = FILE) -> State:
    return State(mode, blob_id(content))


CHANGES = [
    Change("changed", state(b"old\n"), state(b"new\n")),
    Change("deep/er/added", None, state(b"new\n")),
    Change("empty", None, state(b"")),
    Change("folder", None, state(b"new\n", EXECUTABLE)),
    Change("folder/inner", state(b"old\n"), None),
    Change("gone/too/deleted", state(b"old\n", EXECUTABLE), None),
    Change("link", state(b"old\n"), state(b"a", LINK)),
    Change("was", state(b"old\n"), None),
    Change("was/file", None, state(b"new\n")),
]
AFTER = {
    "changed": b"new\n",
    "deep/er/added": b"new\n",
    "empty": b"",
    "folder": b"new\n*",
    "kept": b"kept",
    "link": "a",
    "was/file": b"new\n",
}


def content(one: State) -> bytes:
    return CONTENTS[one.blob]


def files(top: Path) -> dict[str, bytes | str]:
    """What is below a folder, empty folders too; a star marks what can be run."""
    found: dict[str, bytes | str] = {}
    for path in top.rglob("*"):
        if path.is_symlink():
            found[str(path.relative_to(top))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(top))] = path.read_bytes() + b"*" * os.access(path, os.X_OK)
        elif not any(path.iterdir()):
            found[str(path.relative_to(top))] = "empty folder"
    return found


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    for change in CHANGES:
        if change.old is not None:
            path = top / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(change.old))
            path.chmod(0o755 if change.old.mode == EXECUTABLE else 0o640)
    (top / "kept").write_text("kept")
    return top


@pytest.fixture
def journal(top: Path, tmp_path: Path) -> Journal:
    (tmp_path / "git").mkdir()
    return Journal(top, tmp_path / "git")


def test_all_is_written(journal: Journal, top: Path, tmp_path: Path) -> None:
    journal.write(CHANGES, content)
    assert files(top) == AFTER
    assert not (top / "gone").exists()
    assert (top / "changed").stat().st_mode & 0o777 == 0o640, "as it was"
    assert list((tmp_path / "git").iterdir()) == []


def test_nothing_is_written_where_somebody_was_quicker(journal: Journal, top: Path) -> None:
    (top / "was").write_text("other")
    before = files(top)
    with pytest.raises(JournalError, match="nothing was changed: was: it was changed just now"):
        journal.write(CHANGES, content)
    assert (files(top), journal.pending) == (before, False)


def test_what_fails_in_the_middle_is_undone(journal: Journal, top: Path) -> None:
    """A folder that git does not know is where a file should be: the last of all changes."""
    (top / "was").unlink()
    (top / "zz").mkdir()
    before = files(top)
    with pytest.raises(JournalError, match=r"nothing was changed: .*: Is a directory"):
        journal.write(
            [*(one for one in CHANGES if "was" not in one.path), Change("zz", None, state(b"new\n"))], content
        )
    assert (files(top), journal.pending) == (before, False)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.patches.test_journal import CHANGES, Journal, content
left = int(sys.argv[2])
def steps(event, arguments):
    # Every rename, deletion and new folder in the working tree is announced before it is done.
    global left
    if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir") and any("/top/" in str(one) for one in arguments):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(steps)
Journal(Path(sys.argv[1], "top"), Path(sys.argv[1], "git")).write(CHANGES, content)
"""


def killed_after(steps: int, folder: Path) -> int:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(steps)], cwd=Path(__file__).parents[2])
    return done.returncode


def test_what_is_killed_anywhere_is_undone_by_the_next(journal: Journal, top: Path, tmp_path: Path) -> None:
    before, kept, steps = files(top), tmp_path / "kept", 0
    shutil.copytree(top, kept)
    while killed_after(steps, tmp_path) != 0:
        assert journal.pending
        assert journal.undo() == []
        assert (files(top), journal.pending) == (before, False)
        steps += 3
    assert steps >= 9
    assert files(top) == AFTER


def test_undoing_leaves_alone_what_was_changed_since(journal: Journal, top: Path, tmp_path: Path) -> None:
    assert killed_after(12, tmp_path) != 0
    (top / "changed").write_text("mine")
    assert journal.undo() == ["changed"]
    assert (top / "changed").read_text() == "mine"
    assert (top / "folder/inner").read_text() == "old\n"


def test_one_at_a_time(journal: Journal, top: Path, tmp_path: Path) -> None:
    with (
        journal.alone(),
        pytest.raises(JournalError, match="another `agenttasks apply` is at work"),
        Journal(top, tmp_path / "git").alone(),
    ):
        pass
    with journal.alone():
        pass
