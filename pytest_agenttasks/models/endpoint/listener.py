"""A listening socket and the connections that came through it, each with a thread of its own."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from pytest_agenttasks.models.endpoint.handler import Handler

if TYPE_CHECKING:
    from pytest_agenttasks.models.endpoint.endpoint import Endpoint

CONNECTIONS = 100
"""At a time; who comes later waits. An agent's runaway program must not fill the test process with threads."""


class Listener:
    """Takes connections until it is closed."""

    def __init__(self, listening: socket.socket, endpoint: Endpoint) -> None:
        self._listening = listening
        self._listening.setblocking(False)
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._room = threading.Semaphore(CONNECTIONS)
        self._closed = False
        self._wake, self._woken = socket.socketpair()
        # Here and not in the thread: whoever made the socket may close it at any time, even at once.
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._listen, name="agent-endpoint", daemon=True)
        self._thread.start()

    @property
    def threads(self) -> list[threading.Thread]:
        """One for each connection that is open."""
        with self._lock:
            return list(self._open)

    def close(self) -> None:
        """Take no connection any more, and end those that are there, whatever they are doing."""
        with self._lock:
            self._closed = True
            for connection in self._open.values():
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._wake.close()
        self._room.release()
        self._thread.join()
        self._selector.close()
        self._woken.close()
        self._listening.close()

    def _listen(self) -> None:
        while True:
            self._room.acquire()
            self._selector.select()
            if self._closed:
                return
            try:
                connection, _ = self._listening.accept()
            except OSError:  # it went away meanwhile
                self._room.release()
            else:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._talk, args=(connection,), name="agent-endpoint-call", daemon=True)
        with self._lock:
            if self._closed:
                connection.close()
                return
            self._open[thread] = connection
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):  # a program may hang up at any time
                connection.setblocking(True)
                if connection.family in (socket.AF_INET, socket.AF_INET6):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                Handler(connection, self._endpoint)
        finally:
            with self._lock:
                self._open.pop(threading.current_thread(), None)
            self._room.release()
