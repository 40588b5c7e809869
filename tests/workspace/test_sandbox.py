from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open

CONNECT = "import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('connected')"


def test_only_workspace_tmp_and_home_are_writable(opened: Open, bubblewrap: Isolation) -> None:
    """Asks by access(2) and changes nothing: a hole here would be one in the machine that runs the tests."""
    script = (
        "find / -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune "
        "-o -type l -prune -o -writable -print 2>/dev/null | sort"
    )
    found = opened(bubblewrap).execute(script).output.split()
    devices = {"full", "null", "ptmx", "pts", "pts/ptmx", "random", "tty", "urandom", "zero"}
    rest = {path for path in found if path not in {f"/dev/{name}" for name in devices}}
    # An interpreter that lies in /tmp, or in a home, has its folders in the private ones.
    above = {str(folder) for prefix in (sys.prefix, sys.base_prefix) for folder in Path(prefix).parents}
    assert rest - above == {"/dev/shm", "/home/agent", "/tmp", "/workspace"} - above


def test_kernel_settings_are_read_only(opened: Open, bubblewrap: Isolation) -> None:
    """The kernel lets root's id write them without any capability; core_pattern names a program it starts."""
    result = opened(bubblewrap).execute(
        "test -r /proc/sys/kernel/core_pattern && test ! -w /proc/sys/kernel/core_pattern"
    )
    assert result.exit_code == 0


def test_no_more_user_namespaces_and_no_capability(opened: Open, bubblewrap: Isolation) -> None:
    result = opened(bubblewrap).execute("unshare -Ur true; grep CapEff /proc/self/status; mount -o remount,rw /usr")
    assert "unshare failed" in result.output
    assert "CapEff:\t0000000000000000" in result.output
    assert result.exit_code != 0


def test_the_disk_is_not_there(opened: Open, bubblewrap: Isolation, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    workspace = opened(bubblewrap)
    assert workspace.execute(["cat", str(tmp_path / "secret")]).exit_code == 1
    assert workspace.execute(["ls", str(workspace.path.parent)]).exit_code != 0
    assert workspace.execute("ls /home; ls /etc/shadow /etc/ssl/private /root/.ssh 2>/dev/null").output == "agent\n"


def test_the_interpreter_and_its_packages_are_there(opened: Open, bubblewrap: Isolation) -> None:
    code = "import pydantic, sys; print(sys.prefix)"
    assert opened(bubblewrap).execute(["python", "-c", code]).output == f"{sys.prefix}\n"


def test_files_belong_to_the_agent_inside_and_to_the_caller_outside(opened: Open, bubblewrap: Isolation) -> None:
    workspace = opened(bubblewrap, files={"a": "1"})
    assert workspace.execute("touch b; stat -c %U a b; whoami").output == "agent\nagent\nagent\n"
    assert (workspace.path / "b").stat().st_uid == os.getuid()


@pytest.mark.parametrize("network", [False, True])
def test_network_only_where_asked_for(opened: Open, bubblewrap: Isolation, network: bool) -> None:
    workspace = opened(bubblewrap, network=network)
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = CONNECT.format(port=server.getsockname()[1])
        result = workspace.execute(["python", "-c", code])
    assert (result.exit_code == 0) is network
    assert ("connected" if network else "Connection refused") in result.output


def test_writable_folders_lie_at_their_own_path(opened: Open, isolation: Isolation, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    result = opened(isolation).execute(["touch", f"{folder}/made"], writable=[folder])
    assert (result.exit_code, (folder / "made").exists()) == (0, True)


def test_a_writable_folder_must_exist(opened: Open, bubblewrap: Isolation, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="missing is not a folder"):
        opened(bubblewrap).execute("true", writable=[tmp_path / "missing"])


def test_a_link_cannot_move_a_mount(opened: Open, bubblewrap: Isolation, tmp_path: Path) -> None:
    """bwrap makes mount points as the caller, and would follow what a command left in /tmp."""
    if not tmp_path.is_relative_to("/tmp"):
        pytest.skip("pytest's temporary folders lie elsewhere")
    workspace = opened(bubblewrap)
    top = Path(*tmp_path.parts[:3])
    workspace.execute(["ln", "-s", "/oldroot/etc", str(top)])
    with pytest.raises(WorkspaceError, match="is needed by the sandbox, but a command has put a file or link there"):
        workspace.execute("true", writable=[tmp_path])


def test_an_interpreter_below_tmp_is_seen(bubblewrap: Isolation, tmp_path: Path) -> None:
    """Temporary folders hold virtual environments in many a CI; the private /tmp must not hide them."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    code = (
        "from pathlib import Path; from types import SimpleNamespace; from pytest_agenttasks.workspace import *\n"
        "spec = SimpleNamespace(from_=None, git=None, files={}, setup=[], network=False)\n"
        "with open_workspace(spec, base=Path(), isolation='bubblewrap') as workspace:\n"
        "    print(workspace.execute('python -c \"import sys; print(sys.prefix)\"').output, end='')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([venv / "bin/python", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{venv}\n"
