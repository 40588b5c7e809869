"""Connections of execnet to other machines, as they fail and as they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_agenttasks.hosts.specs import Host

PATIENCE = 60.0
"""Seconds in which a machine must have tidied up."""

LAST_WORDS = 5.0
"""Seconds in which the thread of a connection that has ended comes to its own end."""

CLEAN_UP = """
import os
for name in channel.receive():
    try:
        os.unlink(name)
    except IsADirectoryError:
        for folder, _, _ in os.walk(name, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass
    except OSError:
        pass
"""
"""Run by a proxy at the end: removes sockets, and of run folders what is empty."""


def no_connection() -> tuple[type[BaseException], ...]:
    """What execnet raises where a machine cannot be reached, or not any more."""
    import execnet

    return (execnet.HostNotFound, execnet.RemoteError, execnet.TimeoutError, OSError, EOFError)


def reason(error: BaseException) -> str:
    """Why workers could not be started on another machine, and what to look at."""
    import execnet

    if isinstance(error, execnet.HostNotFound):
        return (
            f"ssh ended with an error, which it has told above; its arguments were: {error}; "
            "it must log in without a question and, where models are asked, be allowed to forward a Unix socket "
            "(-R; AllowStreamLocalForwarding of sshd)"
        )
    if isinstance(error, FileNotFoundError):
        return f"there is no {error.filename} on this machine"
    lines = str(error).strip().splitlines()
    told = lines[-1] if lines else type(error).__name__
    return f"no Python came up there, or it ended ({told}); python= of --px and --tx must name an interpreter there"


def let_go(group: Any, hosts: Mapping[str, Host]) -> list[str]:
    """Give the machines that are gone, and have execnet not wait for their workers: it would end with a traceback.

    Args:
        group: execnet's; None if no worker was started elsewhere.
        hosts: by the ids of their proxies.
    """
    gone = {id_ for id_ in hosts if group is not None and (id_ not in group or _is_gone(group[id_]))}
    for gateway in group or ():
        if gateway.spec.via in gone:
            gateway._io.wait = gateway._io.kill = lambda: None
    return [str(hosts[id_]) for id_ in hosts if id_ in gone]


def _is_gone(gateway: Any) -> bool:
    """Whether its connection has ended; it tells its channels first, and for a moment its thread still goes on."""
    gateway.join(LAST_WORDS)
    return not gateway.hasreceiver()


def clean_up(group: Any, host: Host, names: list[str]) -> None:
    """Remove sockets, and what is empty below folders, on a machine; if it is gone, they are out of reach."""
    import execnet

    try:
        channel = group[host.id].remote_exec(CLEAN_UP)
        channel.send(names)
        channel.waitclose(PATIENCE)
    except (OSError, EOFError, KeyError, execnet.RemoteError, execnet.TimeoutError):
        return
