"""From what litellm raises, and from an HTTP 200 that is none, to a `Failure`.

litellm rewrites statuses by the words in a message, loses headers and hides bodies, each provider in
its own way. The HTTP answer itself is still to be found among the exceptions that led to litellm's own, and
the body of an HTTP 200 can be overheard; what litellm says is the fallback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_agenttasks.gateway.failure import Failure, Fault, words_of
from pytest_agenttasks.results import Json

_LINKS = 12
_SENTENCE = 2000  # characters of a provider's message that are kept: times stand anywhere in it

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
_NOT_READ = {"JSONDecodeError", "KeyError", "AttributeError", "TypeError", "ValidationError", "RecursionError"}
_NOT_READ_WORDS = re.compile(
    "Empty or invalid response|Unable to get json response|Invalid response object|Error converting to valid response"
)
_NO_CHOICES = re.compile("provider returned (?:a response with no 'choices'|'choices' that is not a list)")

_CODES = {
    "rate_limit": 429, "too_many_requests": 429, "resource_exhausted": 429, "quota": 429, "overloaded": 503,
    "unavailable": 503, "insufficient_system_resource": 503, "timeout": 504, "deadline": 504, "server_error": 500,
    "internal": 500, "api_error": 500, "network_error": 502, "authentication": 401, "api_key": 401,
    "permission": 403, "not_found": 404, "billing": 402, "credit": 402, "context_length": 400, "content": 400,
    "invalid": 400,
}  # fmt: skip
"""Numbers for the words that stand in for a status inside an HTTP 200; a part of the word suffices."""

_BROKEN_OFF = {"error", "network_error", "insufficient_system_resource", "abort"}
"""Reasons to finish that are none: of OpenRouter, z.ai, DeepSeek and vLLM."""


class Overheard:
    """What a provider answered, before litellm made something of it; to be given to litellm as `logger_fn`."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, details: Json) -> None:
        """Called by litellm before and after the request."""
        said = details.get("original_response")
        if isinstance(said, str):
            self.text = said

    @property
    def body(self) -> Json:
        """The JSON object of the answer; empty where there is none."""
        return _json(self.text)

    @property
    def answer(self) -> Json | None:
        """The answer, where it is one in OpenAI's own form, whatever litellm made of it.

        litellm 1.106 raises AttributeError on every answer of Groq that has no `service_tier`.
        """
        body = self.body
        choices = body.get("choices")
        if body.get("error") or not isinstance(choices, list) or not choices:
            return None
        return body if all(isinstance(_dict(one).get("message"), dict) for one in choices) else None


def from_exception(
    error: BaseException, model: str, *, tools: bool, overheard: Overheard | None = None, seconds: float | None = None
) -> Failure:
    """What an exception of litellm means.

    Args:
        error: as caught.
        model: full id that was asked.
        tools: whether the request carried tools.
        overheard: the body of the answer, which the exception may lack.
        seconds: how long the attempt was given.
    """
    links = list(_links(error))
    response = next((link.response for link in reversed(links) if _is(link, {"HTTPStatusError"})), None)
    if response is not None:
        headers = {k.lower(): v for k, v in response.headers.items()}
        return _http(model, response.status_code, headers, response.text, tools=tools)
    body = overheard.body if overheard else {}
    if body.get("error"):
        return _in_answer(model, _error_of(body), tools=tools)
    fault = _fault(links)
    if fault is not None:
        return Failure(model, fault, message=one_line(_bare(error)), tools=tools, seconds=seconds)
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
    ended = str(fields.get("native_finish_reason") or choice.get("finish_reason") or "").lower()
    if error or ended in _BROKEN_OFF:
        told = {"code": "" if ended == "error" else ended, "message": str(error or f"finish_reason: {ended}")}
        return _in_answer(model, error if isinstance(error, dict) else told, tools=tools)
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
    if any(_is(link, _NOT_READ) for link in links[1:]) or _NOT_READ_WORDS.search(str(links[0])):
        return "unreadable"
    # Not the first link: litellm's own APIConnectionError also stands for faults that it does not know.
    return "lost" if any(_is(link, _LOST) for link in links[1:]) else None


def _http(model: str, status: int, headers: Mapping[str, str], text: str, *, tools: bool) -> Failure:
    body = _json(text)
    error = _error_of(body)
    message = one_line(_sentence(error) or text, _SENTENCE)
    return Failure(model, "http", status, _code(error), message, body, headers, tools)


def _by_litellms_word(error: BaseException, links: list[Any], model: str, *, tools: bool) -> Failure:
    inner = getattr(error.__context__, "status_code", None) or getattr(error, "status_code", None)
    text = str(error)
    if _NO_CHOICES.search(text):
        return Failure(model, "answer", code="no_choices", message="the answer has no choices", tools=tools)
    # An error object in an HTTP 200 arrives as a plain Exception with the object's code.
    if type(links[-1]) is Exception or inner == 200:
        return _in_answer(model, {"code": "" if inner == 200 else inner, "message": _bare(error)}, tools=tools)
    headers = {k.lower(): str(v) for k, v in dict(getattr(error, "litellm_response_headers", None) or {}).items()}
    start = text.find("{")
    failure = _http(model, inner if isinstance(inner, int) else 500, headers, text[max(start, 0) :], tools=tools)
    return failure if failure.body else Failure(model, "http", failure.status, "", one_line(_bare(error)), tools=tools)


def _in_answer(model: str, error: Json, *, tools: bool) -> Failure:
    """An error object of an HTTP 200: its number is that of the status it might have had."""
    number, word = str(error.get("code") or ""), _code(error).lower()
    known = re.fullmatch("[45][0-9]{2}", number)
    status = int(number) if known else next((n for part, n in _CODES.items() if part in word), None)
    message = one_line(_sentence(error), _SENTENCE)
    return Failure(model, "answer", status, "" if word.isdigit() else word, message, {"error": error}, tools=tools)


def _code(error: Json) -> str:
    return " ".join(str(error[k]) for k in ("code", "type", "status") if isinstance(error.get(k), str))


def _sentence(error: Json) -> str:
    """What an error object says: mostly under `message`; FastAPI's servers have `detail`, Mistral lists inside."""
    said = error.get("message") or error.get("detail")
    return said if isinstance(said, str) else " ".join(words_of(said))


def _bare(error: BaseException) -> str:
    """litellm's message without its class names, and without the traceback that it puts into some."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0].removeprefix("litellm.")


def _json(text: str) -> Json:
    try:
        body = json.JSONDecoder().raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return {}
    if isinstance(body, list) and body:
        body = body[0]  # Gemini's OpenAI-compatible endpoint wraps its errors in a list
    return body if isinstance(body, dict) else {}


def _error_of(body: Json) -> Json:
    error = body.get("error", body)
    return error if isinstance(error, dict) else {"message": str(error)}


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}
