"""Refuses what leaves the machine while a replayed task is at work, and remembers it.

Python tells its audit hooks of every lookup and every connection before it is made, whoever asks: httpx, requests,
aiohttp, urllib, asyncio and sockets of one's own all end in the module `socket`. A hook cannot be removed; ours is
added when the first guard is entered, and does nothing while no guard is on.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from pytest_agenttasks.exceptions import NetworkError
from pytest_agenttasks.network.caller import calling_line
from pytest_agenttasks.network.hosts import Hosts


class Guard:
    """Holds the code of one replayed task off the network, as a context manager that may be entered again.

    It holds the thread that enters it, and all threads started while a guard is on. Threads that were there before,
    such as another plugin's or a debugger's, are free. A guard inside another one stands for it, and both remember.

    Attributes:
        hosts: what may be reached besides this machine.
        trespass: the first attempt. Agents swallow errors; this one stays.
    """

    def __init__(self, hosts: Hosts | None, root: Path) -> None:
        """Not on yet.

        Args:
            hosts: what may be reached besides this machine; None: everything.
            root: what files are told relative to.
        """
        self.trespass: NetworkError | None = None
        self.hosts = hosts or Hosts(["*"])
        self._root = root
        self._thread = 0

    def __enter__(self) -> Guard:
        self._thread = threading.get_ident()
        _enter(None if self.hosts.everything else self)
        return self

    def __exit__(self, *_: object) -> None:
        _leave()

    def line_of_caller(self) -> str:
        """What asks right now, as `file:line` of this task's own code."""
        return calling_line(self._root, self._thread)


@contextmanager
def free() -> Iterator[None]:
    """Let this thread use the network, also where a guard is on."""
    _enter(None)
    try:
        yield
    finally:
        _leave()


_lock = threading.Lock()
_on: list[Guard] = []
"""All guards that are on, in any thread. The hook looks at it first."""

_here = threading.local()
"""`.stack`: what this thread has entered, innermost last; None stands for free."""

_foreign: WeakSet[threading.Thread] = WeakSet()
_ours: WeakSet[threading.Thread] = WeakSet()
"""Threads that were started while no guard was on, and while one was."""


def _stack() -> list[Guard | None]:
    stack: list[Guard | None] = _here.__dict__.setdefault("stack", [])
    return stack


def _enter(guard: Guard | None) -> None:
    with _lock:
        if guard is not None:
            _add_hook()
            if not _on:
                _foreign.update(thread for thread in threading.enumerate() if thread not in _ours)
            _on.append(guard)
    _stack().append(guard)


def _leave() -> None:
    guard = _stack().pop()
    if guard is None:
        return
    with _lock:
        _on.remove(guard)
        if not _on:
            _ours.update(thread for thread in threading.enumerate() if thread not in _foreign)


def _holding() -> list[Guard]:
    """The guards that hold this thread, the one that decides last."""
    stack = _stack()
    if not stack:
        return [] if threading.current_thread() in _foreign else list(_on)
    if None not in stack:
        return [guard for guard in stack if guard is not None]
    after = len(stack) - stack[::-1].index(None)
    return [guard for guard in stack[after:] if guard is not None]


_added = False


def _add_hook() -> None:
    global _added
    if not _added:
        sys.addaudithook(_hook)
        _added = True


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every import and opened file too, some thousand times a second: nothing may come before this line.
    if _on and event in _EVENTS:
        holding = _holding()
        refused = _EVENTS[event](holding[-1].hosts, *arguments) if holding else None
        if refused is not None:
            raise _refusal(*refused, holding)


def _refusal(what: str, host: str, holding: Sequence[Guard]) -> NetworkError:
    error = NetworkError(
        f"no network in a replay: {what} refused, from {holding[-1].line_of_caller()}\n"
        "a replay answers what the agent asks through its session; commands in the sandbox have the task's "
        "workspace.network\n"
        "run the task with the network: --agent-cassettes=live or record; "
        f"or allow the host in replays: agenttasks_allow_hosts = {host}"
    )
    for guard in holding:
        guard.trespass = guard.trespass or error
    return error


def _on_lookup(hosts: Hosts, name: Any, port: Any = None, *_: Any) -> Refused:
    host = _text(name)
    return None if hosts.may_look_up(host) else (f"lookup of {host}{f':{_text(port)}' if port else ''}", host)


def _on_reverse_lookup(hosts: Hosts, address: Any) -> Refused:
    host = _text(address[0] if isinstance(address, tuple) else address)
    return None if hosts.may_reach(host, _addresses) else (f"lookup of the name of {host}", host)


def _on_connection(hosts: Hosts, sock: socket.socket, address: Any) -> Refused:
    if address is None or sock.family in _STAY_HERE:  # None: a message on a connected socket
        return None
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return f"connection to {address}", "*"
    host, port = _text(address[0]), address[1]
    if hosts.may_reach(host, _addresses):
        return None
    return f"connection to {f'[{host}]' if ':' in host else host}:{port}", host


Refused = tuple[str, str] | None
"""What is refused, in words, and the host; None: nothing."""

_STAY_HERE = {
    getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK", "AF_ALG", "AF_SYSTEM") if hasattr(socket, name)
}
"""Families of sockets that end on this machine."""

_EVENTS: dict[str, Callable[..., Refused]] = {
    "socket.getaddrinfo": _on_lookup,
    "socket.gethostbyname": _on_lookup,
    "socket.gethostbyaddr": _on_reverse_lookup,
    "socket.getnameinfo": _on_reverse_lookup,
    "socket.connect": _on_connection,
    "socket.sendto": _on_connection,
    "socket.sendmsg": _on_connection,
}
"""Audit events of the module `socket` by which something leaves; Python's "Audit events table" has their arguments."""


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)


def _addresses(name: str) -> list[str]:
    with free():
        try:
            return [str(found[4][0]) for found in socket.getaddrinfo(name, None)]
        except OSError:
            return []
