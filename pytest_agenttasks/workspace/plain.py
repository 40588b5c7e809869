"""Commands without a sandbox, each under a supervisor of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from signal import SIGKILL

from pytest_agenttasks.workspace.environment import command_environment
from pytest_agenttasks.workspace.folders import Folders
from pytest_agenttasks.workspace.pids import inside
from pytest_agenttasks.workspace.running import Ended, Started

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STRAYS_SECONDS = 5.0  # for those that the kernel holds back
KILLED = 128 + SIGKILL


def start(command: Sequence[str], folders: Folders, env: Mapping[str, str], group: Path | None) -> Started:
    """Start the command in the workspace."""
    reader, writer = os.pipe()
    ours, theirs = socket.socketpair()
    launcher = [sys.executable, "-I", "-S", str(SUPERVISOR), str(os.getpid()), str(writer)]
    try:
        process = subprocess.Popen(
            inside(group, [*launcher, *command]),
            cwd=folders.workspace,
            env=command_environment(str(folders.home), str(folders.tmp), env),
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
            start_new_session=True,
            umask=0o022,
        )
    except BaseException:
        os.close(reader)
        ours.close()
        raise
    finally:
        os.close(writer)
        theirs.close()
    return Started(process, reader, partial(_stop, ours), partial(_settle, ours, folders))


def exit_code(ended: Ended) -> int:
    """Return the command's exit code; that of a kill if the command killed its supervisor."""
    return int(ended.status or KILLED)


def _stop(control: socket.socket) -> None:
    # Closing would not do: a fork of this process may hold a copy.
    with suppress(OSError):
        control.shutdown(socket.SHUT_WR)


def _settle(control: socket.socket, folders: Folders, status: bytes) -> None:
    control.close()
    if not status and sys.platform == "linux":
        kill_strays(folders)


def kill_strays(folders: Folders) -> None:
    """Kill all processes whose environment or folder is of this workspace: their supervisor was killed."""
    mark = os.fsencode(folders.root) + b"/"
    end = time.monotonic() + STRAYS_SECONDS
    while (strays := [p for p in Path("/proc").iterdir() if _bears(p, mark)]) and time.monotonic() < end:
        for process in strays:
            with suppress(ProcessLookupError):
                os.kill(int(process.name), SIGKILL)


def _bears(process: Path, mark: bytes) -> bool:
    if not process.name.isdigit() or int(process.name) == os.getpid():
        return False
    try:
        folder = os.fsencode(process.joinpath("cwd").readlink()) + b"/"
        return folder.startswith(mark) or mark in process.joinpath("environ").read_bytes()
    except OSError:
        return False
