"""OpenAI's chat format on both sides: requests made fit for any provider, answers made clean and stable."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from pytest_agenttasks.models import Preset, provider_of
from pytest_agenttasks.results import Json

PARAMETERS = frozenset({
    "temperature", "top_p", "top_k", "min_p", "n", "stop", "max_tokens", "max_completion_tokens", "seed",
    "logprobs", "top_logprobs", "logit_bias", "presence_penalty", "frequency_penalty", "response_format",
    "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "reasoning_effort",
    "thinking", "user", "modalities", "audio", "prediction", "service_tier", "verbosity",
    "prompt_cache_key", "safety_identifier", "web_search_options",
})  # fmt: skip
"""Parameters of OpenAI's API that litellm translates for each provider. All others go to the provider as
they are, in the body: as arguments of litellm some would mean something else (`api_base`, `metadata`)."""

_OURS = {"model", "messages", "stream", "stream_options", "metadata", "store"}
_REASONING = ("reasoning", "reasoning_content", "reasoning_details", "thinking_blocks")
_KEPT = {
    "assistant": ("role", "content", "name", "tool_calls", "function_call"),
    "tool": ("role", "content", "tool_call_id", "name"),
    "function": ("role", "content", "name"),
}
_PLAIN = ("role", "content", "name")

_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_FORMS_OF_IDS = {
    "mistral": re.compile(r"[A-Za-z0-9]{9}"),
    **dict.fromkeys(("anthropic", "bedrock", "openai", "azure"), _PLAIN_ID),
}
"""Mistral wants nine letters and digits, Anthropic no other signs than these, `_` and `-`, as their errors say; OpenAI
takes 40 characters (its API reference)."""

# Others refuse these fields in a request, or have their litellm translation drop them.
_TAKE_REASONING_BACK = ("openrouter", "anthropic", "deepseek")


def upstream_request(body: Json, preset: Preset, *, same_model: bool) -> Json:
    """litellm's arguments for a chat request.

    Args:
        body: as it came; its parameters win over the preset's.
        preset: the model to be asked.
        same_model: whether this model gave the answers that the conversation holds: what it thought
            is given back then, and to nobody else.
    """
    keep = same_model and provider_of(preset.model) in _TAKE_REASONING_BACK
    given = {**preset.params, **body}
    request: Json = {k: v for k, v in given.items() if k in PARAMETERS}
    others = {k: v for k, v in given.items() if k not in PARAMETERS and k not in (*_OURS, "extra_body")}
    extra = {**preset.params.get("extra_body", {}), **body.get("extra_body", {}), **others}
    if extra:
        request["extra_body"] = extra
    messages = [_message(one, keep_reasoning=keep, same_model=same_model) for one in body["messages"]]
    form = _form_of_ids(provider_of(preset.model), same_model=same_model)
    request["messages"] = [_with_ids(one, form) for one in messages] if form else messages
    return request


def clean_answer(answer: Json) -> Json:
    """An OpenAI chat completion of litellm's answer: the standard's fields and reasoning, nothing else."""
    return {
        "id": answer.get("id") or "",
        "object": "chat.completion",
        "created": answer.get("created") or 0,
        "model": answer.get("model") or "",
        "choices": [
            _choice(index, choice, str(answer.get("id") or ""))
            for index, choice in enumerate(answer.get("choices") or [])
        ],
        "usage": _without_none(answer.get("usage") or {}),
    }


def sse(answer: Json, *, usage: bool) -> Iterator[bytes]:
    """A whole answer as the server-sent events of a stream; `agenttasks` is in the last chunk.

    Args:
        answer: from `clean_answer`, with `agenttasks`.
        usage: whether the caller asked for a chunk with the usage (`stream_options.include_usage`).
    """
    head = {k: answer[k] for k in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [
        head | {"choices": [{"index": one["index"], "delta": _delta(one["message"]), "finish_reason": None}]}
        for one in answer["choices"]
    ]
    chunks += [
        head | {"choices": [{"index": one["index"], "delta": {}, "finish_reason": one["finish_reason"]}]}
        for one in answer["choices"]
    ]
    if usage:
        chunks.append(head | {"choices": [], "usage": answer["usage"]})
    chunks[-1]["agenttasks"] = answer["agenttasks"]
    for chunk in chunks:
        yield b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def error_body(message: str, kind: str, code: str, **more: Any) -> Json:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "code": code, "param": None, **more}}


def _form_of_ids(provider: str, *, same_model: bool) -> re.Pattern[str] | None:
    """What ids of tool calls must look like; None: whatever a model gave is right for it."""
    if provider in _FORMS_OF_IDS:
        return _FORMS_OF_IDS[provider]
    return None if same_model else _PLAIN_ID


def _with_ids(message: Json, form: re.Pattern[str]) -> Json:
    """A message whose ids are of this form: those of another model's calls are replaced, the same by the same."""
    changed = dict(message)
    if "tool_call_id" in message:
        changed["tool_call_id"] = _fitting(message["tool_call_id"], form)
    if message.get("tool_calls"):
        changed["tool_calls"] = [
            {**call, "id": _fitting(call["id"], form)} if "id" in call else call for call in message["tool_calls"]
        ]
    return changed


def _fitting(name: object, form: re.Pattern[str]) -> object:
    if not isinstance(name, str) or form.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _message(message: Json, *, keep_reasoning: bool, same_model: bool) -> Json:
    role = message.get("role", "")
    kept = (*_KEPT.get(role, _PLAIN), *(_REASONING if keep_reasoning and role == "assistant" else ()))
    clean = {k: message[k] for k in kept if message.get(k) is not None}
    if clean.get("tool_calls"):
        clean["tool_calls"] = [_readable(_tool_call(one, signed=same_model)) for one in clean["tool_calls"]]
    else:
        clean.pop("tool_calls", None)
    # Some providers refuse a message without content, others a null beside tool calls: a text suits all.
    clean.setdefault("content", "")
    return clean


def _tool_call(call: Json, *, signed: bool) -> Json:
    """A tool call; Gemini's signature of its thoughts goes back to the model that gave it only."""
    kept = ("id", "type", "function", *(("provider_specific_fields",) if signed else ()))
    return {k: call[k] for k in kept if call.get(k) is not None}


def _readable(call: Json) -> Json:
    """A tool call whose arguments are a JSON object: some providers' formats cannot hold a model's broken JSON."""
    function = call.get("function") or {}
    raw = function.get("arguments") or "{}"
    try:
        readable = isinstance(json.loads(raw), dict)
    except (TypeError, ValueError):
        readable = False
    return call if readable else {**call, "function": {**function, "arguments": json.dumps({"unreadable": raw})}}


def _choice(index: int, choice: Json, answer_id: str) -> Json:
    message = choice.get("message") or {}
    known = {**(message.get("provider_specific_fields") or {}), **message}
    clean: Json = {"role": "assistant", "content": message.get("content")}
    # Texts under `reasoning` and `reasoning_content` are the same one: litellm names it for all providers.
    if known.get("reasoning_content") or known.get("reasoning"):
        clean["reasoning_content"] = known.get("reasoning_content") or known["reasoning"]
    for key in ("reasoning_details", "thinking_blocks", "refusal", "annotations", "audio", "images"):
        if known.get(key):
            clean[key] = _without_none(known[key])
    if message.get("tool_calls"):
        calls = [_tool_call(one, signed=True) for one in message["tool_calls"]]
        # An agent answers a call by its id, which some servers leave out.
        clean["tool_calls"] = [{"id": f"call_{n}_{answer_id}", **call} for n, call in enumerate(calls)]
    if message.get("function_call"):
        clean["function_call"] = message["function_call"]
    return {
        "index": choice.get("index", index),
        "message": clean,
        "finish_reason": choice.get("finish_reason") or "stop",
        **({"logprobs": _without_none(choice["logprobs"])} if choice.get("logprobs") else {}),
    }


def _delta(message: Json) -> Json:
    calls = [{"index": index, **call} for index, call in enumerate(message.get("tool_calls") or [])]
    return {**message, **({"tool_calls": calls} if calls else {})}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    return [_without_none(one) for one in value] if isinstance(value, list) else value
