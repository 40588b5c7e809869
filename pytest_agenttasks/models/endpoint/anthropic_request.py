"""Requests of Anthropic's Messages API as OpenAI's chat completions: https://docs.claude.com/en/api/messages.

Not asked, for no model of another company knows it, and the task decides: `metadata`, `service_tier`, `container`,
`context_management`, `inference_geo` and other parameters that say how Anthropic shall run its service.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_agenttasks.models.endpoint import blocks, thoughts
from pytest_agenttasks.models.endpoint.errors import Refusal
from pytest_agenttasks.results import Json

_SAME = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop_sequences": "stop",
}

_EFFORTS = ((4096, "high"), (2048, "medium"), (1024, "low"), (0, "minimal"))
"""Tokens of a budget to think, from which on it is such an effort: LiteLLM's numbers, in both directions."""

_BILLING = "x-anthropic-billing-header:"
"""Begins a system block that Claude Code (2.1.29 and later) puts first: a header for Anthropic's servers, with a
number that is another one in each request, which would make every call drift and spoil every provider's cache."""

ERROR = "[the tool failed]\n"
"""Before the output of a tool whose `is_error` is true; OpenAI's format has no other place for it."""

_PICTURES = "[the pictures of this output are in the next message]"


def request(body: Json, *, keep_thinking: bool) -> Json:
    """What a session is asked.

    Args:
        body: of the request.
        keep_thinking: whether the requested model takes Anthropic's `thinking`, with its budget to the token. To
            others it is told as an effort.

    Raises:
        Refusal: it is no request of this format, or asks for what no other company's model can do.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise Refusal(400, "invalid_request", "`messages` must be a list of objects, at least one")
    asked: Json = {"messages": [*_system(body), *(made for one in messages for made in _messages(one))]}
    asked |= {theirs: body[ours] for ours, theirs in _SAME.items() if body.get(ours) is not None}
    return asked | _tools(body) | _thinking(body, keep_thinking) | _form(body)


def _system(body: Json) -> list[Json]:
    kept = [one for one in blocks.listed(body.get("system")) if not str(one.get("text")).startswith(_BILLING)]
    return [{"role": "system", "content": blocks.content(blocks.parts(kept))}] if kept else []


def _messages(message: Json) -> list[Json]:
    given = blocks.listed(message.get("content"))
    if message.get("role") == "assistant":
        return [_assistant(given)]
    results = [_Result(one) for one in given if one.get("type") == "tool_result"]
    # A tool's output must follow its call at once, whatever else the user's turn says, and holds text alone.
    rest = [one for result in results for one in result.pictures]
    rest += blocks.parts(one for one in given if one.get("type") != "tool_result")
    said = [{"role": message.get("role") or "user", "content": blocks.content(rest)}] if rest or not results else []
    return [*(result.message for result in results), *said]


def _assistant(given: list[Json]) -> Json:
    spoken = [one for one in given if one.get("type") not in ("tool_use", *thoughts.KINDS)]
    text = [one for one in blocks.parts(spoken) if one["type"] == "text"]
    marked = any("cache_control" in one for one in text)
    made: Json = {"role": "assistant", "content": text if marked else "".join(one["text"] for one in text)}
    made |= thoughts.fields([one for one in given if one.get("type") in thoughts.KINDS])
    calls = [_call(one) for one in given if one.get("type") == "tool_use"]
    return made | ({"tool_calls": calls} if calls else {})


def _call(block: Json) -> Json:
    function = {"name": str(block.get("name")), "arguments": json.dumps(block.get("input") or {}, ensure_ascii=False)}
    return {"id": str(block.get("id")), "type": "function", "function": function}


class _Result:
    """A tool's output: the message, and its pictures, which only a user's message can hold at all providers."""

    def __init__(self, block: Json) -> None:
        found = blocks.parts(blocks.listed(block.get("content")))
        self.pictures = [one for one in found if one["type"] != "text"]
        text = [one for one in found if one["type"] == "text"]
        if self.pictures:
            text.append({"type": "text", "text": _PICTURES})
        if block.get("is_error"):
            first = text[0] if text else {"type": "text", "text": ""}
            text = [{**first, "text": ERROR + first["text"]}, *text[1:]]
        if text and block.get("cache_control"):
            text[-1] = {**text[-1], "cache_control": block["cache_control"]}
        name = str(block.get("tool_use_id"))
        self.message: Json = {"role": "tool", "tool_call_id": name, "content": blocks.content(text)}


def _tools(body: Json) -> Json:
    tools = body.get("tools")
    if not isinstance(tools, list) or not tools:
        return {}
    return {"tools": [_tool(one) for one in tools], **_choice(body.get("tool_choice"))}


def _tool(tool: Any) -> Json:
    if not isinstance(tool, dict) or tool.get("type") not in (None, "custom"):
        kind = tool.get("type") if isinstance(tool, dict) else tool
        raise Refusal(
            400, "invalid_request", f"the tool {kind!r} is Anthropic's own; models of this task do not have it"
        )
    function = {"name": tool.get("name"), "description": tool.get("description"), "strict": tool.get("strict")}
    function = {name: value for name, value in function.items() if value is not None}
    function["parameters"] = tool.get("input_schema") or {"type": "object", "properties": {}}
    marked = {"cache_control": tool["cache_control"]} if tool.get("cache_control") else {}
    return {"type": "function", "function": function, **marked}


def _choice(choice: Any) -> Json:
    if not isinstance(choice, dict):
        return {}
    named = {"type": "function", "function": {"name": choice.get("name")}}
    made = {"auto": "auto", "any": "required", "none": "none", "tool": named}.get(str(choice.get("type")))
    one_at_a_time = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    return {**({"tool_choice": made} if made else {}), **one_at_a_time}


def _thinking(body: Json, keep: bool) -> Json:
    thinking, output = body.get("thinking"), body.get("output_config")
    effort = output.get("effort") if isinstance(output, dict) else None
    if isinstance(thinking, dict) and thinking.get("type") == "enabled":
        if keep:
            return {"thinking": {"type": "enabled", "budget_tokens": thinking.get("budget_tokens")}}
        budget = thinking.get("budget_tokens")
        effort = effort or next(
            word for least, word in _EFFORTS if (budget if isinstance(budget, int) else 0) >= least or not least
        )
    if not isinstance(effort, str) or (isinstance(thinking, dict) and thinking.get("type") == "disabled"):
        return {}
    return {"reasoning_effort": {"xhigh": "high", "max": "high"}.get(effort, effort)}


def _form(body: Json) -> Json:
    """The form that the answer shall have, where one is given."""
    output = body.get("output_config")
    form = output.get("format") if isinstance(output, dict) else None
    if not isinstance(form, dict) or form.get("type") != "json_schema":
        return {}
    schema = {"name": "answer", "schema": form.get("schema"), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}
