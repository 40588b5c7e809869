"""The steps of one conversation: what was told to the agent, what its models answered, what its tools gave."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from pytest_agenttasks.calls import CallFacts
from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory.calls import calls_of, mapping, tool_call
from pytest_agenttasks.trajectory.content import Media, plain_text
from pytest_agenttasks.trajectory.conversations import Turn
from pytest_agenttasks.trajectory.exchange import Exchange

_TEXT_OUTPUT = re.compile(r"\[output of ([^\]\n]*)\]\n")
"""How a user message begins that carries a tool's output to a model without tool calling."""

_TEXT_FIELDS = {"role", "content", "tool_calls", "function_call", "reasoning", "reasoning_content"}
_THOUGHTS = {"reasoning_details", "thinking_blocks"}
"""The reasoning once more, with signatures for the provider."""


class Steps:
    """Makes the steps of a conversation, message by message.

    Attributes:
        done: the steps so far, without their numbers.
    """

    def __init__(self, media: Media) -> None:
        self.done: list[Json] = []
        self._media = media
        self._callers: dict[str, Json] = {}

    def take(self, turn: Turn) -> None:
        """Add what a call told, and its answer, if it had one."""
        for message in turn.said:
            self.tell(message, again=turn.rewritten is not None)
        if not turn.exchange.answer:
            return
        step = self._agent_step(turn.exchange.answer)
        rewritten = {"rewritten": asdict(turn.rewritten)} if turn.rewritten else {}
        extra = {**step.get("extra", {}), **_record(turn.exchange), **rewritten}
        self._add(step | _facts_of(turn.exchange) | {"extra": extra})

    def tell(self, message: Json, *, again: bool = False) -> None:
        """Add a message that is no answer to one of our calls.

        Args:
            message: OpenAI form.
            again: whether the conversation was rewritten, so that outputs may be told a second time.
        """
        role, content = message.get("role"), message.get("content")
        output = _TEXT_OUTPUT.match(plain_text(content)) if role == "user" else None
        if role in ("tool", "function") and self._caller(message) is not None:
            self._observe(message, {"rewritten": True} if again and self._is_observed(message) else {})
        elif output and self._last_agent_step() is not None:
            self._observe(message, {"tool": output[1]})
        elif role == "assistant":
            self._add(self._agent_step(message) | {"is_copied_context": True})
        else:
            source = "system" if role in ("system", "developer") else "user"
            other = {} if role in ("system", "user") else {"extra": {"role": str(role)}}
            self._add({"source": source, "message": self._media.content(content)} | other)

    def work(self, message: Json) -> None:
        """Add what an agent did without a model."""
        step = self._agent_step(message)
        self._add(step if "reasoning_content" in step else {**step, "llm_call_count": 0})

    def _add(self, step: Json) -> None:
        self.done.append(step)
        self._callers |= {call["tool_call_id"]: step for call in step.get("tool_calls", ())}

    def _agent_step(self, message: Json) -> Json:
        step: Json = {"source": "agent", "message": self._media.content(message.get("content"))}
        thoughts = _reasoning(message)
        if thoughts:
            step["reasoning_content"] = thoughts
        calls = calls_of(message)
        if calls:
            place = len(self.done) + 1
            step["tool_calls"] = [tool_call(call, f"call_{place}_{n}") for n, call in enumerate(calls, 1)]
        other = {name: value for name, value in message.items() if name not in _TEXT_FIELDS | _THOUGHTS and value}
        if other:
            step["extra"] = {"message": json.loads(json.dumps(other, default=str))}
        return step

    def _caller(self, message: Json) -> Json | None:
        """The step whose call a tool's output answers; without an id, the last one with calls."""
        name = str(message.get("tool_call_id") or "")
        if name:
            return self._callers.get(name)
        last = self._last_agent_step()
        return last if last and last.get("tool_calls") else None

    def _last_agent_step(self) -> Json | None:
        return next((step for step in reversed(self.done) if step["source"] == "agent"), None)

    def _is_observed(self, message: Json) -> bool:
        step, name = self._caller(message), message.get("tool_call_id")
        results = step.get("observation", {}).get("results", ()) if step else ()
        return any(one.get("source_call_id") == name for one in results)

    def _observe(self, message: Json, extra: Json) -> None:
        by_text = message.get("role") == "user"
        step = self._last_agent_step() if by_text else self._caller(message)
        assert step is not None
        results = step.setdefault("observation", {"results": []})["results"]
        result: Json = {} if by_text else {"source_call_id": _answered_call(step, message, len(results))}
        result["content"] = self._media.content(message.get("content"))
        results.append(result | ({"extra": extra} if extra else {}))


def _answered_call(step: Json, message: Json, before: int) -> str:
    """The id of the call that an output answers: its own, or the next one of the step where it has none."""
    calls = step["tool_calls"]
    return str(message.get("tool_call_id") or calls[min(before, len(calls) - 1)]["tool_call_id"])


def _reasoning(message: Json) -> str:
    for name in ("reasoning_content", "reasoning"):
        if message.get(name):
            return plain_text(message[name])
    given = message.get("thinking_blocks")
    blocks = map(mapping, given if isinstance(given, list) else ())
    return "\n".join(plain_text(one["thinking"]) for one in blocks if one.get("thinking"))


def _facts_of(exchange: Exchange) -> Json:
    """The fields of a step that tell of the call."""
    facts = exchange.facts
    told: Json = {"metrics": metrics(exchange), "llm_call_count": 1}
    if facts.answered_by:
        told["model_name"] = facts.answered_by
    effort = exchange.params.get("reasoning_effort")
    if isinstance(effort, str | float):
        told["reasoning_effort"] = effort
    return told


def _record(exchange: Exchange) -> Json:
    return {"agenttasks": call_record(exchange.facts), "finish_reason": exchange.finish_reason}


def call_record(facts: CallFacts) -> Json:
    """Who answered a call and how it came about."""
    return {
        "requested": facts.requested,
        "served": facts.served,
        "served_as": facts.served_as,
        "attempts": [asdict(attempt) for attempt in facts.attempts],
        "waited_s": round(facts.waited_s, 3),
        "cost_usd": facts.cost_usd,
    }


def metrics(exchange: Exchange) -> Json:
    """What a call used, as far as anybody told; its cost where it is known."""
    usage = exchange.usage
    told = {
        "prompt_tokens": _count(usage.get("prompt_tokens")),
        "completion_tokens": _count(usage.get("completion_tokens")),
        "cached_tokens": _count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        "cost_usd": exchange.facts.cost_usd,
    }
    reasoning = _count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    known = {name: value for name, value in told.items() if value is not None}
    return {**known, **({"extra": {"reasoning_tokens": reasoning}} if reasoning is not None else {})}


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
