"""Runs programs and says what they took; and who takes turns with whom."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.table import Json
from benchmarks.world import ROOT

PYTEST = (sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider")

OURS = ("-p", "xdist", "-p", "rerunfailures", "-p", "agenttasks")
"""The plugin and the two that it asks for. No other plugin of the environment is loaded, on either side."""

LIVE = ("--agent-cassettes=live", "--agent-isolation=none")
"""Live work, wherever it runs."""

WITHOUT = OURS[:-2]
XDIST = OURS[:2]

TAIL = 2000
"""Letters of a program's output that are told where it fails."""

_LEFT_OUT = ("AGENTTASKS_", "OPENHANDS_", "PYTEST_", "PYTHONDONTWRITEBYTECODE", "COV_CORE_")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of a program and all that it waited for: by the clock, and of processors."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Turns:
    """What each contender took, round by round."""

    taken: Mapping[str, Sequence[Spent]]

    def cpu(self, name: str) -> float:
        """Median seconds of processors."""
        return statistics.median(one.cpu for one in self.taken[name])

    def wall(self, name: str) -> float:
        """Median seconds by the clock."""
        return statistics.median(one.wall for one in self.taken[name])

    def more(self, name: str, other: str) -> float:
        """Median over the rounds of the seconds of processors that one takes more than another."""
        pairs = zip(self.taken[name], self.taken[other], strict=True)
        return statistics.median(one.cpu - two.cpu for one, two in pairs)

    def ratio(self, name: str, other: str) -> float:
        """Median over the rounds of one's seconds by the clock over another's."""
        pairs = zip(self.taken[name], self.taken[other], strict=True)
        return statistics.median(one.wall / two.wall for one, two in pairs)

    def detail(self) -> Json:
        """For the JSON: medians, and how many rounds there were."""
        told: Json = {name: {"wall_s": self.wall(name), "cpu_s": self.cpu(name)} for name in self.taken}
        return told | {"rounds": len(next(iter(self.taken.values())))}


def turns(rounds: int, contenders: Mapping[str, Callable[[], Spent]]) -> Turns:
    """So many rounds in which everybody runs once."""
    taken: dict[str, list[Spent]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            taken[name].append(run())
    return Turns(taken)


def pytest(
    project: Path, *arguments: str, exit_codes: Sequence[int] = (0,), environ: Mapping[str, str] | None = None
) -> Spent:
    """Run pytest in a project with the plugins that the arguments name and no others."""
    return run([*PYTEST, *arguments], project, exit_codes=exit_codes, environ=environ)


def run(
    command: Sequence[str], folder: Path, *, exit_codes: Sequence[int] = (0,), environ: Mapping[str, str] | None = None
) -> Spent:
    """Run a program to its end.

    Raises:
        RuntimeError: it ended otherwise than expected; with the end of its output.
    """
    started = time.monotonic()
    with begun(command, folder, environ) as program:
        process = program.process
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in exit_codes:
            raise program.failure(f"exit code {process.returncode}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs, and the file that its output goes to."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]

    def failure(self, why: str) -> RuntimeError:
        """An error that tells the command, why, and the end of the output."""
        self.output.seek(0)
        said = self.output.read().decode("utf-8", "replace")[-TAIL:]
        assert isinstance(self.process.args, list)
        return RuntimeError(f"{' '.join(self.process.args)}: {why}\n{said}")


@contextmanager
def begun(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None) -> Iterator[Program]:
    """Start a program with these variables besides `environment()`; whoever asks waits for its end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            list(command), cwd=folder, env=environment() | dict(environ or {}),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        yield Program(process, output)


def environment() -> dict[str, str]:
    """This one's, without what would change a run of pytest."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "AGENTTASKS_STATE": "memory"}
