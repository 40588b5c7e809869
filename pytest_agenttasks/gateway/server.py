"""The HTTP side of the gateway: OpenAI's endpoints on loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import json
import logging
import math
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from pytest_agenttasks.calls import CallFacts
from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.gateway.failures import one_line
from pytest_agenttasks.gateway.progress import Call, Served, Unserved
from pytest_agenttasks.gateway.router import Router
from pytest_agenttasks.gateway.spending import Bill
from pytest_agenttasks.gateway.standing import Standing
from pytest_agenttasks.gateway.state import State
from pytest_agenttasks.gateway.upstream import Litellm
from pytest_agenttasks.gateway.wire import error_body, sse
from pytest_agenttasks.models import Models, Preset, provider_of, span
from pytest_agenttasks.results import Json

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

    def __init__(self, models: Models, token: str, max_wait: float, state: State, trouble: list[str]) -> None:
        """Make a gateway.

        Args:
            models: presets and chains.
            token: what callers must send.
            max_wait: seconds that one call may wait for cooldowns.
            state: what is known of accounts.
            trouble: a line for each thing that went wrong with that; grows.
        """
        self._models = models
        self._token = token.encode()
        self._litellm = Litellm()
        self._trouble = trouble
        self._state = state
        self._router = Router(self._litellm.ask, state, max_wait)
        self._standing = Standing(state)
        self._in_flight = 0

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._errors, self._authorized])
        app.add_routes([
            web.get("/health", self.health),
            web.get("/v1/models", self.models),
            web.post("/v1/chat/completions", self.chat),
            web.post("/v1/agenttasks/standing", self.standing),
        ])  # fmt: skip
        app.on_startup.append(self._start)
        return app

    async def health(self, _: web.Request) -> web.Response:
        """Whether calls can be made, and how many are; needs no token and tells no secret."""
        litellm, waiting = self._litellm, self._router.turns.waiting
        return web.json_response({
            "ready": litellm.ready, "error": litellm.error, "pid": os.getpid(), "trouble": self._trouble,
            "in_flight": self._in_flight - waiting, "waiting": waiting,
        })  # fmt: skip

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
        self._in_flight += 1
        try:
            result = await self._router.serve(call)
        finally:
            self._in_flight -= 1
        return _unserved(call, result) if isinstance(result, Unserved) else await _served(request, body, result)

    async def standing(self, request: web.Request) -> web.Response:
        """What is left of the days' requests, and what is left alone, for the presets that are asked about."""
        body = await _json(request)
        names = body.get("presets")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise RequestError(400, "invalid_request", "`presets` must be a list of names")
        try:
            presets = [self._models.find(name) for name in names]
        except ModelsConfigError as error:
            raise RequestError(404, "model_not_found", one_line(str(error), 1000)) from None
        told = await self._standing.of(presets, ask_providers=body.get("ask_providers") is not False)
        return web.json_response({"where": self._state.where, "trouble": self._trouble, **told})

    def _call(self, request: web.Request, body: Json) -> Call:
        headers = request.headers
        names = [name for one in headers.get("x-agenttasks-chain", "").split(",") if (name := one.strip())]
        try:
            chain = self._chain(body["model"], names)
        except ModelsConfigError as error:
            raise RequestError(404, "model_not_found", one_line(str(error), 1000)) from None
        if headers.get("x-agenttasks-pinned") == "1":
            chain = chain[:1]
        return Call(
            body["model"],
            chain,
            body,
            _number(headers, "x-agenttasks-seconds") or SECONDS,
            headers.get("x-agenttasks-last") or None,
            headers.get("x-agenttasks-task", ""),
            _bill(headers),
        )

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


async def _json(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise RequestError(400, "invalid_request", f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise RequestError(400, "invalid_request", "the body must be an object")
    return body


async def _body(request: web.Request) -> Json:
    body = await _json(request)
    if not isinstance(body.get("model"), str):
        raise RequestError(400, "invalid_request", "the body must be an object with a `model`")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise RequestError(400, "invalid_request", "`messages` must be a list of objects, at least one")
    return body


def _number(headers: Mapping[str, str], name: str) -> float | None:
    """A header's number, above 0; None without the header."""
    text = headers.get(name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -math.inf
    if not 0 < number < math.inf:
        raise RequestError(400, "invalid_request", f"{name}: {text!r} is no number above 0")
    return number


def _bill(headers: Mapping[str, str]) -> Bill:
    tokens = _number(headers, "x-agenttasks-budget-tokens")
    return Bill(
        headers.get("x-agenttasks-run", ""),
        headers.get("x-agenttasks-call") or uuid.uuid4().hex,
        _number(headers, "x-agenttasks-budget-usd"),
        None if tokens is None else int(tokens),
    )


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


def _unserved(call: Call, result: Unserved) -> web.Response:
    more: Json = {"models": [
        {"model": one.model, "reason": one.reason, "status": one.status, "message": one.message}
        for one in result.troubles
    ]}  # fmt: skip
    told = result.message or "no model answered: " + ", ".join(str(one) for one in result.troubles)
    if result.code == "litellm_unavailable":
        told += f": {result.troubles[0].message}"
    if result.free_in is not None:
        more["resets_at"] = round(time.time() + result.free_in, 3)
        told += f"; earliest again in {span(result.free_in)}"
    _log.info("%s: %s", call.requested, told)
    return _error(_STATUSES.get(result.code, FINAL), result.code, told, result.facts, **more)


def _error(status: int, code: str, message: str, facts: CallFacts | None = None, **more: object) -> web.Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = error_body(message, kind, code, **more)
    if facts is not None:
        body["agenttasks"] = dataclasses.asdict(facts)
    return web.json_response(body, status=status)
