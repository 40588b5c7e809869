"""The session: what one task asks its models through, live or from a cassette; it keeps every call."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pytest_agenttasks.calls import Call, CallFacts, Exchange, Reply
from pytest_agenttasks.exceptions import (
    AgentTasksError,
    CassetteError,
    GatewayError,
    HungUpError,
    LimitReached,
    ToolsUnsupportedError,
)
from pytest_agenttasks.models.chains import Chain
from pytest_agenttasks.models.on_quota import Gateway
from pytest_agenttasks.models.replies import choice_of, error_of, refusal
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from pytest_agenttasks.models.endpoint import Endpoint


class Tape(Protocol):
    """What a session needs of a cassette."""

    def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:
        """Answer from the recording, or ask `send` and record."""

    def ended_by(self) -> str | None:
        """The limit of time that ended the recording, once all of it was played; else None."""


class Listener(Protocol):
    """Who is told of a session's calls while they are made, by the thread that makes them."""

    def asking(self, number: int) -> None:
        """A call is made; they are counted from 1."""

    def answered(self, number: int, exchange: Exchange) -> None:
        """A call is over, whether it was answered or not."""


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

    Several threads may ask at once.

    Attributes:
        chain: the task's models; its head is the requested one. None for agents that ask no model.
        calls: every call so far, in order.
        failure: the first infrastructure error, also where an agent swallowed it.
        transcript: the conversation as the agent sees it; an agent puts its own list here.
        log: what a program printed that was the agent.
        listener: is told of each call.
    """

    def __init__(self, chain: Chain | None, gateway: Gateway | None = None) -> None:
        self.chain = chain
        self.calls: list[Call] = []
        self.failure: AgentTasksError | None = None
        self.transcript: list[Json] = []
        self.log = ""
        self.listener: Listener | None = None
        self._gateway = gateway
        self._tape: Tape | None = None
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._exchanges: dict[int, Exchange] = {}
        self._given_up = False

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

    @property
    def exchanges(self) -> list[Exchange]:
        """All calls, in the order of asking; those that are being made are not among them yet."""
        with self._lock:
            return [exchange for _, exchange in sorted(self._exchanges.items())]

    def serve(self) -> Endpoint:
        """A server for programs that speak HTTP: what they ask goes through this session.

        A context manager; see `Endpoint`.
        """
        from pytest_agenttasks.models.endpoint import Endpoint

        return Endpoint(self)

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
        body: Json = {"messages": list(messages), **params}
        if tools:
            body["tools"] = list(tools)
        answer = self.chat(body, seconds=seconds)
        choice = answer["choices"][0]
        facts = CallFacts.from_json(answer.get("agenttasks") or {"requested": self.requested})
        return Completion(choice["message"], str(choice.get("finish_reason")), facts)

    def chat(self, body: Json, *, seconds: float = 600) -> Json:
        """Ask for one whole chat completion.

        Args:
            body: OpenAI chat request without `model` and `stream`; not changed.
            seconds: how long one attempt may take.

        Returns:
            An OpenAI chat completion with at least one choice, and `agenttasks`: who answered.

        Raises:
            LimitReached: `context`: the conversation is too long for every model of the chain.
            ToolsUnsupportedError: no model of the chain can call tools.
            HungUpError: the call was given up on this side; it leaves no trace.
            AgentTasksError: no answer; also kept in `failure`.
        """
        try:
            return self._ask({"model": self.requested, **body}, seconds)
        except (LimitReached, ToolsUnsupportedError, HungUpError):
            raise
        except AgentTasksError as error:
            limit = self._tape.ended_by() if self._tape else None
            if limit:  # the answer that the recording's own limit cut off
                raise LimitReached(limit) from None
            self.fail(error)
            raise

    def fail(self, error: AgentTasksError) -> None:
        """Keep what ends the task, unless something else did before."""
        with self._lock:
            self.failure = self.failure or error

    def hang_up(self) -> None:
        """Give up the calls that are being made: they end with `HungUpError`."""
        if self._gateway is not None:
            self._gateway.close()

    def give_up(self) -> None:
        """Give up these calls and all that would follow.

        One that is just being connected goes on: whoever wants it gone does this again.
        """
        self._given_up = True
        self.hang_up()

    def _ask(self, body: Json, seconds: float) -> Json:
        if self._tape is None:
            raise AgentTasksError("this session has no cassette: ask for the fixture agent_cassette first")
        limit = self._tape.ended_by()
        if limit:
            raise LimitReached(limit)
        number, started = next(self._numbers), time.monotonic()
        if self.listener is not None:
            self.listener.asking(number)
        try:
            reply = self._tape.ask(body, lambda body: self._send(body, seconds))
        except CassetteError as error:
            self._keep(number, body, Reply(0, {"error": {"code": "cassette", "message": str(error)}}), started)
            raise
        self.calls.append(self._keep(number, body, reply, started))
        if reply.status != 200:
            raise error_of(reply)
        if not choice_of(reply):
            raise GatewayError("the gateway answered without a message; is it one of pytest-agenttasks?")
        return reply.body

    def _keep(self, number: int, body: Json, reply: Reply, started: float) -> Call:
        """Keep an exchange; gives the call that it is."""
        seconds, usage = time.monotonic() - started, reply.body.get("usage") or {}
        facts = CallFacts.from_json(reply.body.get("agenttasks") or {"requested": self.requested})
        choice = choice_of(reply)
        params = {name: value for name, value in body.items() if name not in ("model", "messages")}
        with self._lock:
            before = self._exchanges[max(self._exchanges)].messages if self._exchanges else []
            self._exchanges[number] = exchange = Exchange(
                _shared(body["messages"], before),
                choice.get("message") or {},
                str(choice.get("finish_reason") or ""),
                "" if choice else refusal(reply),
                facts,
                usage,
                params,
                seconds,
            )
        if self.listener is not None:
            self.listener.answered(number, exchange)
        return Call(facts, reply.status, *exchange.tokens, seconds)

    def _send(self, body: Json, seconds: float) -> Reply:
        if self._gateway is None or self.chain is None:
            raise GatewayError("there is no gateway in this run; live work needs one")
        if self._given_up:
            raise HungUpError("the work of this session was given up")
        served = next((call.facts.served for call in reversed(self.calls) if call.facts.served), None)
        headers = {
            "x-agenttasks-chain": ",".join(preset.name for preset in self.chain.live),
            "x-agenttasks-seconds": f"{max(seconds, 1):.0f}",
        }
        if served:
            headers["x-agenttasks-last"] = served
        return self._gateway.send(body, headers, seconds)


def _shared(messages: list[Json], known: list[Json]) -> list[Json]:
    """The messages; those that the call before had too are the same objects, so that a long talk is kept once."""
    return [known[place] if place < len(known) and known[place] == one else one for place, one in enumerate(messages)]
