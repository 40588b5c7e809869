"""The server: sockets, threads, and the way of a call from a program to its session and back."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from pytest_agenttasks.exceptions import AgentError, AgentTasksError, HungUpError, LimitReached
from pytest_agenttasks.models.chains import Chain
from pytest_agenttasks.models.endpoint.errors import Refusal, refusal
from pytest_agenttasks.models.endpoint.listener import Listener
from pytest_agenttasks.models.endpoint.memory import Memory
from pytest_agenttasks.models.endpoint.rewriting import rewritten
from pytest_agenttasks.models.providers import provider_of
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

SECONDS = 600.0
"""How long an attempt of a call may take where nobody says otherwise."""

PATIENCE = 30.0
"""Seconds that calls in flight get to end in when the program has ended. Nobody waits for their answers, but a
recording without them could not be replayed: there the program may well come to ask them."""

SILENCE = 20.0
"""Seconds after which a client that waits for a stream gets a sign of life, and again. Some agents wait for a minute
or two, and free models with rate limits take longer; then it is too late for a status, and errors come as events."""

LOOK = 0.1
"""Seconds between hanging up and hanging up again on a call that was about to be made."""

AGENT = "agent"
"""A name for the models of a task that is always right: whatever a program names, the task's chain decides."""


_TAKE_THINKING = ("anthropic", "bedrock", "gemini", "vertex_ai")
"""Providers to whom LiteLLM hands on a budget of thoughts to the token."""


class Asks(Protocol):
    """What an endpoint needs of a session."""

    chain: Chain | None
    failure: AgentTasksError | None

    @property
    def requested(self) -> str:
        """Name of the chain's head."""

    def chat(self, body: Json, *, seconds: float = SECONDS) -> Json:
        """Ask for one whole chat completion."""

    def fail(self, error: AgentTasksError) -> None:
        """Keep what ends the task."""

    def hang_up(self) -> None:
        """Give up the calls that are being made."""


class Endpoint:
    """Serves a session to programs, for as long as the `with` block lasts. No thread of it is left behind.

    Attributes:
        token: what programs must send as their API key; made up anew each time. It has the shape of a key, so that it
            is `[scrubbed:key]` in a cassette should a program tell it to its model.
        on_call: called before each call, in its own thread. It may raise `LimitReached`: that call and all later ones
            are refused.
        seconds: how long an attempt of a call may take; asked before each.
        silence: seconds after which a client that waits for a stream gets a sign of life.
        rewrite: changes the texts of system and user messages before they are asked: what differs from run to run in a
            program's prompt would be drift.
        stopped: the limit of the task that ended the work, where one did. Not `context`: of that the program is told,
            so that it can shorten its conversation.
    """

    def __init__(self, session: Asks) -> None:
        self.token = f"sk-agenttasks-1{secrets.token_hex(20)}"
        self.on_call: Callable[[], None] | None = None
        self.seconds: Callable[[], float] = lambda: SECONDS
        self.rewrite: Callable[[str], str] | None = None
        self.silence = SILENCE
        self.stopped: str | None = None
        self._session = session
        self._memory = Memory()
        self._lock = threading.Lock()
        self._calls = 0
        self._over = False
        self._listeners: list[Listener] = []

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True
        for listener in self._listeners:
            listener.close()
        threads = [thread for listener in self._listeners for thread in listener.threads]
        self._end(threads, patience=0.0 if error or self.stopped or self._session.failure else PATIENCE)

    @property
    def busy(self) -> bool:
        """Whether a call is being made."""
        return self._calls > 0

    @property
    def models(self) -> list[str]:
        """Names that a program may choose from."""
        return list(dict.fromkeys(name for name in (self._session.requested, AGENT) if name))

    @property
    def keeps_thinking(self) -> bool:
        """Whether the requested model takes `thinking` as Anthropic's API has it."""
        chain = self._session.chain
        return chain is not None and provider_of(chain.presets[0].model) in _TAKE_THINKING

    def accept(self, listening: socket.socket) -> None:
        """Serve on a listening socket, wherever it was born, and close it at the end; at once if that was before."""
        with self._lock:
            if self._over:
                listening.close()
            else:
                self._listeners.append(Listener(listening, self))

    def environment(self, host: str, port: int) -> dict[str, str]:
        """Variables that lead the usual clients here.

        OpenAI's want the version in their base URL, Anthropic's do not. `OPENAI_API_BASE` is what LiteLLM and older
        clients read. `ANTHROPIC_AUTH_TOKEN` is left out: Claude Code warns where that and a key are set.
        """
        base = f"http://{host}:{port}"
        return {
            "OPENAI_BASE_URL": f"{base}/v1",
            "OPENAI_API_BASE": f"{base}/v1",
            "OPENAI_API_KEY": self.token,
            "ANTHROPIC_BASE_URL": base,
            "ANTHROPIC_API_KEY": self.token,
        }

    def ask(self, body: Json) -> Json:
        """Ask the session for a program.

        Args:
            body: OpenAI chat request, as `Session.chat` takes it.

        Raises:
            Refusal: no answer.
        """
        with self._counted():
            try:
                return self._asked(body)
            except (Refusal, RecursionError):
                raise
            except LimitReached as reached:
                if reached.limit != "context":
                    self.stopped = self.stopped or reached.limit
                raise refusal(reached) from None
            except AgentTasksError as error:
                raise refusal(error) from None
            except Exception as error:
                raise self.fault(error) from error

    def fault(self, error: Exception) -> Refusal:
        """What an error of our own is told as; it ends the task."""
        told = f"a fault of pytest-agenttasks while it served a program: {type(error).__name__}: {error}"
        failure = AgentError(told)
        failure.__cause__ = error
        self._session.fail(failure)
        return Refusal(500, "endpoint_fault", told)

    def _asked(self, body: Json) -> Json:
        if self._session.failure is not None:  # the task is an error, whatever would be answered
            raise self._session.failure
        if self.stopped is not None:
            raise LimitReached(self.stopped)
        self._check()
        messages = self._memory.restored(body["messages"])
        if self.rewrite is not None:
            messages = rewritten(messages, self.rewrite)
        answer = self._session.chat({**body, "messages": messages}, seconds=self.seconds())
        self._memory.learn(answer)
        return answer

    def _check(self) -> None:
        try:
            if self.on_call is not None:
                self.on_call()
        except AgentTasksError as error:
            self._session.fail(error)
            raise

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1

    def _end(self, threads: list[threading.Thread], patience: float) -> None:
        until = time.monotonic() + patience
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))
        for thread in threads:
            while thread.is_alive():
                with suppress(HungUpError):
                    self._session.hang_up()
                thread.join(LOOK)
