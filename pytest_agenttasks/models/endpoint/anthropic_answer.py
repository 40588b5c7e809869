"""OpenAI's chat completions as messages of Anthropic's API, whole and as its events.

Sources: https://docs.claude.com/en/api/messages and https://docs.claude.com/en/docs/build-with-claude/streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pytest_agenttasks.models.endpoint import thoughts
from pytest_agenttasks.results import Json

_REASONS = {
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
"""Why a model stopped. All else is `end_turn`; also a stop sequence, for OpenAI's format does not tell it apart."""


def answer(given: Json, model: str) -> Json:
    """The answer to a request that named this model."""
    choice = given["choices"][0]
    content = _content(choice["message"])
    uses = any(block["type"] == "tool_use" for block in content)
    return {
        "id": f"msg_{given.get('id') or 0}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if uses else _REASONS.get(str(choice.get("finish_reason")), "end_turn"),
        "stop_sequence": None,
        "usage": usage(given.get("usage") or {}),
    }


def usage(given: Json) -> Json:
    """Anthropic's usage: what was read from a cache or written to it is not among `input_tokens`, as it is in OpenAI's.

    OpenAI's format knows what was read; what was written is told by LiteLLM and by OpenRouter, each by its own name.
    """
    details = given.get("prompt_tokens_details") or {}
    read = given.get("cache_read_input_tokens") or details.get("cached_tokens") or 0
    written = (
        given.get("cache_creation_input_tokens")
        or details.get("cache_creation_tokens")
        or details.get("cache_write_tokens")
        or 0
    )
    return {
        "input_tokens": max((given.get("prompt_tokens") or 0) - read - written, 0),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": given.get("completion_tokens") or 0,
    }


def stream(whole: Json) -> Iterator[bytes]:
    """The events of an answer from `answer`, in the order of the real API."""
    begun = {**whole["usage"], "output_tokens": 0}
    yield _event("message_start", message={**whole, "content": [], "stop_reason": None, "usage": begun})
    yield _event("ping")
    for index, block in enumerate(whole["content"]):
        empty, deltas = _in_pieces(block)
        yield _event("content_block_start", index=index, content_block=empty)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": whole["stop_sequence"]}
    yield _event("message_delta", delta=ended, usage=whole["usage"])
    yield _event("message_stop")


def models(names: list[str]) -> list[Json]:
    """Entries of a list of models."""
    return [{"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"} for name in names]


def _content(message: Json) -> list[Json]:
    text = _text(message.get("content")) or _text(message.get("refusal"))
    words = [{"type": "text", "text": text}] if text else []
    return [*thoughts.blocks(message), *words, *map(_use, message.get("tool_calls") or ())]


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content or ""


def _use(call: Json) -> Json:
    function = call.get("function") or {}
    given = _object(function.get("arguments") or "{}")
    return {"type": "tool_use", "id": str(call.get("id")), "name": str(function.get("name")), "input": given}


def _object(arguments: str) -> Json:
    """Arguments as the object that they must be; what a model wrote wrong is handed on, for the client to complain."""
    try:
        found = json.loads(arguments)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"unreadable": arguments}


def _in_pieces(block: Json) -> tuple[Json, list[Json]]:
    """A block as it begins, and what is added to it."""
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "tool_use":
        given = json.dumps(block["input"], ensure_ascii=False)
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": given}]
    if block["type"] == "thinking":
        added = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
        return {"type": "thinking", "thinking": "", "signature": ""}, added
    return block, []


def _event(name: str, **members: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **members})}\n\n".encode()
