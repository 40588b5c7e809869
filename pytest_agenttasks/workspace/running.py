"""Following a started program to its end: output, time limit, cancellation. Knows nothing of sandboxes."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from pytest_agenttasks.workspace.door import Doorway
from pytest_agenttasks.workspace.output import BoundedOutput
from pytest_agenttasks.workspace.watch import Watch

CHUNK = 1 << 16
FULL_PIPE_READS = 16  # 1 MiB, the most that Linux lets a pipe hold: pipe-max-size in proc(5)
WATCH_SECONDS = 0.05
WATCH_SHARE = 0.1  # of this thread's time, where looking takes long
WATCH_MOST_SECONDS = 1.0
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
        doorway: what the command's listening socket comes through, where it has one.
    """

    process: subprocess.Popen[bytes]
    status: int
    stop: Callable[[], None]
    settle: Callable[[bytes], None]
    doorway: Doorway | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended.

    Attributes:
        stopped: it was stopped because its time ran out, the work was cancelled or a resource exceeded.
        exceeded: that resource.
        status: what it wrote to its status pipe.
    """

    stopped: bool
    exceeded: str | None
    status: bytes


def follow(started: Started, output: BoundedOutput, seconds: float, cancels: Sequence[Event], watch: Watch) -> Ended:
    """Read everything until the program has ended; stop it when time is over, at a cancel, or when it uses too much."""
    assert started.process.stdout is not None
    reading = _Reading(started, output)
    try:
        stopped = not reading.until(time.monotonic() + seconds, cancels, watch)
        if stopped:
            _stop(started, reading)
    except BaseException:
        _stop(started, reading)
        raise
    finally:
        started.process.stdout.close()
        os.close(started.status)
        reading.close()
        if started.doorway is not None:
            started.doorway.close()
        started.process.wait()
        started.settle(bytes(reading.status))
    return Ended(stopped, reading.exceeded, bytes(reading.status))


def _stop(started: Started, reading: _Reading) -> None:
    started.stop()
    if not reading.until(time.monotonic() + STOP_SECONDS):
        started.process.kill()
        reading.until(time.monotonic() + STOP_SECONDS)


class _Reading:
    """Reads output and status until the program has ended, not until both are closed.

    Daemons may hold the output open, and a fork of this process, made at the wrong moment, the status.
    """

    def __init__(self, started: Started, output: BoundedOutput) -> None:
        process = started.process
        assert process.stdout is not None
        self._output_fd, self._status_fd, self._output = process.stdout.fileno(), started.status, output
        self._poll = select.poll()
        for fd in (self._output_fd, self._status_fd):
            os.set_blocking(fd, False)
            self._poll.register(fd, select.POLLIN)
        self._open = {self._output_fd, self._status_fd}
        self._doorway = started.doorway
        if self._doorway is not None:
            self._poll.register(self._doorway.fileno(), select.POLLIN)
        self._exit_fd: int | None = None
        with suppress(AttributeError, OSError):  # macOS, Linux before 5.3: the end of the status has to do
            self._exit_fd = os.pidfd_open(process.pid)
            self._poll.register(self._exit_fd, select.POLLIN)
        self.status = bytearray()
        self.exceeded: str | None = None
        self._look_at = time.monotonic() + WATCH_SECONDS

    def close(self) -> None:
        """Give up what was opened here."""
        if self._exit_fd is not None:
            os.close(self._exit_fd)

    def until(self, deadline: float, cancels: Sequence[Event] = (), watch: Watch | None = None) -> bool:
        """Read until the program has ended (True), or the deadline, cancellation or too much in use (False)."""
        while self._status_fd in self._open:
            left = deadline - time.monotonic()
            cancelled = any(cancel.is_set() for cancel in cancels)
            if left <= 0 or cancelled or (watch is not None and self._look(watch)):
                return False
            wait = min(left, 3600.0 if watch is None else max(0.0, self._look_at - time.monotonic()))
            ready = [fd for fd, _ in self._poll.poll(wait * 1000 + 1)]
            if self._doorway is not None and self._doorway.fileno() in ready:
                ready.remove(self._doorway.fileno())
                self._open_door(self._doorway)
            if self._exit_fd in ready:
                break
            for fd in ready:
                self._read(fd)
        # What the program wrote is in the pipes, and no more than they hold; others may go on writing.
        for fd in tuple(self._open):
            for _ in range(FULL_PIPE_READS):
                if not self._read(fd):
                    break
        return True

    def _look(self, watch: Watch) -> bool:
        begun = time.monotonic()
        if begun >= self._look_at:
            self.exceeded = watch.exceeded()
            ended = time.monotonic()
            self._look_at = ended + min(max(WATCH_SECONDS, (ended - begun) / WATCH_SHARE), WATCH_MOST_SECONDS)
        return self.exceeded is not None

    def _open_door(self, doorway: Doorway) -> None:
        self._poll.unregister(doorway.fileno())
        self._doorway = None
        doorway.pass_on()

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
