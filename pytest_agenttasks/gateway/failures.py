"""From what litellm raises, and from an HTTP 200 that is none, to a `Failure`.

litellm rewrites statuses by the words in a message, loses headers and hides bodies, each provider in
its own way. The HTTP answer itself is still to be found among the exceptions that led to litellm's own;
what litellm says is the fallback.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_agenttasks.gateway.failure import Failure, Fault
from pytest_agenttasks.results import Json

_LINKS = 12

# By class name: they come from httpx, openai and aiohttp, which nothing here needs to import.
_NO_CONNECTION = {
    "ConnectError",
    "ConnectTimeout",
    "ClientConnectorError",
    "ConnectionRefusedError",
    "gaierror",
}
_TIMEOUTS = {"TimeoutException", "APITimeoutError", "TimeoutError", "ServerTimeoutError"}
_LOST = {"TransportError", "APIConnectionError", "ServerDisconnectedError", "ClientError", "ConnectionError"}
_NOT_READ = {"JSONDecodeError", "KeyError", "AttributeError", "TypeError", "ValidationError"}

_CODES = {"rate_limit": 429, "too_many_requests": 429, "resource_exhausted": 429, "overloaded": 503,
          "unavailable": 503, "timeout": 504, "server_error": 500, "internal": 500}  # fmt: skip
"""Numbers for the words that stand in for a status inside an HTTP 200; a part of the word suffices."""


def from_exception(error: BaseException, model: str, *, tools: bool) -> Failure:
    """What an exception of litellm means.

    Args:
        error: as caught.
        model: full id that was asked.
        tools: whether the request carried tools.
    """
    links = list(_links(error))
    response = next((link.response for link in reversed(links) if _is(link, {"HTTPStatusError"})), None)
    if response is not None:
        headers = {k.lower(): v for k, v in response.headers.items()}
        return _http(model, response.status_code, headers, response.text, tools=tools)
    fault = _fault(links)
    if fault is not None:
        return Failure(model, fault, message=one_line(_bare(error)), tools=tools)
    return _by_litellms_word(error, links, model, tools=tools)


def from_answer(answer: Json, model: str, *, tools: bool) -> Failure | None:
    """What is wrong with an HTTP 200, as litellm made an answer of it; None if nothing is."""
    choices = answer.get("choices") or []
    if not choices:
        return Failure(model, "answer", code="no_choices", message="the answer has no choices", tools=tools)
    for choice in choices:
        failure = _in_choice(choice, model, tools=tools)
        if failure is not None:
            return failure
    return None


def one_line(text: str, limit: int = 300) -> str:
    """Text on one line, cut in the middle."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit // 2]} … {flat[-limit // 2 :]}"


def _in_choice(choice: Json, model: str, *, tools: bool) -> Failure | None:
    fields = choice.get("provider_specific_fields") or {}
    error = choice.get("error") or fields.get("error")
    if error or fields.get("native_finish_reason") == "error":
        error = error if isinstance(error, dict) else {"message": str(error or "finish_reason: error")}
        code = error.get("code")
        return _in_answer(model, code, str(error.get("message", "")), error, tools=tools)
    if not _says_nothing(choice.get("message") or {}):
        return None
    if choice.get("finish_reason") == "content_filter":
        return Failure(model, "answer", 200, "content_filter", "the whole answer was cut", tools=tools)
    return Failure(model, "answer", code="empty", message="no text, tool call or reasoning", tools=tools)


def _says_nothing(message: Json) -> bool:
    content = message.get("content")
    if content.strip() if isinstance(content, str) else content:
        return False
    known = {**(message.get("provider_specific_fields") or {}), **message}
    spoken = ("tool_calls", "function_call", "reasoning_content", "reasoning", "reasoning_details",
              "thinking_blocks", "refusal", "audio", "images")  # fmt: skip
    return not any(known.get(key) for key in spoken)


def _links(error: BaseException) -> Iterator[Any]:
    """The exception and those that led to it, the last first."""
    link: BaseException | None = error
    for _ in range(_LINKS):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__


def _is(link: BaseException, names: set[str]) -> bool:
    return any(base.__name__ in names for base in type(link).__mro__)


def _fault(links: list[BaseException]) -> Fault | None:
    # litellm turns a missing package into an APIConnectionError, which looks as if it would pass.
    if any(isinstance(link, ImportError) for link in links[:2]):
        return "dependency"
    named: tuple[tuple[Fault, set[str]], ...] = (
        ("unreachable", _NO_CONNECTION), ("timeout", _TIMEOUTS),
    )  # fmt: skip
    for fault, names in named:
        if any(_is(link, names) for link in links):
            return fault
    if any(_is(link, _NOT_READ) for link in links[1:]) or "Empty or invalid response" in str(links[0]):
        return "unreadable"
    # Not the first link: litellm's own APIConnectionError also stands for faults that it does not know.
    return "lost" if any(_is(link, _LOST) for link in links[1:]) else None


def _http(model: str, status: int, headers: Mapping[str, str], text: str, *, tools: bool) -> Failure:
    body = _json(text)
    error = _error_of(body)
    message = str(error.get("message") or one_line(text))
    code = " ".join(str(error[k]) for k in ("code", "type", "status") if isinstance(error.get(k), str))
    return Failure(model, "http", status, code, message, body, headers, tools)


def _by_litellms_word(error: BaseException, links: list[Any], model: str, *, tools: bool) -> Failure:
    inner = getattr(error.__context__, "status_code", None) or getattr(error, "status_code", None)
    # An error object in an HTTP 200 arrives as a plain Exception with the object's code.
    if type(links[-1]) is Exception:
        return _in_answer(model, inner, _bare(error), {}, tools=tools)
    headers = {k.lower(): str(v) for k, v in dict(getattr(error, "litellm_response_headers", None) or {}).items()}
    text = str(error)
    start = text.find("{")
    failure = _http(model, inner if isinstance(inner, int) else 500, headers, text[max(start, 0) :], tools=tools)
    return failure if failure.body else Failure(model, "http", failure.status, "", one_line(_bare(error)), tools=tools)


def _in_answer(model: str, code: object, message: str, error: Json, *, tools: bool) -> Failure:
    word = str(code or "").lower()
    status = int(word) if word.isdigit() else next((n for part, n in _CODES.items() if part in word), None)
    text = "" if word.isdigit() else word
    return Failure(model, "answer", status, text, one_line(message), {"error": error} if error else {}, tools=tools)


def _bare(error: BaseException) -> str:
    """litellm's message without its class names, and without the traceback that it puts into some."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0].removeprefix("litellm.")


def _json(text: str) -> Json:
    try:
        body = json.JSONDecoder().raw_decode(text.lstrip())[0]
    except ValueError:
        return {}
    if isinstance(body, list) and body:
        body = body[0]  # Gemini's OpenAI-compatible endpoint wraps its errors in a list
    return body if isinstance(body, dict) else {}


def _error_of(body: Json) -> Json:
    error = body.get("error", body)
    return error if isinstance(error, dict) else {"message": str(error)}
