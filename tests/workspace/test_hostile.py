"""Commands that want out: they read no key, change nothing outside of the workspace, and leave no process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import Workspace, open_workspace, probe_bubblewrap
from tests.workspace.conftest import spec
from tests.workspace.hostile import ATTEMPTED, CHANGING, ENDING, READING, SMALL, Host, a_host, run_attack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is a Linux program")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("host")
    with (
        open_workspace(spec(), base=folder, isolation="none") as other,
        a_host(folder, other.path) as made,
    ):
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    reason = probe_bubblewrap()
    if reason is not None:
        pytest.skip(reason)
    with open_workspace(spec(), base=tmp_path, isolation="bubblewrap", resources=SMALL) as opened:
        yield opened


@pytest.mark.parametrize("name", [*READING, *CHANGING])
def test_nothing_is_read_or_changed(workspace: Workspace, host: Host, name: str) -> None:
    before = host.state()
    result = run_attack(workspace, host, name)
    assert list(host.faults(result, before)) == []
    assert result.output.endswith(f"{ATTEMPTED}\n")


ENDS_BY = {
    "a fork bomb": "processes",
    "a bomb of sessions": "processes",
    "a memory bomb": "memory",
    "the disk filled": "disk",
}


@pytest.mark.parametrize("name", ENDING)
def test_nothing_is_left_of_what_would_not_end(workspace: Workspace, host: Host, name: str) -> None:
    before = host.state()
    result = run_attack(workspace, host, name)
    assert list(host.faults(result, before)) == []
    assert result.exceeded == ENDS_BY.get(name)
    assert result.timed_out == (name == "signals ignored")


@pytest.mark.parametrize("name", ENDING)
def test_the_work_goes_on_after_it(workspace: Workspace, host: Host, name: str, tmp_path: Path) -> None:
    """What is left in the workspace hinders neither the next command nor what is read of it."""
    run_attack(workspace, host, name)
    assert workspace.execute("echo on").output == "on\n"
    workspace.changed()
    workspace.patch()
    workspace.collect(["**"], tmp_path / "collected")


FOUND_WITHOUT = [
    "environments of processes", "the caller by its id", "the home of the host", "a link out",
    "workspaces of other tasks", "an abstract socket", "a socket of the host", "a port of the host",
]  # fmt: skip


@pytest.mark.parametrize("name", FOUND_WITHOUT)
def test_without_a_sandbox_the_key_is_found(host: Host, name: str, tmp_path: Path) -> None:
    """So these attacks are real ones. Their output, with the real environments in it, is not shown."""
    with open_workspace(spec(), base=tmp_path, isolation="none") as opened:
        found = host.key in run_attack(opened, host, name).output
    assert found


def test_without_a_filter_the_keyring_is_read(host: Host, tmp_path: Path) -> None:
    with open_workspace(spec(), base=tmp_path, isolation="none") as opened:
        found = host.key in run_attack(opened, host, "the session keyring").output
    if not found:
        pytest.skip("this kernel has no keyrings for us, or its numbers of system calls are not known")


def test_calls_for_keys_are_refused(workspace: Workspace, host: Host) -> None:
    assert "Operation not permitted" in run_attack(workspace, host, "the session keyring").output


LINKS = {
    "file": 'ln -s "$HOST_HOME/.ssh/id_rsa" {}',
    "folder": 'ln -s "$HOST_HOME/.ssh" {}',
    "relative": 'ln -s "../../../../../../../..$HOST_HOME/.ssh/id_rsa" {}',
    "through another": 'ln -s "$HOST_HOME" {}.x; ln -s {}.x/.ssh/id_rsa {}',
    "of the process": "ln -s /proc/self/root {}",
}


@pytest.mark.parametrize("kind", LINKS)
def test_no_link_is_followed_on_the_way_back(workspace: Workspace, host: Host, kind: str, tmp_path: Path) -> None:
    made = workspace.execute(LINKS[kind].replace("{}", "out"), env=host.env)
    assert made.exit_code == 0
    with pytest.raises(ValueError, match="outside of the workspace"):
        workspace.resolve("out/id_rsa")
    assert workspace.collect(["**", "out", "out/*"], tmp_path / "collected") == []
    assert workspace.matching("**/*") == []
    assert "out" in workspace.changed()
    assert host.key.encode() not in workspace.patch()


def test_a_workspace_that_was_replaced_is_not_read(tmp_path: Path, host: Host) -> None:
    with open_workspace(spec(), base=tmp_path, isolation="none") as opened:
        opened.execute('rm -rf "$PWD"; ln -s "$HOST_HOME" "$PWD"', env=host.env)
        assert opened.collect(["**"], tmp_path / "collected") == []
        assert host.key.encode() not in opened.patch()
        with pytest.raises(WorkspaceError, match="a command has deleted or replaced it"):
            opened.execute("true")
    assert (host.home / ".ssh/id_rsa").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_holds_them_too() -> None:
    """All attacks, by the system's interpreter: this one may lie where nobody else can read."""
    root = Path(__file__).parents[2]
    check = "import sys; sys.version_info >= (3, 11) or sys.exit(1); import tests.workspace.hostile"
    options = {"cwd": "/", "env": {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
               "user": 65534, "group": 65534, "extra_groups": [], "capture_output": True, "text": True}  # fmt: skip
    python = "/usr/bin/python3"
    if not Path(python).exists() or subprocess.run([python, "-c", check], **options).returncode:  # type: ignore[call-overload]
        pytest.skip(f"{python} is too old or missing, or the checkout cannot be read by everybody")
    done = subprocess.run([python, "-m", "tests.workspace.hostile"], **options)  # type: ignore[call-overload]
    assert (done.stdout, done.stderr) == (f"done {len([*READING, *CHANGING, *ENDING])}\n", "")
