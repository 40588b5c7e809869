"""Processes and folders of a run of tests on a mutant: what `mutant_runs.py` does for each in the sandbox.

Each run is a fork, in a copy of the workspace of its own, with limits of its own.
"""

from __future__ import annotations

import os
import resource
import select
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEMORY = 2 << 30
"""Bytes of memory that one process of a mutant may reserve: half of what ends the whole command."""

BROKEN, DONE = 70, 77
"""Exit codes of forks that did not come to the end of a session, and of one that tried all mutants."""

PAUSE = 0.002
"""Seconds between two looks at whether a run has ended, where the system cannot tell: macOS, Linux before 5.3."""

LONGEST = 3600.0
"""Seconds of one waiting."""


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        exit_code: None if its time ran out, of whichever clock.
        seconds: wall time.
        cpu: seconds of processor time.
    """

    exit_code: int | None
    seconds: float
    cpu: float


def copy(workspace: Path, place: Path) -> None:
    """Copy a workspace without byte code. What cannot be read or is no file is not there."""
    with suppress(shutil.Error):
        shutil.copytree(workspace, place, symlinks=True, ignore=left_out)


def left_out(folder: str, names: list[str]) -> Iterator[str]:
    """Byte code of other sources, and what is neither a file nor a folder: reading a pipe would wait for ever."""
    for name in names:
        path = Path(folder, name)
        if name == "__pycache__" or not (path.is_symlink() or path.is_file() or path.is_dir()):
            yield name


def remove(place: Path) -> None:
    """Take a copy away, even one that cannot be removed."""
    trash = Path(tempfile.mkdtemp(dir=place.parent))
    place.rename(trash / "place")
    shutil.rmtree(trash, ignore_errors=True)


def is_path(opened: object, target: str) -> bool:
    """Whether what is opened is this file."""
    named = os.fsdecode(opened) if isinstance(opened, str | bytes) else ""
    return Path(named).name == Path(target).name and os.path.realpath(named) == target


def settle(place: Path, output: Path, cpu: int) -> None:
    """Make this process, a fork, one for a single session: its group, folders, output and limits."""
    os.setsid()
    for name, variable in (("tmp", "TMPDIR"), ("home", "HOME")):
        os.environ[variable] = str(place / name)
    tempfile.tempdir = None
    os.chdir(place / "workspace")
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    limit(cpu)


def limit(cpu: int) -> None:
    """Limit this process; not if `cpu` is 0."""
    if cpu:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def silence(output: Path) -> None:
    """Let this process write to nowhere what was to go to a file, whichever of its descriptors leads there."""
    nowhere, there = os.open(os.devnull, os.O_WRONLY), output.stat()
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - the numbers are enough
        with suppress(OSError):  # that of the listing itself is closed by now
            if os.path.samestat(os.fstat(int(name)), there):
                os.dup2(nowhere, int(name))


def only_thread(plugins: Collection[str]) -> bool:
    """Whether no thread runs beside the main one but those of these modules: only the thread that forks is in a fork.

    pytest-rerunfailures has one, which no fork needs.
    """
    others = (one for one in threading.enumerate() if one is not threading.main_thread())
    return all(str(getattr(getattr(one, "_target", None), "__module__", "")) in plugins for one in others)


def ended_with(main: Callable[[], None]) -> int:
    """Run to the end of the process as it would be without a fork, and return the exit code."""
    try:
        main()
    except SystemExit as error:
        sys.stdout.flush()
        return error.code if isinstance(error.code, int) else 1
    return BROKEN


def wait(child: int, begun: float, until: float) -> Ended:
    """Wait for a run until a time of the monotonic clock."""
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        seconds = time.monotonic() - begun
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return Ended(code if code >= 0 else 128 - code, seconds, used.ru_utime + used.ru_stime)
        left = until - time.monotonic()
        if left <= 0:
            return Ended(None, seconds, 0.0)
        _rest(child, min(left, LONGEST))


def _rest(child: int, seconds: float) -> None:
    """Until the child has ended, at most so long; less where the system cannot tell."""
    try:
        process = os.pidfd_open(child)
    except (AttributeError, OSError):
        time.sleep(PAUSE)
        return
    try:
        ended = select.poll()
        ended.register(process, select.POLLIN)
        ended.poll(seconds * 1000)
    finally:
        os.close(process)
