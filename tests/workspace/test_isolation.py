"""Each case in a process of its own: what was found is kept for the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from pytest_agenttasks.exceptions import IsolationError
from pytest_agenttasks.workspace import choose_isolation
try:
    print(choose_isolation(sys.argv[1], live=sys.argv[2] == "live"))
except IsolationError as error:
    print(error)
"""
ADVICE = "; install bubblewrap, or ask for no sandbox with --agent-isolation=none\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is a Linux program")


def choose(asked: str, what: str, path: str) -> str:
    env = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", CODE, asked, what]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def fake_bwrap(folder: Path, script: str) -> str:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.parametrize("what", ["live", "replay"])
@pytest.mark.parametrize("asked", ["auto", "bubblewrap"])
def test_bubblewrap_where_it_works(bubblewrap: str, asked: str, what: str) -> None:
    assert choose(asked, what, os.environ["PATH"]) == "bubblewrap\n"


@pytest.mark.parametrize(("asked", "what"), [("none", "live"), ("none", "replay"), ("auto", "replay")])
def test_none_where_asked_for_or_harmless(tmp_path: Path, asked: str, what: str) -> None:
    assert choose(asked, what, str(tmp_path)) == "none\n"


@linux
@pytest.mark.parametrize(("asked", "what"), [("auto", "live"), ("bubblewrap", "live"), ("bubblewrap", "replay")])
def test_no_silent_fallback(tmp_path: Path, asked: str, what: str) -> None:
    told = choose(asked, what, str(tmp_path))
    assert told == "the sandbox does not work here: the program bwrap is not installed" + ADVICE


@linux
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'bwrap: Unknown option --disable-userns' >&2; exit 1",
         "bubblewrap could not run a command: Unknown option --disable-userns (bubblewrap 0.8 or newer is needed)"),
        ("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
         "bubblewrap could not run a command: setting up uid map: Permission denied (this machine forbids user "
         "namespaces; on Ubuntu see the setting kernel.apparmor_restrict_unprivileged_userns)"),
        ("kill -9 $$", "bubblewrap could not run a command: it was killed"),
    ],
)  # fmt: skip
def test_why_it_does_not_work(tmp_path: Path, script: str, reason: str) -> None:
    told = choose("auto", "live", fake_bwrap(tmp_path, script))
    assert told == f"the sandbox does not work here: {reason}{ADVICE}"


@linux
def test_the_home_is_never_shown_as_a_prefix_of_the_interpreter(tmp_path: Path, bubblewrap: str) -> None:
    """Python may be installed, or a venv made, in the home itself."""
    env = {**os.environ, "HOME": str(Path(sys.prefix) / "lib"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", CODE, "bubblewrap", "live"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"the sandbox does not work here: Python's prefix {sys.prefix} holds your home folder")
