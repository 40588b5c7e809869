"""Marks of processes: who is alive, who has ended, and who is not to be known about."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_agenttasks.processes import has_ended, is_of_here, mark, mark_in, unique_name

TELLS = "from pytest_agenttasks.processes import mark; print(mark(), flush=True); input()"


def test_a_process_has_ended_when_it_has() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TELLS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        told = other.stdout.readline().strip()
        assert (is_of_here(told), has_ended(told)) == (True, False)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(told), "nobody has asked how it ended, so that its id is still taken"
    assert has_ended(told)


def test_this_one_is_alive() -> None:
    assert not has_ended(mark())
    assert mark_in(unique_name()) == mark()
    assert unique_name() != unique_name()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells when a process began")
def test_another_process_with_the_same_id_is_another_process() -> None:
    place, _, name = mark().partition("-")
    pid, _, began = name.partition(".")
    assert has_ended(f"{place}-{pid}.{int(began) - 1}")


@pytest.mark.parametrize("other", ["", "1", "-1.1", "PLACE-", "PLACE-x.1", "PLACE-1.1.1", "PLACE-1-1", "PLACE-.."])
def test_what_is_no_mark_has_not_ended(other: str) -> None:
    other = other.replace("PLACE", mark().partition("-")[0])
    assert (is_of_here(other), has_ended(other)) == (False, False)


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    place, _, name = mark().partition("-")
    elsewhere = f"{(int(place, 16) + 1) % (1 << 24):06x}-{name}"
    assert (is_of_here(elsewhere), has_ended(elsewhere)) == (False, False)
