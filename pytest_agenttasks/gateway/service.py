"""The gateway as a process: its socket, its log, its signals, its end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from aiohttp import web

from pytest_agenttasks.gateway.life import end, end_with, raise_descriptor_limit
from pytest_agenttasks.gateway.server import Gateway
from pytest_agenttasks.gateway.state import open_state
from pytest_agenttasks.models import load_models
from pytest_agenttasks.scrub import Secrets

BACKLOG = 512
"""Connections that may wait to be accepted."""

_log = logging.getLogger(__name__)

_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def serve(
    *,
    token: str,
    fd: int | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    models: Path | None = None,
    max_wait: float = 120.0,
    state: str | None = None,
    life: int | None = None,
    log: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> NoReturn:
    """Serve until the controller ends or a signal comes; ends the process it runs in.

    Args:
        token: what callers must send as bearer token.
        fd: descriptor of a listening socket that a controller keeps. SIGINT is ignored then: Ctrl-C reaches
            the whole group, and the controller still has calls to finish or cancel.
        host: address to listen on, where there is no `fd`.
        port: of that address; 0 for a free one.
        models: the project's models.yaml; None for the shipped presets alone.
        max_wait: seconds that one call may wait for limits.
        state: where what is known of accounts is kept: see `open_state`.
        life: process id of the controller; None means the parent, and without `fd` nobody.
        log: file to append to; None for stderr.
        announce: told the base URL once the socket listens.

    Raises:
        ModelsConfigError: models.yaml is wrong.
        StateError: Redis was asked for, and cannot be used.
        OSError: the port is taken.
        ValueError: the token is empty.
    """
    if not token:
        raise ValueError("the gateway needs a token: set AGENTTASKS_GATEWAY_TOKEN")
    known = load_models(models)
    _log_to(log, Secrets(os.environ, known.key_variables()))
    if fd is not None or life is not None:
        end_with(life)
    raise_descriptor_limit()
    listening = socket.socket(fileno=fd) if fd is not None else _listening(host, port)
    listening.setblocking(False)

    async def run() -> NoReturn:
        trouble: list[str] = []
        gateway = Gateway(known, token, max_wait, await open_state(state, _telling(trouble)), trouble)
        await _run(gateway, listening, ignore_sigint=fd is not None, announce=announce)

    asyncio.run(run())


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _telling(trouble: list[str]) -> Callable[[str], None]:
    def tell(line: str) -> None:
        trouble.append(line)
        _log.warning("%s", line)

    return tell


async def _run(
    gateway: Gateway, listening: socket.socket, *, ignore_sigint: bool, announce: Callable[[str], None] | None
) -> NoReturn:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    if ignore_sigint:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGINT, stopped.set)
    # Cancellation hands a caller's hang-up on to the provider, where it saves tokens.
    runner = web.AppRunner(gateway.app(), access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listening, backlog=BACKLOG).start()
    if announce is not None:
        host, port = listening.getsockname()[:2]
        announce(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    await stopped.wait()
    # The end is os._exit: a clean shutdown would wait for answers that nobody reads any more.
    end("stopped by a signal")


class _WithoutSecrets(logging.Formatter):
    """Takes secrets out of all that is logged: providers repeat in an error what they were sent."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__(_FORMAT)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return self._secrets.scrub(super().format(record))


def _log_to(path: Path | None, secrets: Secrets) -> None:
    handler = logging.FileHandler(path) if path else logging.StreamHandler()
    handler.setFormatter(_WithoutSecrets(secrets))
    ours = logging.getLogger("pytest_agenttasks.gateway")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
