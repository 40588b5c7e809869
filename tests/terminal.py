"""A program in a terminal of its own, and what a person would see there."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

PATIENCE = 60.0
"""Seconds after which something that should be seen is thought to never come."""


class Terminal:
    """Runs a command in a pseudo-terminal while the `with` block lasts.

    Attributes:
        pid: of the command.
        written: all that it wrote.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        rows: int = 24,
        columns: int = 80,
        environ: Mapping[str, str] = {},
    ) -> None:
        self.written = b""
        self._screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition(threading.RLock())
        self._gone = False
        self._code: int | None = None
        usual = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PY_COLORS")}
        environment = {**usual, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environ}
        self.pid, self._terminal = _started(list(command), folder, environment, rows, columns)
        self._pump = threading.Thread(target=self._read, daemon=True)
        self._pump.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._code is None:
            os.killpg(self.pid, signal.SIGKILL)
            self.end()
        os.close(self._terminal)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, without trailing blanks."""
        with self._changed:
            return [row.rstrip() for row in self._screen.display]

    @property
    def all_rows(self) -> list[str]:
        """Likewise, with what has scrolled off above it."""
        with self._changed:
            above = ["".join(line[x].data for x in range(self._screen.columns)) for line in self._screen.history.top]
        return [row.rstrip() for row in above] + self.rows

    @property
    def kept(self) -> bool:
        """Whether some rows are kept from scrolling."""
        return self._screen.margins is not None

    def until(self, seen: Callable[[list[str]], object]) -> list[str]:
        """Wait until something is seen on the screen; gives the screen.

        Raises:
            AssertionError: it is not.
        """
        end = time.monotonic() + PATIENCE
        with self._changed:
            while not seen(self.rows):
                assert not self._gone, "\n".join(["it has ended:", *self.rows])
                assert self._changed.wait(end - time.monotonic()), "\n".join(self.rows)
            return self.rows

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._terminal, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        """Make the window another size."""
        with self._changed:
            self._screen.resize(rows, columns)
            _set_size(self._terminal, rows, columns)
        os.killpg(self.pid, signal.SIGWINCH)

    def end(self) -> int:
        """Wait until the command has ended and all has been read; gives its exit code, negative for a signal."""
        _, status = os.waitpid(self.pid, 0)
        self._pump.join(PATIENCE)
        self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._terminal, 65_536)
            except OSError:
                data = b""
            with self._changed:
                self.written += data
                self._stream.feed(data)
                self._gone = not data
                self._changed.notify_all()
            if not data:
                return


def _started(command: list[str], folder: Path, environ: Mapping[str, str], rows: int, columns: int) -> tuple[int, int]:
    pid, terminal = pty.fork()
    if pid == 0:
        _set_size(0, rows, columns)
        os.chdir(folder)
        os.execvpe(command[0], command, environ)
    _set_size(terminal, rows, columns)
    return pid, terminal


def _set_size(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
