"""Paths, and who answers them. Clients differ in whether `/v1` belongs to their base URL, so it may be left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING

from pytest_agenttasks.models.endpoint import anthropic_answer, anthropic_request, openai, tokens
from pytest_agenttasks.models.endpoint.errors import Refusal
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from pytest_agenttasks.models.endpoint.endpoint import Endpoint

Answer = Json | Iterable[bytes]
"""A JSON object, or the events of a stream."""

Waiting = Callable[[bool], AbstractContextManager[None]]


@dataclass(frozen=True)
class Asked:
    """A request without its body.

    Attributes:
        method: `GET` for HEAD too.
        path: without query, without a slash at its end.
    """

    method: str
    path: str
    headers: Message


def answer_to(endpoint: Endpoint, asked: Asked, body: bytes, waiting: Waiting) -> Answer:
    """The answer to a request.

    Args:
        endpoint: of the session.
        asked: all but the body.
        body: as it came.
        waiting: what to do while a model is asked, for an answer that will be a stream or not.

    Raises:
        Refusal: there is none.
    """
    path = re.sub("^(/v1)+(?=/)", "", asked.path)
    if asked.method == "GET":
        return _looked_up(endpoint, asked, path)
    if path in _POSTS:
        given = _object(body)
        with waiting(bool(given.get("stream"))):
            return _POSTS[path](endpoint, given)
    raise _unknown(asked)


def _looked_up(endpoint: Endpoint, asked: Asked, path: str) -> Json:
    theirs = "anthropic-version" in asked.headers
    entries = anthropic_answer.models if theirs else openai.models
    if path == "/":
        return {"served": "a task of pytest-agenttasks"}
    if path == "/models":
        names = endpoint.models
        pages = {"has_more": False, "first_id": names[0], "last_id": names[-1]} if theirs else {"object": "list"}
        return {"data": entries(names), **pages}
    if path.startswith("/models/"):
        return entries([path.removeprefix("/models/")])[0]
    raise Refusal(404, "not_found", f"GET {asked.path} is not served here; GET /v1/models is")


def _chat(endpoint: Endpoint, body: Json) -> Answer:
    answer = openai.answer(endpoint.ask(openai.request(body)), str(body.get("model") or endpoint.models[0]))
    if not body.get("stream"):
        return answer
    options = body.get("stream_options")
    return openai.stream(answer, usage=isinstance(options, dict) and bool(options.get("include_usage")))


def _messages(endpoint: Endpoint, body: Json) -> Answer:
    given = endpoint.ask(anthropic_request.request(body, keep_thinking=endpoint.keeps_thinking))
    answer = anthropic_answer.answer(given, str(body.get("model") or endpoint.models[0]))
    return anthropic_answer.stream(answer) if body.get("stream") else answer


def _counted(_: Endpoint, body: Json) -> Answer:
    return {"input_tokens": tokens.estimate(body)}


_POSTS = {"/chat/completions": _chat, "/messages": _messages, "/messages/count_tokens": _counted}


def _unknown(asked: Asked) -> Refusal:
    served = ", ".join(f"/v1{path}" for path in _POSTS)
    return Refusal(404, "not_found", f"{asked.method} {asked.path} is not served here; POST {served} are")


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Refusal(400, "invalid_request", f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_request", "the body must be a JSON object")
    return value
