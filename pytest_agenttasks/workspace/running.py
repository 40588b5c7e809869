"""Following a started program to its end: output, time limit, cancellation. Knows nothing of sandboxes."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from pytest_agenttasks.workspace.output import BoundedOutput

CHUNK = 1 << 16
CANCEL_CHECK_SECONDS = 0.1
# A program that was told to stop gets this long to do so before it is killed itself.
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Started:
    """A program that runs a command and tells its end.

    Attributes:
        process: its stdout holds everything that the command prints.
        status: read end of a pipe that nobody but the program has the other end of.
        stop: ends the command and all that it started; the program ends thereafter.
        settle: called once when the program has ended, with what it wrote to its status pipe;
            when it returns, no process of the command is left.
    """

    process: subprocess.Popen[bytes]
    status: int
    stop: Callable[[], None]
    settle: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended.

    Attributes:
        stopped: it was stopped because its time ran out or the work was cancelled.
        status: what it wrote to its status pipe.
    """

    stopped: bool
    status: bytes


def follow(started: Started, output: BoundedOutput, seconds: float, cancel: Event | None) -> Ended:
    """Read everything until the program has ended; stop it when its time is over or `cancel` is set."""
    assert started.process.stdout is not None
    reading = _Reading(started.process.stdout.fileno(), started.status, output)
    try:
        stopped = not reading.until(time.monotonic() + seconds, cancel)
        if stopped:
            _stop(started, reading)
    except BaseException:
        _stop(started, reading)
        raise
    finally:
        started.process.stdout.close()
        os.close(started.status)
        started.process.wait()
        started.settle(bytes(reading.status))
    return Ended(stopped, bytes(reading.status))


def _stop(started: Started, reading: _Reading) -> None:
    started.stop()
    if not reading.until(time.monotonic() + STOP_SECONDS, None):
        started.process.kill()
        reading.until(time.monotonic() + STOP_SECONDS, None)


class _Reading:
    """Reads output and status. The end is the end of the status pipe: daemons may hold the output open."""

    def __init__(self, output_fd: int, status_fd: int, output: BoundedOutput) -> None:
        os.set_blocking(output_fd, False)
        os.set_blocking(status_fd, False)
        self._output_fd, self._status_fd, self._output = output_fd, status_fd, output
        self._poll = select.poll()
        self._poll.register(output_fd, select.POLLIN)
        self._poll.register(status_fd, select.POLLIN)
        self._open = {output_fd, status_fd}
        self.status = bytearray()

    def until(self, deadline: float, cancel: Event | None) -> bool:
        """Read until the program has ended (True), or the deadline or cancellation (False)."""
        while self._status_fd in self._open:
            left = deadline - time.monotonic()
            if left <= 0 or (cancel is not None and cancel.is_set()):
                return False
            wait = min(left, 3600.0 if cancel is None else CANCEL_CHECK_SECONDS)
            for fd, _ in self._poll.poll(wait * 1000 + 1):
                self._read(fd)
        # The writer is gone: what it printed is in the pipe, and never more than the pipe holds.
        while self._output_fd in self._open and self._read(self._output_fd):
            pass
        return True

    def _read(self, fd: int) -> bool:
        data = b""
        with suppress(BlockingIOError):
            data = os.read(fd, CHUNK)
            if not data:
                self._poll.unregister(fd)
                self._open.discard(fd)
        if fd == self._status_fd:
            self.status += data
        else:
            self._output.feed(data)
        return bool(data)
