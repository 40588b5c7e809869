from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from tests.workspace.conftest import Open

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *IDENTITY, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`tmp_path` is a repository with two commits: the task file's folder, as the tests open workspaces."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "lib" / "tests").mkdir(parents=True)
    (tmp_path / "lib" / "a.py").write_text("old\n")
    (tmp_path / "lib" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "lib" / "run").chmod(0o755)
    (tmp_path / "lib" / "tests" / "t.py").write_text("t\n")
    (tmp_path / ".gitattributes").write_text("tests export-ignore\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "v1")
    (tmp_path / "lib" / "a.py").write_text("new\n")
    git(tmp_path, "commit", "-qam", "two")
    (tmp_path / "lib" / "a.py").write_text("not committed\n")
    return tmp_path


@pytest.mark.parametrize(("ref", "content"), [("v1", "old\n"), ("HEAD", "new\n"), ("main~1", "old\n")])
def test_a_commit_and_not_the_working_tree(opened: Open, repository: Path, ref: str, content: str) -> None:
    workspace = opened(git={"ref": ref, "path": "lib"})
    assert (workspace.path / "a.py").read_text() == content
    assert os.access(workspace.path / "run", os.X_OK)
    assert (workspace.path / "tests" / "t.py").exists()
    assert not (workspace.path / ".git").exists()
    assert [path.name for path in workspace.path.parent.iterdir() if path.is_file()] == []


def test_the_whole_repository_and_files_on_top(opened: Open, repository: Path) -> None:
    workspace = opened(git={"ref": "HEAD"}, files={"lib/a.py": "mine\n"})
    assert (workspace.path / "lib" / "a.py").read_text() == "mine\n"
    assert (workspace.path / ".gitattributes").exists()


def test_the_repository_is_left_alone(opened: Open, repository: Path) -> None:
    before = (repository / ".git" / "index").read_bytes()
    opened(git={"ref": "v1"})
    assert (repository / ".git" / "index").read_bytes() == before
    assert (repository / "lib" / "a.py").read_text() == "not committed\n"


def test_variables_of_a_git_hook_do_not_mislead(
    opened: Open, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert (opened(git={"ref": "v1"}).path / "lib" / "a.py").read_text() == "old\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ref": "nope"}, "there is no commit 'nope' in the repository"),
        ({"ref": "--all"}, "there is no commit '--all' in the repository"),
        ({"ref": "HEAD", "path": "nope"}, "the commit 'HEAD' has no folder 'nope'"),
        ({"ref": "HEAD", "path": "lib/a.py"}, "'lib/a.py' is a file"),
        ({"ref": "HEAD", "path": "../x"}, "'../x' leads out of the repository"),
        ({"ref": "HEAD", "path": "/etc"}, "'/etc' leads out of the repository"),
    ],
)
def test_what_is_wrong_is_said(opened: Open, repository: Path, given: dict[str, str], message: str) -> None:
    with pytest.raises(WorkspaceError, match=message):
        opened(git=given)


def test_no_repository(opened: Open) -> None:
    with pytest.raises(WorkspaceError, match="lies in no git repository"):
        opened(git={"ref": "HEAD"})


def test_no_git(opened: Open, repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(WorkspaceError, match="needs the program git: install it"):
        opened(git={"ref": "HEAD"})


def test_a_committed_link_out_is_named(opened: Open, repository: Path) -> None:
    (repository / "lib" / "out").symlink_to("../../etc")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "link")
    with pytest.raises(WorkspaceError, match="leads out of it: lib/out"):
        opened(git={"ref": "HEAD"})
