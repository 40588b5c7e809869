"""pytest, started to find tasks or to try them; what the plugin `validator` tells is read line by line as it comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from signal import SIGINT, SIGKILL

from pytest_agenttasks.cli.cassettes.project import words_of
from pytest_agenttasks.results import Json

PLUGINS = ("-p", "pytest_agenttasks.inventory", "-p", "pytest_agenttasks.validator")

ALONE = ("--agent-cassettes=replay", "--maxfail=0", "--reruns=0", "-q")
"""Whatever a project's `addopts` says: no model is asked, no failure ends the run, and nothing is done twice."""

NOT_PASSED = ("GITHUB_STEP_SUMMARY",)
"""Variables that pytest does not see: what is tried here is no result of anybody's work."""

PATIENCE = 10.0
"""Seconds in which an interrupted pytest ends its tasks."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of pytest that has ended.

    Attributes:
        code: its exit code.
        words: why it did not do what it was asked for, where it did not.
    """

    code: int
    words: str


def ask(arguments: Sequence[str], take: Callable[[Json], object]) -> Ended:
    """Run pytest, and hand on what the plugin tells.

    Args:
        arguments: for pytest.
        take: is given each line.

    Raises:
        OSError: there is no room for a temporary file, or no more processes.
    """
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as folder, tempfile.TemporaryFile() as output:
        ours, theirs = os.pipe()
        # -P: with `-m` Python would make the current folder importable, which the command `pytest` does not.
        command = [sys.executable, "-P", "-m", "pytest", *PLUGINS, f"--agent-validator={theirs}", *ALONE]
        # What failed on purpose is not what `--lf` is for.
        command += ["-o", f"cache_dir={folder}/cache", *arguments]
        with os.fdopen(ours, encoding="ascii") as lines:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[theirs],
                    env={name: value for name, value in os.environ.items() if name not in NOT_PASSED},
                )
            finally:
                os.close(theirs)
            with process, _ended_when_interrupted(process):
                for line in lines:
                    take(json.loads(line))
        output.seek(0)
        return Ended(process.returncode, words_of(output.read().decode("utf-8", "replace")))


@contextmanager
def _ended_when_interrupted(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ctrl-C reaches pytest as well, as a rule; what it has made is cleared away before its folders are."""
    try:
        yield
    except KeyboardInterrupt:
        for signal in (None, SIGINT, SIGKILL):
            if signal is not None:
                process.send_signal(signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
                break
        raise
