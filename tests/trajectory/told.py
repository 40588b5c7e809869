"""What a trajectory is made from, in short words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_agenttasks.calls import Attempt, CallFacts
from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory import About, Trajectory

SYSTEM = {"role": "system", "content": "Be brief."}
ASK = {"role": "user", "content": "Do it."}
M = "openrouter/test/m"
FACTS = CallFacts("m", M, (Attempt(M, 200, "answered"),), 0.01)


def user(text: Any) -> Json:
    """A user message."""
    return {"role": "user", "content": text}


def call(name: str, arguments: Any = "{}", id: str | None = "c1") -> Json:  # noqa: A002
    """A tool call as models send it."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def says(content: Any = None, *calls: Json, **more: Any) -> Json:
    """An assistant message."""
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {}), **more}


def gives(text: Any, id: str = "c1") -> Json:  # noqa: A002
    """A tool's output."""
    return {"role": "tool", "tool_call_id": id, "content": text}


@dataclass(frozen=True)
class Asked:
    """An exchange."""

    messages: list[Any]
    answer: Json
    facts: CallFacts = FACTS
    finish_reason: str = "stop"
    usage: Json = field(default_factory=lambda: {"prompt_tokens": 10, "completion_tokens": 2})
    params: Json = field(default_factory=dict)
    refused: str = ""


def refused(messages: list[Json], why: str = "unavailable") -> Asked:
    """A call that no model answered."""
    return Asked(messages, {}, CallFacts("m", None, (Attempt(M, 429, "give_up"),)), "", {}, {}, why)


ABOUT = About("run/slug", "loop", "1.0", M, "Do it.", extra={"task": "t"})

Make = Callable[..., Trajectory]


def short(steps: Sequence[Json]) -> list[tuple[str, Any]]:
    """Who said what."""
    return [(step["source"], step["message"]) for step in steps]
