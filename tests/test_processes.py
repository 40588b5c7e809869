"""Whether a process that left something behind is still there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_agenttasks.processes import lives, name_of


def test_this_process_lives() -> None:
    assert lives(name_of())
    assert lives(str(os.getpid()))


def test_a_process_that_ended_does_not_live_though_nobody_took_note_of_its_end() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = name_of(process.pid)
    assert lives(name)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    zombie = lives(name)
    process.communicate()
    assert not lives(name)
    assert not zombie or sys.platform != "linux"


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells when a process was started")
def test_another_process_of_the_same_id_is_not_the_one() -> None:
    assert not lives(f"{os.getpid()}.1")


def test_somebody_elses_process_lives() -> None:
    assert lives(name_of(1))


@pytest.mark.parametrize("name", ["", "x", "x.1", "9" * 30])
def test_what_names_no_process_is_left_alone(name: str) -> None:
    assert lives(name)
