"""One command, run in either isolation: the same shell, environment, output and end."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from signal import SIGXFSZ
from typing import Literal

from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import bubblewrap, plain
from pytest_agenttasks.workspace.disk import Disk
from pytest_agenttasks.workspace.environment import SYSTEM_PATH
from pytest_agenttasks.workspace.folders import Folders
from pytest_agenttasks.workspace.order import Order
from pytest_agenttasks.workspace.output import BoundedOutput
from pytest_agenttasks.workspace.pids import PidsGroup
from pytest_agenttasks.workspace.resources import Resources
from pytest_agenttasks.workspace.running import Ended, follow
from pytest_agenttasks.workspace.watch import Watch

Isolation = Literal["bubblewrap", "none"]

TOO_BIG_A_FILE = 128 + SIGXFSZ
# Linux takes no longer one, with the NUL at its end: MAX_ARG_STRLEN in execve(2).
LONGEST_WORD_BYTES = 131_071


@dataclass(frozen=True, slots=True)
class Limits:
    """What all commands of a workspace share."""

    resources: Resources
    disk: Disk
    group: PidsGroup


@contextmanager
def limits_of(folders: Folders, resources: Resources) -> Iterator[Limits]:
    """Give the limits for commands in these folders."""
    group = PidsGroup(resources.refused_processes)
    try:
        yield Limits(resources, Disk(folders.root, resources.disk_mb), group)
    finally:
        group.remove()


def run(order: Order, folders: Folders, isolation: Isolation, limits: Limits) -> CommandResult:
    """Run the command to its end.

    Raises:
        IsolationError: the sandbox could not be made.
        WorkspaceError: a folder of `writable` or `readable` cannot be shown.
    """
    begun = time.monotonic()
    folders.make_private()
    limits.disk.begin()
    words = command_words(order.command, limits.resources, sandboxed=isolation == "bubblewrap")
    output, group = BoundedOutput(order.output_limit, folders.shown()), limits.group.folder()
    if isolation == "bubblewrap":
        started = bubblewrap.start(words, folders, order, group)
    else:
        started = plain.start(words, folders, order.env, group)
    watch = Watch(started.process.pid, limits.resources, limits.disk, group)
    ended = follow(started, output, order.seconds, order.cancels, watch)
    text, left_out = output.end()
    code, exceeded = _code(ended, text, isolation), ended.exceeded
    if code == TOO_BIG_A_FILE:
        exceeded = "file size"
    if exceeded is not None:
        text += f"{'' if text.endswith(chr(10)) or not text else chr(10)}{limits.resources.told(exceeded)}\n"
    return CommandResult(code, text, left_out, time.monotonic() - begun, exceeded)


def _code(ended: Ended, output: str, isolation: Isolation) -> int | None:
    if ended.stopped:
        return None if ended.exceeded is None else plain.KILLED
    return bubblewrap.exit_code(ended, output) if isolation == "bubblewrap" else plain.exit_code(ended)


def command_words(command: str | Sequence[str], resources: Resources, *, sandboxed: bool) -> list[str]:
    """Return what is started: a shell that sets what the kernel limits, and becomes the command.

    It starts a list too, and tells a missing program by 127 and a message. The size of a file is limited, there are
    no dumps of memory, which on some machines are written by a program of the host, and in a sandbox of an ordinary
    user the kernel bounds the processes: there it counts those of the sandbox alone, since Linux 5.14.

    Raises:
        ValueError: no program can be given such words.
    """
    given = [shell(), "-c", command] if isinstance(command, str) else list(command)
    for word in given:
        if "\0" in word:
            raise ValueError("a command cannot hold a NUL character")
        if len(os.fsencode(word)) > LONGEST_WORD_BYTES:
            raise ValueError(f"the command is longer than {LONGEST_WORD_BYTES} bytes: write long texts to a file first")
    # The size is in units of 512 bytes: sh(1p), ulimit. Processes are -p in dash and busybox, -u in others.
    limits = f"ulimit -c 0; ulimit -f {resources.file_mb * 2048}; "
    if sandboxed and os.getuid() != 0 and _counts_by_namespace():
        most = resources.refused_processes
        limits += f"ulimit -p {most} 2>/dev/null || ulimit -u {most}; "
    return ["sh", "-c", f'{limits}exec "$@"', "sh", *given]


def _counts_by_namespace() -> bool:
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return found is not None and (int(found[1]), int(found[2])) >= (5, 14)


@cache
def shell() -> str:
    """Return `bash`, or `sh` where there is none."""
    return "bash" if shutil.which("bash", path=SYSTEM_PATH) else "sh"
