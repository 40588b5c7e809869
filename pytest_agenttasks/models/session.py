"""The session: what one task asks its models through, live or from a cassette; it keeps every call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_agenttasks.exceptions import (
    AgentTasksError,
    BudgetError,
    GatewayError,
    LimitReached,
    ModelRefusedError,
    ModelUnavailableError,
    QuotaError,
    ToolsUnsupportedError,
)
from pytest_agenttasks.models.chains import Chain
from pytest_agenttasks.models.on_quota import Gateway
from pytest_agenttasks.results import Call, CallFacts, Json, Reply


class Tape(Protocol):
    """What a session needs of a cassette."""

    def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:
        """Answer from the recording, or ask `send` and record."""

    def ended_by(self) -> str | None:
        """The limit of time that ended the recording, once all of it was played; else None."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer.

    Attributes:
        message: the assistant message, OpenAI form.
        finish_reason: as the provider gave it.
        facts: who answered.
    """

    message: Json
    finish_reason: str
    facts: CallFacts


class Session:
    """Asks the models of one task's chain; keeps what was asked, answered, spent, and what went wrong.

    Attributes:
        chain: the task's models; its head is the requested one. None for agents that ask no model.
        calls: every call so far, in order.
        failure: the first infrastructure error, also where an agent swallowed it.
        transcript: the conversation as the agent sees it; an agent puts its own list here.
    """

    def __init__(self, chain: Chain | None, gateway: Gateway | None = None) -> None:
        self.chain = chain
        self.calls: list[Call] = []
        self.failure: AgentTasksError | None = None
        self.transcript: list[Json] = []
        self._gateway = gateway
        self._tape: Tape | None = None

    def use(self, tape: Tape) -> None:
        """Record to, or play from, this cassette from now on."""
        self._tape = tape

    @property
    def requested(self) -> str:
        """Name of the chain's head."""
        return self.chain.requested if self.chain else ""

    @property
    def live(self) -> bool:
        """Whether calls are really made, so that their waits take time of this run."""
        return self._gateway is not None

    @property
    def tools(self) -> bool:
        """Whether the requested model can call tools, as far as its preset knows."""
        return self.chain is not None and self.chain.presets[0].tools

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens so far."""
        return sum(call.prompt_tokens + call.completion_tokens for call in self.calls)

    @property
    def tokens_known(self) -> bool:
        """Whether every answer told what it used."""
        return all(call.prompt_tokens + call.completion_tokens for call in self.calls if call.status == 200)

    @property
    def cost_usd(self) -> float | None:
        """US dollars so far; None if the cost of any call is unknown."""
        costs = [call.facts.cost_usd for call in self.calls if call.status == 200]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def waited_s(self) -> float:
        """Seconds that calls waited for limits."""
        return sum(call.facts.waited_s for call in self.calls)

    def complete(
        self,
        messages: Sequence[Json],
        tools: Sequence[Json] | None = None,
        *,
        seconds: float = 600,
        **params: Any,
    ) -> Completion:
        """Ask for one answer.

        Args:
            messages: OpenAI chat messages.
            tools: OpenAI tool definitions.
            seconds: how long one attempt may take.
            **params: further parameters of the chat completion.

        Raises:
            LimitReached: `context`: the conversation is too long for every model of the chain.
            ToolsUnsupportedError: no model of the chain can call tools.
            AgentTasksError: no answer; also kept in `failure`.
        """
        body: Json = {"model": self.requested, "messages": list(messages), **params}
        if tools:
            body["tools"] = list(tools)
        try:
            reply, facts = self._ask(body, seconds)
            if reply.status != 200:
                raise _error_of(reply)
            choice = _choice_of(reply)
        except (LimitReached, ToolsUnsupportedError):
            raise
        except AgentTasksError as error:
            limit = self._tape.ended_by() if self._tape else None
            if limit:  # the answer that the recording's own limit cut off
                raise LimitReached(limit) from None
            self.failure = self.failure or error
            raise
        return Completion(choice["message"], str(choice.get("finish_reason")), facts)

    def _ask(self, body: Json, seconds: float) -> tuple[Reply, CallFacts]:
        if self._tape is None:
            raise AgentTasksError("this session has no cassette: ask for the fixture agent_cassette first")
        limit = self._tape.ended_by()
        if limit:
            raise LimitReached(limit)
        started = time.monotonic()
        reply = self._tape.ask(body, lambda body: self._send(body, seconds))
        usage = reply.body.get("usage") or {}
        facts = CallFacts.from_json(reply.body.get("agenttasks") or {"requested": self.requested})
        self.calls.append(
            Call(
                facts,
                reply.status,
                int(usage.get("prompt_tokens") or 0),
                int(usage.get("completion_tokens") or 0),
                time.monotonic() - started,
            )
        )
        return reply, facts

    def _send(self, body: Json, seconds: float) -> Reply:
        if self._gateway is None or self.chain is None:
            raise GatewayError("there is no gateway in this run; live work needs one")
        served = next((call.facts.served for call in reversed(self.calls) if call.facts.served), None)
        headers = {
            "x-agenttasks-chain": ",".join(preset.name for preset in self.chain.live),
            "x-agenttasks-seconds": f"{max(seconds, 1):.0f}",
        }
        if served:
            headers["x-agenttasks-last"] = served
        return self._gateway.send(body, headers, seconds)


def _choice_of(reply: Reply) -> Json:
    choices = reply.body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0].get("message"), dict):
        raise GatewayError("the gateway answered without a message; is it one of pytest-agenttasks?")
    choice: Json = choices[0]
    return choice


_BY_CODE: dict[str, type[AgentTasksError]] = {
    "unavailable": ModelUnavailableError,
    "refused": ModelRefusedError,
    "content_filter": ModelRefusedError,
    "tools_unsupported": ToolsUnsupportedError,
    "budget": BudgetError,
}


def _error_of(reply: Reply) -> Exception:
    error = reply.body.get("error") or {}
    code, message = error.get("code"), str(error.get("message") or f"the gateway answered {reply.status}")
    said = [f"  {one.get('model')}: {one.get('message')}" for one in error.get("models") or () if one.get("message")]
    message = "\n".join([message, *said])
    if code == "context_length_exceeded":
        return LimitReached("context")
    if code == "quota":
        return QuotaError(message, error.get("resets_at"))
    return _BY_CODE.get(str(code), AgentTasksError)(message)
