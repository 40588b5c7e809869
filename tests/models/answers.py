"""What a gateway answers, and tapes and servers that give such answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.models import Chain, Preset
from pytest_agenttasks.results import Json

M = "openrouter/test/m"


def attempt(model: str = M, status: int | None = 200, verdict: str = "answered", **more: Any) -> Json:
    return {"model": model, "status": status, "verdict": verdict, "scope": None, "reason": "", "waited_s": 0.0, **more}


def answered(
    content: str | None = "done",
    *,
    calls: list[Json] | None = None,
    served: str = M,
    cost: float | None = 0.01,
    tokens: tuple[int, int] = (100, 20),
    attempts: list[Json] | None = None,
) -> Reply:
    """A chat completion."""
    message: Json = {"role": "assistant", "content": content}
    if calls is not None:
        message["tool_calls"] = calls
    facts = {"requested": "m", "served": served, "attempts": attempts or [attempt(served)], "cost_usd": cost}
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Reply(200, {"choices": [choice], "usage": usage, "agenttasks": facts})


def unanswered(code: str, message: str = "no model answered: m", status: int = 403, **more: Any) -> Reply:
    """A call that no model answered."""
    facts = {"requested": "m", "served": None, "attempts": [attempt(status=429, verdict="give_up")], "cost_usd": None}
    return Reply(status, {"error": {"message": message, "code": code, **more}, "agenttasks": facts})


class Tape:
    """Answers from a list, in order; keeps what was asked."""

    def __init__(self, *replies: Reply | AgentTasksError | Callable[[], Reply]) -> None:
        self.replies = list(replies)
        self.bodies: list[Json] = []

    def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:  # noqa: ARG002
        self.bodies.append(body)
        reply = self.replies.pop(0)
        if isinstance(reply, AgentTasksError):
            raise reply
        return reply() if callable(reply) else reply

    def ended_by(self) -> None:
        return None


class Through:
    """A tape that records nothing: asks the gateway."""

    def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:
        return send(body)

    def ended_by(self) -> None:
        return None


def chain(*presets: Preset | str, by_name: bool = True) -> Chain:
    """A chain of presets; a name alone is one at OpenRouter."""
    found: Iterable[Preset] = (
        one if isinstance(one, Preset) else Preset(one, f"openrouter/test/{one}") for one in presets or ("m",)
    )
    return Chain(tuple(found), by_name, "test")
