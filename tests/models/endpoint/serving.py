"""A session that is served, and plain HTTP to it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import anthropic
import openai

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.models import Chain, Session
from pytest_agenttasks.results import Json
from tests.models.answers import Tape, answered, chain

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
WEATHER = {"name": "weather", "description": "Of a city.", "parameters": {"type": "object", "properties": {"city": {}}}}
TOOL: Any = {"type": "function", "function": WEATHER}
THEIR_TOOL: Any = {"name": "weather", "description": "Of a city.", "input_schema": WEATHER["parameters"]}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
PIXEL = "iVBORw0KGgo="

Given = Reply | AgentTasksError | Callable[[], Reply]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.data)
        return found


class Served:
    """A session whose models give these answers, served on loopback while the `with` block lasts."""

    def __init__(self, *replies: Given, models: Chain | None = None) -> None:
        self.tape = Tape(*replies)
        self.session = Session(models or chain())
        self.session.use(self.tape)
        self.endpoint = self.session.serve()

    def __enter__(self) -> Served:
        self.endpoint.__enter__()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        self.endpoint.accept(listening)
        self.variables = self.endpoint.environment("127.0.0.1", self.port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.endpoint.__exit__(kind, error, trace)

    @property
    def asked(self) -> Json:
        """What the session was asked last."""
        return self.tape.bodies[-1]

    def openai(self) -> openai.OpenAI:
        """A client, with its own number of retries."""
        return openai.OpenAI(base_url=self.variables["OPENAI_BASE_URL"], api_key=self.endpoint.token)

    def anthropic(self) -> anthropic.Anthropic:
        """A client, with its own number of retries."""
        return anthropic.Anthropic(base_url=self.variables["ANTHROPIC_BASE_URL"], api_key=self.endpoint.token)

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """A request over a connection of its own; `x_y=` is the header x-y."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.endpoint.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def chat(self, *messages: Json, **params: Any) -> Answer:
        """A chat completion."""
        return self.request("POST", "/v1/chat/completions", {"messages": list(messages) or HELLO, **params})

    def message(self, *messages: Json, **params: Any) -> Answer:
        """A message of Anthropic's."""
        body = {"model": "claude", "max_tokens": 100, "messages": list(messages) or HELLO, **params}
        return self.request("POST", "/v1/messages", body)

    def raw(self, data: bytes) -> bytes:
        """Send bytes and nothing more; gives all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as file:
                return file.read()


def said(content: str | None = "hi", *, finish: str = "stop", usage: Json | None = None, **fields: Any) -> Reply:
    """An answer whose message has further fields."""
    reply = answered(content)
    reply.body["id"] = "gen-1"
    reply.body["choices"][0]["message"].update(fields)
    reply.body["choices"][0]["finish_reason"] = finish
    reply.body["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, **(usage or {})}
    return reply


def called(content: str | None = None, **fields: Any) -> Reply:
    """An answer that calls the tool."""
    return said(content, finish="tool_calls", tool_calls=[CALL], **fields)
