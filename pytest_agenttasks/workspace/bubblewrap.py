"""Commands in a sandbox made by bubblewrap (https://github.com/containers/bubblewrap, 0.8 or newer)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from select import POLLIN, poll

from pytest_agenttasks.exceptions import IsolationError
from pytest_agenttasks.workspace.door import Doorway
from pytest_agenttasks.workspace.environment import command_environment
from pytest_agenttasks.workspace.folders import SHOWN_HOME, SHOWN_TMP, Folders
from pytest_agenttasks.workspace.order import Order
from pytest_agenttasks.workspace.pids import inside
from pytest_agenttasks.workspace.running import Ended, Started
from pytest_agenttasks.workspace.sandbox import Data, sandbox_options

SETTLE_SECONDS = 5.0


def start(command: Sequence[str], folders: Folders, order: Order, group: Path | None) -> Started:
    """Start the command in a sandbox of its own.

    Raises:
        IsolationError: there is no `bwrap` program.
        WorkspaceError: a folder cannot be shown inside.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise IsolationError("the program bwrap is not installed")
    doorway = None
    reader, writer = os.pipe()
    try:
        with ExitStack() as stack:
            stack.callback(os.close, writer)
            data = Data(stack)
            if order.door is not None and order.door.private:
                doorway = Doorway(order.door)
                stack.callback(doorway.theirs.close)
                command = doorway.command(command)
            options = ["--json-status-fd", str(writer), *sandbox_options(data, folders, order)]
            # Not on the command line: /proc/1/cmdline inside would show paths of the host.
            arguments = data.descriptor(b"".join(os.fsencode(word) + b"\0" for word in options))
            process = subprocess.Popen(
                inside(group, [program, "--args", str(arguments), "--", *command]),
                # bwrap's own environment too: it is what /proc/1/environ inside shows.
                env=command_environment(SHOWN_HOME, SHOWN_TMP, order.env),
                stdin=subprocess.DEVNULL if doorway is None else doorway.theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[writer, *data.descriptors],
                start_new_session=True,
                umask=0o022,
            )
    except BaseException:
        os.close(reader)
        if doorway is not None:
            doorway.close()
        raise
    return Started(process, reader, process.kill, _settle, doorway)


def exit_code(ended: Ended, output: str) -> int:
    """Return the command's exit code.

    Raises:
        IsolationError: bubblewrap failed before the command could start, or was killed.
    """
    code = _status(ended.status).get("exit-code")
    if code is None:
        lines = [line for line in output.splitlines() if line.startswith("bwrap: ")]
        reason = lines[-1].removeprefix("bwrap: ") if lines else "it was killed"
        raise IsolationError(f"bubblewrap could not run a command: {reason}")
    return code


def _status(raw: bytes) -> dict[str, int]:
    """Read the JSON documents, one a line, of --json-status-fd: bwrap(1)."""
    found: dict[str, int] = {}
    for line in raw.splitlines():
        with suppress(ValueError):
            found.update(json.loads(line))
    return found


def _settle(raw: bytes) -> None:
    """Wait until process 1 of the sandbox is gone: then everything inside is.

    bwrap ends as soon as the command does, and what is left inside dies just after it.
    """
    status = _status(raw)
    if "child-pid" not in status:
        return
    try:
        process = os.pidfd_open(status["child-pid"])
    except ProcessLookupError:
        return
    try:
        _kill_if_ours(process, status)
        ended = poll()
        ended.register(process, POLLIN)
        ended.poll(SETTLE_SECONDS * 1000)
    finally:
        os.close(process)


def _kill_if_ours(process: int, status: dict[str, int]) -> None:
    """Kill it at once where bwrap died before its child knew that it has to die too."""
    with suppress(OSError):
        namespace = Path(f"/proc/{status['child-pid']}/ns/pid").stat().st_ino
        if namespace == status.get("pid-namespace"):
            signal.pidfd_send_signal(process, signal.SIGKILL)
