from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("a = 1\n")
    return folder


def test_a_copy_leaves_out_caches_environments_and_repositories(opened: Open, shop: Path) -> None:
    for name in (".git", "__pycache__", ".venv", ".pytest_cache", ".mypy_cache", "src/__pycache__", "my-env"):
        (shop / name).mkdir()
        (shop / name / "inside").write_text("x")
    (shop / "my-env" / "pyvenv.cfg").write_text("")
    (shop / "a.pyc").write_text("")
    (shop / ".gitignore").write_text("")
    (shop / "empty").mkdir()
    assert names(opened(**{"from": "shop"}).path) == [".gitignore", "empty", "src", "src/a.py"]


def test_times_and_modes_are_the_same_everywhere(opened: Open, shop: Path, isolation: Isolation) -> None:
    (shop / "src" / "a.py").chmod(0o600)
    (shop / "run").write_text("#!/bin/sh\n")
    (shop / "run").chmod(0o775)
    workspace = opened(isolation, **{"from": "shop", "files": {"b": ""}})
    result = workspace.execute("stat -c '%A %Y %n' b run src src/a.py")
    assert result.output == (
        "-rw-r--r-- 1577836800 b\n-rwxr-xr-x 1577836800 run\n"
        "drwxr-xr-x 1577836800 src\n-rw-r--r-- 1577836800 src/a.py\n"
    )


def test_links_inside_stay_links(opened: Open, shop: Path) -> None:
    (shop / "relative").symlink_to("src/a.py")
    (shop / "absolute").symlink_to(shop / "src")
    (shop / "dangling").symlink_to("src/none")
    path = opened(**{"from": "shop"}).path
    links = ("relative", "absolute", "dangling")
    assert [str((path / link).readlink()) for link in links] == ["src/a.py", "src", "src/none"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "../shop/src", "src/../../secret"])
def test_a_link_out_is_named(opened: Open, shop: Path, target: str) -> None:
    (shop / "src" / "out").symlink_to(target if target.startswith("/") else f"../{target}")
    with pytest.raises(WorkspaceError, match="link that leads out of it: src/out -> "):
        opened(**{"from": "shop"})


def test_a_link_out_through_another_is_named(opened: Open, shop: Path) -> None:
    """By its text the second one stays inside."""
    (shop / "here").symlink_to(".")
    (shop / "src" / "two").symlink_to("../here/..")
    with pytest.raises(WorkspaceError, match="leads out of it: src/two"):
        opened(**{"from": "shop"})


def test_a_pipe_is_named(opened: Open, shop: Path) -> None:
    os.mkfifo(shop / "pipe")
    with pytest.raises(WorkspaceError, match="holds pipe, which is no file"):
        opened(**{"from": "shop"})


def test_a_missing_folder_is_named(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=f"does not exist: {tmp_path}/none"):
        opened(**{"from": "none"})


def test_given_files_win(opened: Open, shop: Path) -> None:
    workspace = opened(**{"from": "shop", "files": {"src/a.py": "a = 2\r\n", "new/b": "ä"}})
    assert (workspace.path / "src/a.py").read_bytes() == b"a = 2\r\n"
    assert (workspace.path / "new/b").read_text("utf-8") == "ä"
    assert workspace.changed() == ()


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x", ""])
def test_given_files_stay_inside(opened: Open, name: str) -> None:
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        opened(files={name: "x"})


def test_a_given_file_in_place_of_a_folder_is_named(opened: Open, shop: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"'src' cannot be written"):
        opened(**{"from": "shop", "files": {"src": "x"}})


def test_setup_runs_before_the_agent(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, setup=["echo one > a", "cat a a > b"])
    assert (workspace.path / "b").read_text() == "one\none\n"
    assert workspace.changed() == ()


def test_a_failed_setup_tells_command_code_and_output(opened: Open, isolation: Isolation) -> None:
    with pytest.raises(WorkspaceError) as caught:
        opened(isolation, setup=["true", "seq 100; echo broken >&2; exit 7"])
    first, *rest = str(caught.value).splitlines()
    assert first == ("workspace.setup: the command 'seq 100; echo broken >&2; exit 7' ended with 7; its last output:")
    assert rest[-2:] == ["100", "broken"]
    assert len(rest) == 15
