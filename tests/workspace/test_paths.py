from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.workspace import Workspace
from pytest_agenttasks.workspace.paths import path_matches
from tests.workspace.conftest import Open


@pytest.fixture
def workspace(opened: Open) -> Workspace:
    files = ("a.py", "src/b.py", "src/deep/c.py", "src/deep/d.txt", ".hidden/e.py", "x[1].py", "ä ö.py")
    return opened(files=dict.fromkeys(files, "1"))


@pytest.mark.parametrize(
    "name", ["src/b.py", "./src//b.py", "/workspace/src/b.py", "src/deep/../b.py", "{real}/src/b.py"]
)
def test_a_name_means_a_file_inside(workspace: Workspace, name: str) -> None:
    assert workspace.resolve(name.format(real=workspace.path)) == workspace.path / "src" / "b.py"


def test_a_file_need_not_exist(workspace: Workspace) -> None:
    assert workspace.resolve("new/file") == workspace.path / "new" / "file"
    assert workspace.resolve("/workspace") == workspace.resolve(".") == workspace.resolve("") == workspace.path


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "src/../../x", "/workspace/../x", "/workspacex", "/tmp/x", "/"]
)
def test_outside_is_refused_with_advice(workspace: Workspace, name: str) -> None:
    with pytest.raises(ValueError, match="lies outside of the workspace; use a path relative to /workspace"):
        workspace.resolve(name)


def test_nul_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="NUL"):
        workspace.resolve("a\0b")


@pytest.mark.parametrize("target", ["/etc", "..", "../src/../..", "/workspace/../etc", "loop"])
def test_links_that_lead_outside_are_refused(workspace: Workspace, target: str) -> None:
    (workspace.path / "loop").symlink_to("loop")
    (workspace.path / "src" / "link").symlink_to(target if target != ".." else "../..")
    with pytest.raises(ValueError, match=r"outside of the workspace|circle of links"):
        workspace.resolve("src/link/passwd" if target != "loop" else "loop")


@pytest.mark.parametrize("target", ["src", "./src/deep/..", "/workspace/src", "{real}/src"])
def test_links_inside_are_followed(workspace: Workspace, target: str) -> None:
    """An agent in the sandbox makes links to /workspace, which is another folder on the host."""
    (workspace.path / "link").symlink_to(target.format(real=workspace.path))
    assert workspace.resolve("link/b.py") == workspace.path / "src" / "b.py"
    assert workspace.resolve("link/../a.py") == workspace.path / "a.py"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.py", ["a.py"]),
        ("*.py", ["a.py", "x[1].py", "ä ö.py"]),
        ("**/*.py", [".hidden/e.py", "a.py", "src/b.py", "src/deep/c.py", "x[1].py", "ä ö.py"]),
        ("src/**", ["src/b.py", "src/deep/c.py", "src/deep/d.txt"]),
        ("src/**/c.py", ["src/deep/c.py"]),
        ("src/**/b.py", ["src/b.py"]),
        ("src/*", ["src/b.py"]),
        ("/workspace/src/?.py", ["src/b.py"]),
        ("src/deep/[cd].*", ["src/deep/c.py", "src/deep/d.txt"]),
        ("src/deep/[!c].*", ["src/deep/d.txt"]),
        ("x[1].py", ["x[1].py"]),
        ("x[[]1].py", ["x[1].py"]),
        ("src", []),
        ("none.py", []),
    ],
)
def test_globs(workspace: Workspace, pattern: str, found: list[str]) -> None:
    assert workspace.matching(pattern) == [workspace.path / name for name in found]


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "src/../../*"])
def test_globs_stay_inside(workspace: Workspace, pattern: str) -> None:
    with pytest.raises(ValueError, match="outside of the workspace"):
        workspace.matching(pattern)


def test_globs_do_not_follow_links_out(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("x")
    (workspace.path / "folder").symlink_to(tmp_path)
    (workspace.path / "file.py").symlink_to(tmp_path / "secret.py")
    (workspace.path / "inside.py").symlink_to("a.py")
    found = {path.name for path in workspace.matching("**/*.py")}
    assert "inside.py" in found
    assert not found & {"secret.py", "file.py"}
    assert workspace.matching("folder/secret.py") == workspace.matching("file.py") == []


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("tests/**", "tests/a/b.py", True),
        ("tests/**", "tests", False),
        ("**", "a/b", True),
        ("a[", "a[", True),
        ("a[!x]b", "a/b", False),
        ("[a-c].py", "b.py", True),
        ("[]].py", "].py", True),
        ("a.py", "aXpy", False),
        ("**.py", "a/b.py", False),
    ],
)
def test_path_matches(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, path) is matches


def test_collect_copies_what_lies_inside(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (workspace.path / "src" / "out").symlink_to(tmp_path / "secret")
    (workspace.path / "src" / "in").symlink_to("/workspace/a.py")
    (workspace.path / "src" / "b.py").chmod(0)
    names = workspace.collect(["src/**", "src/b.py", "none"], tmp_path / "kept")
    assert names == ["src/b.py", "src/deep/c.py", "src/deep/d.txt", "src/in"]
    assert {str(path.relative_to(tmp_path / "kept")) for path in (tmp_path / "kept").rglob("*.*")} == set(names[:3])
    assert (tmp_path / "kept" / "src" / "in").read_text() == "1"


def test_display_shows_what_an_agent_knows(workspace: Workspace) -> None:
    root = workspace.path.parent
    text = f"{workspace.path}/a {root}/tmp/b {root}/home/c"
    assert workspace.display(text) == "/workspace/a /tmp/b /home/agent/c"
