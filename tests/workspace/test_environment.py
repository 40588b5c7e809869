from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "fake-key-of-the-caller")


def test_nothing_of_the_caller_is_passed(opened: Open, isolation: Isolation) -> None:
    lines = opened(isolation).execute("env", env={"GIVEN": "yes"}).output.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    assert found.pop("PATH") == f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    shell = {"PWD", "SHLVL", "_"}
    fixed = {name for name in found if name.startswith("GIT_")}
    assert {name: value for name, value in found.items() if name not in {*shell, *fixed}} == {
        "HOME": "/home/agent", "TMPDIR": "/tmp", "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "COLUMNS": "80", "LINES": "24",
        "TERM": "dumb", "NO_COLOR": "1", "USER": "agent", "LOGNAME": "agent", "GIVEN": "yes",
        "PYTEST_ADDOPTS": "-p no:agenttasks",
    }  # fmt: skip


def test_no_process_in_the_sandbox_shows_a_key(opened: Open, bubblewrap: Isolation) -> None:
    workspace = opened(bubblewrap)
    result = workspace.execute("cat /proc/[0-9]*/environ /proc/$PPID/environ /proc/1/environ | tr '\\0' '\\n'")
    assert "HOME=/home/agent" in result.output
    assert "fake-key" not in result.output
    arguments = workspace.execute("cat /proc/1/cmdline /proc/$PPID/cmdline").output
    assert str(workspace.path.parent) not in arguments
    assert "fake-key" not in arguments


def test_commits_are_the_same_in_every_run(opened: Open, isolation: Isolation) -> None:
    command = "git init -q -b main && git add . && git commit -qm x && git rev-parse HEAD"
    one, two = (opened(isolation, files={"a": "1"}).execute(command) for _ in range(2))
    assert one.exit_code == 0
    assert one.output == two.output
