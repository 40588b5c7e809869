"""The HTTP side of the gateway: OpenAI's endpoints on loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.gateway.cooldowns import Cooldowns
from pytest_agenttasks.gateway.failures import one_line
from pytest_agenttasks.gateway.router import Call, Router, Served, Unserved
from pytest_agenttasks.gateway.upstream import Litellm
from pytest_agenttasks.gateway.wire import error_body, sse
from pytest_agenttasks.models import Models, Preset, provider_of
from pytest_agenttasks.results import CallFacts, Json

_log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 2**20
"""Bytes of a request."""

SECONDS = 600.0
"""How long an attempt may take where the caller does not say."""

FINAL = 403
"""Status of a call that no model answers. Clients retry 429 and 5xx; none retries this one."""

_STATUSES = {"litellm_unavailable": 500}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestError(Exception):
    """A request that cannot be understood: HTTP status, OpenAI error code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Gateway:
    """The endpoints and what they share."""

    def __init__(self, models: Models, token: str, max_wait: float) -> None:
        self._models = models
        self._token = token.encode()
        self._litellm = Litellm()
        self._router = Router(self._litellm.ask, Cooldowns(), max_wait)

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._errors, self._authorized])
        app.add_routes([
            web.get("/health", self.health),
            web.get("/v1/models", self.models),
            web.post("/v1/chat/completions", self.chat),
        ])  # fmt: skip
        app.on_startup.append(self._start)
        return app

    async def health(self, _: web.Request) -> web.Response:
        """Whether calls can be made; needs no token and tells no secret."""
        litellm = self._litellm
        return web.json_response({"ready": litellm.ready, "error": litellm.error, "pid": os.getpid()})

    async def models(self, _: web.Request) -> web.Response:
        """The presets that are offered."""
        offered = [preset for preset in self._models.presets.values() if not preset.retired]
        data = [
            {"id": one.name, "object": "model", "created": 0, "owned_by": provider_of(one.model)} for one in offered
        ]
        return web.json_response({"object": "list", "data": data})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """A chat completion by the first model of the chain that answers."""
        body = await _body(request)
        call = self._call(request, body)
        await self._litellm.loaded()
        if self._litellm.error:
            raise RequestError(500, "litellm_unavailable", self._litellm.error)
        result = await self._router.serve(call)
        _note(call, result.facts)
        if isinstance(result, Unserved):
            for trouble in result.troubles:
                _log.info(
                    "%s: no answer of %s: %s", call.requested, trouble.model, trouble.message or trouble.row.reason
                )
            return _unserved(result)
        return await _served(request, body, result)

    def _call(self, request: web.Request, body: Json) -> Call:
        headers = request.headers
        names = [name for one in headers.get("x-agenttasks-chain", "").split(",") if (name := one.strip())]
        try:
            chain = self._chain(body["model"], names)
        except ModelsConfigError as error:
            raise RequestError(404, "model_not_found", one_line(str(error), 1000)) from None
        if headers.get("x-agenttasks-pinned") == "1":
            chain = chain[:1]
        last = headers.get("x-agenttasks-last") or None
        return Call(body["model"], chain, body, _seconds(headers.get("x-agenttasks-seconds")), last)

    def _chain(self, requested: str, names: list[str]) -> list[Preset]:
        if names:
            chain = [self._models.find(name) for name in names]
        else:
            chain = [self._models.find(requested)]
            chain += [preset for preset in self._models.default_chain() if not preset.retired]
        return list({preset.name: preset for preset in chain}.values())

    async def _start(self, _: web.Application) -> None:
        self._litellm.start()

    @web.middleware
    async def _authorized(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if request.path != "/health" and not hmac.compare_digest(given, b"Bearer " + self._token):
            raise RequestError(401, "invalid_token", "the gateway's token is missing or wrong")
        return await handler(request)

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RequestError as error:
            return _error(error.status, error.code, str(error))
        except web.HTTPException as error:
            return _error(error.status, "invalid_request", error.reason)
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:
            _log.exception("a fault of the gateway")
            return _error(500, "gateway_fault", f"a fault of the gateway: {one_line(repr(error))}")


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise RequestError(400, "invalid_request", f"the body is not JSON: {error}") from None
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise RequestError(400, "invalid_request", "the body must be an object with a `model`")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise RequestError(400, "invalid_request", "`messages` must be a list of objects, at least one")
    return body


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text) if text else SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise RequestError(400, "invalid_request", f"x-agenttasks-seconds: {text!r} is no number above 0")
    return seconds


async def _served(request: web.Request, body: Json, result: Served) -> web.StreamResponse:
    answer = result.answer.body | {"agenttasks": dataclasses.asdict(result.facts)}
    if not body.get("stream"):
        return web.json_response(answer)
    response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
    await response.prepare(request)
    options = body.get("stream_options") or {}
    await response.write(b"".join(sse(answer, usage=bool(options.get("include_usage")))))
    await response.write_eof()
    return response


def _unserved(result: Unserved) -> web.Response:
    more: Json = {"models": [
        {"model": one.model, "reason": one.row.reason, "status": one.status, "message": one.message}
        for one in result.troubles
    ]}  # fmt: skip
    told = ", ".join(str(one) for one in result.troubles)
    if result.code == "litellm_unavailable":
        told += f": {result.troubles[0].message}"
    if result.free_in is not None:
        more["resets_at"] = round(time.time() + result.free_in, 3)
        told += f"; earliest again in {_span(result.free_in)}"
    status = _STATUSES.get(result.code, FINAL)
    return _error(status, result.code, f"no model answered: {told}", result.facts, **more)


def _error(status: int, code: str, message: str, facts: CallFacts | None = None, **more: object) -> web.Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = error_body(message, kind, code, **more)
    if facts is not None:
        body["agenttasks"] = dataclasses.asdict(facts)
    return web.json_response(body, status=status)


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _note(call: Call, facts: CallFacts) -> None:
    for attempt in facts.attempts:
        if attempt.reason:
            _log.info("%s: %s %s (%s) -> %s", call.requested, attempt.model, attempt.reason, attempt.status,
                      attempt.verdict)  # fmt: skip
