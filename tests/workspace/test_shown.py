"""What is put into the sandbox beside the workspace: folders to read, and files for one command."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    folder = tmp_path / "tools" / "mini"
    folder.mkdir(parents=True)
    (folder / "mini").write_text("#!/bin/sh\necho mini here\n")
    (folder / "mini").chmod(0o755)
    return folder


def test_a_readable_folder_is_seen_and_not_written(opened: Open, bubblewrap: Isolation, tool: Path) -> None:
    workspace = opened(bubblewrap)
    command = f"{tool}/mini; touch {tool}/new; ls {tool.parent}"
    assert workspace.execute(command).exit_code != 0
    result = workspace.execute(command, readable=[tool])
    assert result.output == f"mini here\ntouch: cannot touch '{tool}/new': Read-only file system\nmini\n"


def test_it_is_there_by_both_its_names(opened: Open, bubblewrap: Isolation, tool: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tool)
    result = opened(bubblewrap).execute(f"{link}/mini && {tool}/mini", readable=[link])
    assert result.output == "mini here\nmini here\n"


def test_what_usr_holds_needs_no_mount(opened: Open, bubblewrap: Isolation) -> None:
    assert opened(bubblewrap).execute("ls /usr/bin/env", readable=[Path("/usr/bin")]).exit_code == 0


@pytest.mark.parametrize("name", ["/", "/tmp", "/home", "/etc", "/proc", "/dev", "/run"])
def test_nothing_that_the_sandbox_hides(opened: Open, bubblewrap: Isolation, name: str) -> None:
    with pytest.raises(WorkspaceError, match=f"{name} cannot be shown to a command: it holds /.*; name a smaller"):
        opened(bubblewrap).execute("true", readable=[Path(name)])


def test_not_the_home(opened: Open, bubblewrap: Isolation, tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tool))
    with pytest.raises(WorkspaceError, match=f"it holds {tool}"):
        opened(bubblewrap).execute("true", readable=[tool.parent])


def test_a_readable_folder_must_exist(opened: Open, bubblewrap: Isolation, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="none is not a folder, so it cannot be shown to a command"):
        opened(bubblewrap).execute("true", readable=[tmp_path / "none"])


def test_a_stashed_file_is_private_and_no_part_of_the_work(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation)
    path = workspace.stash("settings.json", "é\r\n")
    result = workspace.execute(f"stat -c '%a %U' {path}; cat {path}; echo {path}")
    mode, *rest = result.output.splitlines()
    assert mode.startswith("600 ")
    assert rest == ["é", "/tmp/settings.json"]
    assert workspace.changed() == ()


def test_what_a_command_put_in_its_place_is_replaced(opened: Open, isolation: Isolation, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    workspace = opened(isolation)
    for trap in (f"ln -s {other}", "mkdir -p", "touch", "mkfifo"):
        workspace.execute(f"rm -rf $TMPDIR/a; {trap} $TMPDIR/a; chmod 0 $TMPDIR")
        path = workspace.stash("a", "new")
        assert workspace.execute(f"stat -c %a {path}; cat {path}").output == "600\nnew"
    assert other.read_text() == "mine"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\0"])
def test_a_name_that_is_no_name(opened: Open, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a file"):
        opened().stash(name, "x")
