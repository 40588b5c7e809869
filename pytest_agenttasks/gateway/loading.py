"""litellm's import: what it is told before and after, and what it need not load."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pytest_agenttasks.gateway.failures import one_line
from pytest_agenttasks.results import Json

_log = logging.getLogger(__name__)

NO_KEY = "not-needed"
"""Sent where a server needs no key, lest litellm find a real one of another server in the environment."""

# Read by litellm at import: no download of a price map, no .env file of the current folder.
_ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}

_CALLBACKS = ("callbacks", "success_callback", "failure_callback", "_async_success_callback",
              "_async_failure_callback", "input_callback", "service_callback")  # fmt: skip
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")

_NO_MCP = "_skip_mcp_handler"

_WARM_TOOL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}
_WARM_CALL: Json = {
    "model": "openai/warm",
    "messages": [{"role": "user", "content": "-"}],
    "tools": [_WARM_TOOL],
}


def load() -> Any:
    """litellm, imported, set up, and warm; takes seconds."""
    os.environ.update(_ENVIRONMENT)
    with _uncollected():
        litellm: Any = importlib.import_module("litellm")
        _set(litellm)
        _put_off_tokenizer(importlib.import_module("litellm.main"))
        _warm(litellm)
    return litellm


@cache
def no_mcp() -> Json:
    """What keeps litellm from looking for MCP servers among the tools: it imports mcp for that, which takes a second.

    Its own code passes this on to itself; a release that does not know it would send it to the provider.
    """
    known = _NO_MCP in Path(importlib.import_module("litellm.main").__file__ or "").read_text("utf-8")
    return {_NO_MCP: True} if known else {}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing made here is garbage: looking for some takes a fifth of the import's time, and of each later pause."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _set(litellm: Any) -> None:
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    litellm.telemetry = False
    for name in _CALLBACKS:
        setattr(litellm, name, [])
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _LateTokenizer:
    """What litellm hands on with each call, and counts with where a provider does not tell: loaded when it counts."""

    def __init__(self, main: Any) -> None:
        self._main = main

    def __getattr__(self, name: str) -> Any:
        return getattr(self._main.__getattr__("encoding"), name)


def _put_off_tokenizer(main: Any) -> None:
    """Keep the first call from loading a tokenizer that hardly any provider needs: 40 MB, and a tenth of the import.

    A release that has loaded it by now, or that does not load it by this attribute, is left as it is.
    """
    if "encoding" not in vars(main) and hasattr(main, "__getattr__"):
        main.encoding = _LateTokenizer(main)


def _warm(litellm: Any) -> None:
    """A call that nobody answers: imports now what litellm imports with its first call (a second)."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        base = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        try:
            litellm.completion(
                **_WARM_CALL, **no_mcp(), timeout=2, api_base=base, api_key=NO_KEY, max_retries=0, num_retries=0
            )
        except Exception as error:
            _log.debug("warmed: %s", one_line(str(error)))
