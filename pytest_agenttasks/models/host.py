"""The controller's side of the gateway: bind a socket, start the process when somebody connects, end it.

The socket is never accepted from here: a connection waits in its backlog until the gateway is up, so workers
may connect before it is. A gateway that dies is started again on the same socket by the next connection.
"""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

QUICK = 10.0
"""Seconds: a process that ends sooner, and leaves a connection waiting, did not come up."""

GIVE_UP_AFTER = 3
"""Quick ends in a row after which the socket is closed, so that workers get a refusal and not silence."""


class GatewayHost:
    """Holds the gateway of one run.

    Attributes:
        url: base URL for clients.
        token: one-off token that clients must send.
        broken: why no gateway comes up, once that is certain.
    """

    def __init__(self, arguments: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        """Bind the socket; the process comes with the first connection.

        Args:
            arguments: of the process.
            log: its output; what it says last is told if it never comes up.
            environ: variables that it has besides those of this process.
        """
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.token = secrets.token_urlsafe(24)
        self.broken: str | None = None
        self._arguments = list(arguments)
        self._log = log
        self._environ = dict(environ or {})
        self._wake_read, self._wake_write = os.pipe()
        self._closing = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True, name="agenttasks-gateway-host")
        self._thread.start()

    def start_now(self) -> None:
        """Start the process without waiting for a first connection, so that its imports run meanwhile."""
        os.write(self._wake_write, b"s")

    def close(self) -> None:
        """End the process and close the socket."""
        if self._closing:
            return
        self._closing = True
        os.write(self._wake_write, b"c")
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._thread.join(5)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._thread.join()
        self._socket.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _watch(self) -> None:
        quick = 0
        while not self._closing:
            self._wait_for_a_call()
            if self._closing:
                return
            started = time.monotonic()
            try:
                status = f"status {self._run_once()}"
            except OSError as error:
                status, quick = str(error), GIVE_UP_AFTER
            else:
                quick = quick + 1 if time.monotonic() - started < QUICK and self._somebody_waits() else 0
            if quick >= GIVE_UP_AFTER and not self._closing:
                self.broken = f"the gateway does not come up ({status}){self._last_words()}; see {self._log}"
                self._socket.close()
                return

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return f": {lines[-1].strip()[:300]}" if lines else ""

    def _wait_for_a_call(self) -> None:
        """Wait until somebody connects, or `start_now` or `close` is called."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            ready = [key.fd for key, _ in selector.select()]
        if self._wake_read in ready:
            os.read(self._wake_read, 1)

    def _somebody_waits(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _run_once(self) -> int:
        fd = self._socket.fileno()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "pytest_agenttasks.gateway"),
                    *("--fd", str(fd), "--life", str(os.getpid()), *self._arguments),
                ],
                pass_fds=[fd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self._environ, "AGENTTASKS_GATEWAY_TOKEN": self.token},
            )
        if self._closing:
            self._process.terminate()
        return self._process.wait()
