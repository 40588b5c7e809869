"""Patches are applied by the real git to the pristine folder, and must give the folder that was left."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_agenttasks.workspace import Isolation, Workspace
from tests.workspace.conftest import Open

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

LINES = "".join(f"line {n}\n" for n in range(60))
NOISE = random.Random(1).randbytes(5000)


def contents(folder: Path) -> dict[str, tuple[str, bytes | str]]:
    """Return kind and content of each file below a folder."""
    found: dict[str, tuple[str, bytes | str]] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_file():
            found[name] = ("executable" if os.access(path, os.X_OK) else "file", path.read_bytes())
    return found


def apply(patch: bytes, folder: Path) -> None:
    command = ["git", "apply", "--binary", "--whitespace=nowarn", "-"]
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(command, input=patch, cwd=folder, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def before(folder: Path) -> None:
    for name, content in {
        "text.py": LINES.encode(), "gone.txt": b"a\nb\n", "empty-gone": b"", "binary": NOISE, "binary-gone": b"\0x",
        "crlf.txt": b"a\r\nb\r\nc\r\n", "no-newline": b"a\nb", "newline-later": b"a\nb", "mode.sh": b"#!/bin/sh\n",
        "both.sh": b"#!/bin/sh\n", "latin1": b"caf\xe9\nx\n", "becomes-link": b"x\n", "becomes-folder": b"x\n",
        "folder-becomes-file/inner": b"x\n", "with space.txt": b"a\n",
        "ümläut/日本.txt": b"a\n", 'quo"te\\.txt': b"a\n",
        "tab\tand\nnewline": b"a\n", "lone-cr": b"a\rb\rc\nd\n", "kept": b"kept\n", "gone/deep/file": b"1\n",
        "to-binary": b"text\n", "from-binary": b"\0\1", "empty-filled": b"", "emptied": b"a\n", "space gone": b"",
        "with space binary": b"\0", "-dash": b"a\n",
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "link").symlink_to("kept")
    (folder / "link-gone").symlink_to("kept")
    (folder / "link-becomes-file").symlink_to("kept")


def change(folder: Path) -> None:
    lines = LINES.splitlines(keepends=True)
    lines[0:1] = ["first\n", "second\n"]
    del lines[30:32]
    lines.append("last")
    (folder / "text.py").write_text("".join(lines))
    for name in ("gone.txt", "empty-gone", "binary-gone", "link-gone", "becomes-link", "becomes-folder", "space gone"):
        (folder / name).unlink()
    for name in ("gone", "folder-becomes-file"):
        shutil.rmtree(folder / name)
    (folder / "link-becomes-file").unlink()
    (folder / "becomes-link").symlink_to("kept")
    (folder / "link").unlink()
    (folder / "link").symlink_to("text.py")
    (folder / "becomes-folder").mkdir()
    for name, content in {
        "binary": NOISE[:2000] + b"\0" + NOISE[2100:], "crlf.txt": b"a\r\nB\r\nc\r\nd\n", "no-newline": b"a\nb\nc",
        "newline-later": b"a\nb\n", "both.sh": b"#!/bin/sh\necho\n", "latin1": b"caf\xe9\nx\xff\n",
        "becomes-folder/inner": b"y\n", "folder-becomes-file": b"z", "link-becomes-file": b"kept",
        "with space.txt": b"b\n",
        "ümläut/日本.txt": "ö\n".encode(), 'quo"te\\.txt': b"b\n", "tab\tand\nnewline": b"b\n",
        "lone-cr": b"a\rb\rX\nd\n", "to-binary": b"te\0xt\n", "from-binary": b"text", "empty-filled": b"x",
        "emptied": b"", "with space binary": b"\0\0", "-dash": b"b\n", "new/ä b/empty": b"", "new/binary": NOISE,
        "new/text": b"1\n2", "new/with space": b"", "new/run": b"#!/bin/sh\n", "new/one-byte-binary": b"\0",
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in ("mode.sh", "both.sh", "new/run"):
        (folder / name).chmod(0o755)
    (folder / "new" / "link").symlink_to("../nowhere")


@needs_git
def test_a_patch_makes_the_pristine_folder_what_was_left(opened: Open, tmp_path: Path) -> None:
    pristine = tmp_path / "pristine"
    pristine.mkdir()
    before(pristine)
    workspace = opened(**{"from": "pristine"})
    change(workspace.path)
    apply(workspace.patch(), pristine)
    assert contents(pristine) == contents(workspace.path)


@needs_git
def test_many_small_texts(opened: Open, tmp_path: Path) -> None:
    """Hunks at every distance from each other and from both ends."""
    chance = random.Random(7)
    old, new = tmp_path / "old", tmp_path / "new"
    for number in range(300):
        lines = [f"{chance.randrange(6)}\n" for _ in range(chance.randrange(30))]
        changed = [x for line in lines for x in chance.choices([[line], [], ["x\n", line]], [8, 1, 1])[0]]
        for folder, text in ((old, "".join(lines)), (new, "".join(changed))):
            folder.mkdir(exist_ok=True)
            (folder / str(number)).write_text(text[: -chance.randrange(2)] or text)
    workspace = opened(**{"from": "old"})
    shutil.copytree(new, workspace.path, dirs_exist_ok=True)
    apply(workspace.patch(), old)
    assert contents(old) == contents(new)


def test_big_texts_do_not_take_long(opened: Open) -> None:
    """The comparison takes the product of the lengths at worst: this pair would take minutes."""
    workspace = opened(files={"a": "".join(f"{n % 50}\n" for n in range(100_000))})
    (workspace.path / "a").write_text("".join(f"{n % 49}\n" for n in range(100_000)))
    assert workspace.patch().count(b"\n@@ ") == 1


def test_the_text_is_as_git_writes_it(opened: Open) -> None:
    workspace = opened(files={"a b": "1\n2\n3", "gone": "x\n"})
    workspace.execute("printf '1\\n2\\n4' > 'a b'; rm gone")
    assert workspace.patch().decode() == (
        "diff --git a/a b b/a b\n"
        "index 5f5fbe759f10b9807b18f3898afd7505dbbfcbd2..da8092b74bacc10499ab5cbeb101fa27f0302f31 100644\n"
        "--- a/a b\t\n+++ b/a b\t\n@@ -1,3 +1,3 @@\n 1\n 2\n-3\n\\ No newline at end of file\n"
        "+4\n\\ No newline at end of file\n"
        "diff --git a/gone b/gone\ndeleted file mode 100644\n"
        "index 587be6b4c3f93f93c489c0111bba5596147a26cb..0000000000000000000000000000000000000000\n"
        "--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )


def test_nothing_changed(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, files={"a": "1"})
    workspace.execute("touch a; cat a; mkdir folder; mkfifo pipe")
    assert (workspace.changed(), workspace.patch()) == ((), b"")


def test_changed_names_what_was_added_changed_deleted(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, files={"a": "1", "b": "2", "c": "3", "d/e": "4", "f": "5"})
    workspace.execute("echo 9 > a; rm b; chmod +x c; mkdir -p x/y; echo > x/y/z; mv d g; printf 6 > f")
    assert workspace.changed() == ("a", "b", "c", "d/e", "f", "g/e", "x/y/z")


def test_what_tools_leave_behind_is_no_change(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation)
    folders = ".git __pycache__ .pytest_cache .mypy_cache .ruff_cache"
    workspace.execute(f"mkdir {folders}; for x in {folders}; do echo > $x/y; done; touch .coverage a.pyc .coveragerc")
    assert workspace.changed() == (".coveragerc",)


def test_unreadable_files_are_read_and_stay_unreadable(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, files={"a": "1\n", "d/b": "1\n"})
    workspace.execute("echo 2 > a; echo 2 > d/b; chmod 0 a d/b d")
    assert workspace.changed() == ("a", "d/b")
    assert workspace.patch().count(b"\n+2\n") == 2
    assert (workspace.path / "d").stat().st_mode & 0o777 == 0


def test_a_huge_file_is_named_and_left_out(opened: Open) -> None:
    workspace = opened()
    workspace.execute("truncate -s 1G huge; echo x > small")
    assert workspace.changed() == ("huge", "small")
    note, rest = workspace.patch().split(b"\n", 1)
    assert note == b"# left out, too big for a patch: huge (1073741824 bytes)"
    assert rest.startswith(b"diff --git a/small b/small\n")


@needs_git
def test_a_note_does_not_hinder_git(opened: Open, tmp_path: Path) -> None:
    workspace: Workspace = opened()
    workspace.execute("truncate -s 1G huge; echo x > small")
    target = tmp_path / "target"
    target.mkdir()
    apply(workspace.patch(), target)
    assert contents(target) == {"small": ("file", b"x\n")}
