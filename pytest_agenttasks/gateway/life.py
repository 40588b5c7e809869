"""How long the gateway lives: as long as its controller, however that ends."""

from __future__ import annotations

import logging
import os
import resource
import select
import sys
import threading
import time
from typing import NoReturn

_log = logging.getLogger(__name__)

_POLL = 0.25


def end(why: str, code: int = 0) -> NoReturn:
    """End the process at once: litellm's threads and exit handlers are not waited for."""
    _log.info("ends: %s", why)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def end_with(controller: int | None) -> None:
    """End this process when its controller ends.

    Args:
        controller: process id; None for the parent.
    """
    threading.Thread(target=_watch, args=(controller,), name="life", daemon=True).start()


def raise_descriptor_limit() -> None:
    """Allow as many open files as the system lets us: each call needs two sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS tells "unlimited" and then refuses it.
    wanted = hard if hard != resource.RLIM_INFINITY else 10240
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        _log.warning("the limit of open files stays as it is: %s", error)


def _watch(controller: int | None) -> None:
    # Without pidfds (macOS) or a process id the parent is watched: another takes its place when it ends.
    if controller is not None and sys.platform == "linux":
        try:
            descriptor = os.pidfd_open(controller)
        except ProcessLookupError:
            end("the controller was gone before the start")
        select.select([descriptor], [], [])
    else:
        parent = os.getppid() if controller is None else controller
        while os.getppid() == parent:
            time.sleep(_POLL)
    end("the controller ended")
