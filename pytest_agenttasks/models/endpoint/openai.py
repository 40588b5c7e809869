"""OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat.

What a program asks goes on as it is, and what a model answers comes back as it is; only names and streams are made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pytest_agenttasks.models.endpoint.errors import Refusal
from pytest_agenttasks.results import Json

_NOT_ASKED = ("model", "stream", "stream_options", "store", "metadata")
"""Of a request: what the task decides, how the answer is sent, and what OpenAI would keep for its own dashboard."""


def request(body: Json) -> Json:
    """What a session is asked.

    Raises:
        Refusal: no messages.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise Refusal(400, "invalid_request", "`messages` must be a list of objects, at least one")
    return {name: value for name, value in body.items() if name not in _NOT_ASKED and value is not None}


def answer(given: Json, model: str) -> Json:
    """The answer to a request that named this model."""
    made = {"id": "", "created": 0, "usage": {}, **given, "object": "chat.completion", "model": model}
    made["choices"] = [
        {"index": index, "logprobs": None, "finish_reason": "stop", **one} for index, one in enumerate(given["choices"])
    ]
    made.pop("agenttasks", None)
    return made


def stream(whole: Json, *, usage: bool) -> Iterator[bytes]:
    """The events of an answer.

    Args:
        whole: from `answer`.
        usage: whether the request asked for a last chunk with the usage (`stream_options.include_usage`); the others
            say `null` then, as OpenAI's do.
    """
    head = {"id": whole["id"], "object": "chat.completion.chunk", "created": whole["created"], "model": whole["model"]}
    head |= {"usage": None} if usage else {}
    for choice in whole["choices"]:
        for delta in _deltas(choice["message"]):
            yield _event(head | {"choices": [_choice(choice, delta, None)]})
    for choice in whole["choices"]:
        yield _event(head | {"choices": [_choice(choice, {}, choice["finish_reason"])]})
    if usage:
        yield _event(head | {"choices": [], "usage": whole["usage"]})
    yield b"data: [DONE]\n\n"


def models(names: list[str]) -> list[Json]:
    """Entries of a list of models."""
    return [{"id": name, "object": "model", "created": 0, "owned_by": "pytest-agenttasks"} for name in names]


def _deltas(message: Json) -> Iterator[Json]:
    """The parts of a message in the order in which models give them: thoughts, words, calls."""
    calls = [{"index": index, **call} for index, call in enumerate(message.get("tool_calls") or ())]
    rest = {name: value for name, value in message.items() if name not in ("role", "content", "tool_calls")}
    yield {"role": "assistant", "content": "", **{name: value for name, value in rest.items() if value is not None}}
    if message.get("content"):
        yield {"content": message["content"]}
    for call in calls:
        yield {"tool_calls": [call]}


def _choice(choice: Json, delta: Json, reason: Any) -> Json:
    return {"index": choice["index"], "delta": delta, "logprobs": None, "finish_reason": reason}


def _event(chunk: Json) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
