"""A way from the commands of a workspace to a server in this process, and to nothing else.

A sandbox has a network of its own, in which nobody listens. A socket keeps the network it was made in, whoever holds
it: so the listening socket is made inside, by a small program that then becomes the command, and handed out to this
process, which accepts connections of the sandbox with it. No port of the host is open, and nothing has to forward.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_agenttasks.exceptions import IsolationError

Accept = Callable[[socket.socket], None]

HOST = "127.0.0.1"
PRIVATE_PORT = 8080  # always the same, so that the address does not differ in what agents tell their models
_MESSAGE_BYTES = 1000


@dataclass(slots=True)
class Door:
    """Where commands find the server; from `Workspace.door`, and given to `Workspace.execute`.

    Attributes:
        host: an address, as commands see it.
        port: fixed in a network of the sandbox's own, else one that was free.
        accept: is given the listening socket, which is its own from then on.
        private: the socket is born with each command, in its network.
        closed: no command can be given it any more.
    """

    host: str
    port: int
    accept: Accept
    private: bool
    closed: bool = False


@contextmanager
def open_door(accept: Accept, *, private: bool) -> Iterator[Door]:
    """Listen on the host's loopback at once, or have each command listen in a network of its own."""
    door = Door(HOST, PRIVATE_PORT, accept, private) if private else _on_the_host(accept)
    try:
        yield door
    finally:
        door.closed = True


def _on_the_host(accept: Accept) -> Door:
    listening = socket.create_server((HOST, 0), backlog=128)
    port = listening.getsockname()[1]
    try:
        accept(listening)
    except BaseException:
        listening.close()
        raise
    return Door(HOST, port, accept, private=False)


class Doorway:
    """One command's own way through a private door: the socket pair over which the listening socket comes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)

    def command(self, command: Sequence[str]) -> list[str]:
        """Return what to start instead of the command, with `theirs` as its stdin."""
        return [sys.executable, "-I", "-S", "-c", _source(), str(self._door.port), *command]

    def fileno(self) -> int:
        """Return the descriptor that can be read as soon as `pass_on` has something to do."""
        return self._ours.fileno()

    def pass_on(self) -> None:
        """Give the listening socket to who accepts. Nothing comes of a command that did not start.

        Raises:
            IsolationError: the sandbox could not listen.
        """
        message, descriptors, _, _ = socket.recv_fds(self._ours, _MESSAGE_BYTES, 1)
        if message.startswith(b"E"):
            reason = message[1:].decode("utf-8", "replace")
            raise IsolationError(f"nothing can listen on {self._door.host}:{self._door.port} in the sandbox: {reason}")
        for descriptor in descriptors:
            listening = socket.socket(fileno=descriptor)
            try:
                self._door.accept(listening)
            except BaseException:
                listening.close()
                raise

    def close(self) -> None:
        """Give up both ends."""
        self._ours.close()
        self.theirs.close()


@cache
def _source() -> str:
    return Path(__file__).with_name("doorway.py").read_text("utf-8")
