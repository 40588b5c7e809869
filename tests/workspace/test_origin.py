"""Which folder of a project a workspace's files come from."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import origin_of
from tests.workspace.test_patch import needs_git

ORIGINS: dict[str, tuple[dict[str, Any], str | None]] = {
    "beside the task file": ({"from": "data"}, "tasks/data"),
    "above it": ({"from": "../src/a b"}, "src/a b"),
    "the root": ({"from": ".."}, "."),
    "outside of the root": ({"from": "../.."}, None),
    "a link into the root": ({"from": "../link"}, "src"),
    "a link out of the root": ({"from": "../out"}, None),
    "nothing": ({}, None),
    "files only": ({"files": {"a": "b"}}, None),
    "not there": ({"from": "gone"}, "tasks/gone"),
}


@pytest.mark.parametrize("case", ORIGINS)
def test_a_folder(case: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "tasks/data").mkdir(parents=True)
    (root / "link").symlink_to("src")
    (root / "out").symlink_to("/tmp")
    given, expected = ORIGINS[case]
    assert origin_of(WorkspaceSpec(**given), base=root / "tasks", root=root) == expected


@needs_git
def test_a_commit(tmp_path: Path) -> None:
    """Its path is relative to the top of the repository, which may be above the root."""
    (tmp_path / "root/tasks").mkdir(parents=True)
    spec = WorkspaceSpec(git={"ref": "HEAD", "path": "root/src"})
    where: dict[str, Path] = {"base": tmp_path / "root/tasks", "root": tmp_path / "root"}
    assert origin_of(spec, **where) is None, "there is no repository"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert origin_of(spec, **where) == "src"
    assert origin_of(WorkspaceSpec(git={"ref": "HEAD"}), **where) is None
