"""No process is left: not of a command that ended, ran out of time, or whose caller was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open
from tests.workspace.processes import bearing, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# Forks twice with a session of its own, lets go of every descriptor, and tells that it is up.
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64)
        open("up", "w").close()
        time.sleep(1000)
    os._exit(0)
"""
START_DAEMON = "python daemon.py; until [ -e up ]; do sleep 0.01; done"
CALLER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from pytest_agenttasks.workspace import open_workspace
spec = SimpleNamespace(from_=None, git=None, files={"daemon.py": sys.argv[3]}, setup=[], network=False)
with open_workspace(spec, base=Path(), isolation=sys.argv[1]) as workspace:
    workspace.execute("python daemon.py; exec sleep 1000", env={"MARK": sys.argv[2]})
"""


@pytest.fixture
def mark() -> str:
    return f"mark-{uuid.uuid4()}"


def test_daemons_end_with_the_command(opened: Open, isolation: Isolation, mark: str) -> None:
    workspace = opened(isolation, files={"daemon.py": DAEMON})
    assert workspace.execute(START_DAEMON + "; (sleep 1000 &) ; echo ready", env={"MARK": mark}).output == "ready\n"
    assert bearing(mark) == []


def test_daemons_end_when_time_runs_out(opened: Open, isolation: Isolation, mark: str) -> None:
    workspace = opened(isolation, files={"daemon.py": DAEMON})
    result = workspace.execute(START_DAEMON + "; echo ready; sleep 1000", env={"MARK": mark}, seconds=2)
    assert (result.timed_out, result.exit_code, result.output) == (True, None, "ready\n")
    assert bearing(mark) == []


def test_a_killed_supervisor_leaves_nothing(opened: Open, mark: str) -> None:
    workspace = opened(files={"daemon.py": DAEMON})
    result = workspace.execute(START_DAEMON + "; kill -9 $PPID; sleep 1000", env={"MARK": mark})
    assert result.exit_code == 137
    assert bearing(mark) == []


def test_a_killed_supervisor_does_not_leave_a_reader_without_end(opened: Open, mark: str) -> None:
    """What it started goes on printing."""
    assert opened().execute("yes & kill -9 $PPID; wait", env={"MARK": mark}).exit_code == 137
    assert bearing(mark) == []


def test_a_killed_caller_leaves_nothing(isolation: Isolation, mark: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, isolation, mark, DAEMON],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(root)},
    )
    try:
        expected = {"sleep 1000 ", "python daemon.py "}
        wait_until(lambda: expected <= set(bearing(mark)))
    finally:
        caller.send_signal(signal.SIGKILL)
        caller.wait()
    wait_until(lambda: bearing(mark) == [])


def test_a_fork_of_the_caller_keeps_nothing_alive(isolation: Isolation, mark: str, tmp_path: Path) -> None:
    """A forked child holds copies of the caller's descriptors, and lives on after it."""
    root = Path(__file__).parents[2]
    fork = (
        "import os, sys, threading, time\n"
        "from tests.workspace.processes import bearing, wait_until\n"
        "def fork():\n"
        "    wait_until(lambda: bearing(sys.argv[2]))\n"
        "    if os.fork() == 0: time.sleep(1000)\n"
        "threading.Thread(target=fork, daemon=True).start()\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", fork + CALLER, isolation, mark, DAEMON],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(root)},
        start_new_session=True,
    )
    try:
        wait_until(lambda: _children(caller.pid) >= 2 and "sleep 1000 " in bearing(mark))
        caller.kill()
        caller.wait()
        wait_until(lambda: bearing(mark) == [])
    finally:
        os.killpg(caller.pid, signal.SIGKILL)


def _children(pid: int) -> int:
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that ended meanwhile
            found += len((task / "children").read_text().split())
    return found
