"""The gateway: an OpenAI-compatible server process that asks the models.

It alone imports litellm and holds the keys; it chooses and rotates models, and knows what must be left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_agenttasks.gateway.error_policy import TABLE, Row

if TYPE_CHECKING:
    from pytest_agenttasks.gateway.service import serve

__all__ = ["TABLE", "Row", "serve"]


def __getattr__(name: str) -> Any:
    # aiohttp comes with `serve` only: whoever wants to read the table does not pay for a server.
    if name == "serve":
        from pytest_agenttasks.gateway.service import serve

        return serve
    raise AttributeError(name)
