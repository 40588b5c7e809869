"""The worker's side of the gateway: one JSON request, one JSON answer, over kept connections."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit
from uuid import uuid4

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import GatewayError, HungUpError
from pytest_agenttasks.models.standing import Standing
from pytest_agenttasks.results import Json

TRIES = 3
"""A gateway that was killed is started again on the same socket; a call outlives two such deaths."""

ATTEMPTS = 24
"""As many as the gateway makes for one call, so that a client does not leave before it has its answer."""

CHECK_SECONDS = 10.0
"""How long to wait for a gateway to show that it is there."""

STANDING_SECONDS = 30.0
"""How long to wait for what is known of quotas: the gateway may have to start, and to ask providers."""

PATIENCE = 600.0
"""Seconds added to those attempts: the gateway may wait for limits."""


class GatewayClient:
    """Asks the gateway at a base URL."""

    def __init__(self, url: str, token: str, log: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Make a client; nothing is sent yet.

        Args:
            url: such as `http://127.0.0.1:1234`, or `unix:/path` of a Unix socket.
            token: what the gateway takes as bearer token.
            log: where it tells its troubles.
            headers: sent with every chat completion: who asks, for which run, within which budget.
        """
        self.url = url
        self._headers = dict(headers or {})
        self._hint = f"; its log: {log}" if log else ""
        self._token = token
        self._idle: list[HTTPConnection] = []
        self._busy: set[HTTPConnection] = set()
        self._lock = threading.Lock()

    def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:
        """Ask for one chat completion.

        Args:
            body: OpenAI chat body.
            headers: the gateway's own `x-agenttasks-…` headers of this call.
            seconds: how long one attempt of the gateway may take.

        Raises:
            HungUpError: the client was closed meanwhile.
            GatewayError: no answer, or not one of a gateway.
        """
        payload = json.dumps(body).encode()
        # The same each time that it is sent: what was spent on a call is counted once.
        headers = {"x-agenttasks-call": uuid4().hex, **self._headers, **headers}
        trouble: Exception | None = None
        for _ in range(TRIES):
            connection = self._connection(ATTEMPTS * seconds + PATIENCE)
            with self._lock:
                self._busy.add(connection)
            try:
                return self._ask(connection, payload, headers)
            except (ConnectionRefusedError, TimeoutError) as error:  # asking once more would pay twice
                connection.close()
                trouble = error
                break
            except (OSError, HTTPException) as error:
                connection.close()
                trouble = error
                if connection not in self._busy:
                    raise HungUpError("the call was given up before it was answered") from None
            finally:
                with self._lock:
                    self._busy.discard(connection)
        raise GatewayError(
            f"the gateway at {self.url} does not answer ({type(trouble).__name__}: {trouble}){self._hint}"
        )

    def check(self) -> None:
        """See whether a gateway is there and takes the token.

        Raises:
            GatewayError: it does not answer, or refuses the token.
        """
        self._told("GET", "/v1/models")

    def standing(self, presets: Sequence[str], *, ask_providers: bool = True) -> Standing:
        """What is known of these presets' quotas.

        Args:
            presets: their names.
            ask_providers: whether the gateway asks those that tell what is left of the day; else it says what it knows.

        Raises:
            GatewayError: it does not answer, refuses the token, or is of a version that does not know.
        """
        body: Json = {"presets": list(presets)} | ({} if ask_providers else {"ask_providers": False})
        return Standing.from_json(self._told("POST", "/v1/agenttasks/standing", body, STANDING_SECONDS))

    def trouble(self) -> list[str]:
        """What went wrong with the place where accounts' state is kept, a line each.

        Raises:
            GatewayError: it does not answer.
        """
        return [str(line) for line in self.health().get("trouble") or ()]

    def health(self) -> Json:
        """What the gateway says of itself: `in_flight` and `waiting`, numbers of calls; `trouble`; `ready`.

        Raises:
            GatewayError: it does not answer.
        """
        return self._told("GET", "/health")

    def close(self) -> None:
        """Drop the kept connections, and give up the calls that are being made."""
        with self._lock:
            idle, self._idle = self._idle, []
            # One that is not connected yet has nothing to end; whoever wants it gone closes the client again.
            busy = [(connection, connection.sock) for connection in self._busy if connection.sock is not None]
            self._busy.difference_update(connection for connection, _ in busy)
        for connection in idle:
            connection.close()
        for _, sock in busy:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # ends the wait of the thread that reads from it, which closes it

    def _connection(self, timeout: float) -> HTTPConnection:
        try:
            connection = self._idle.pop()  # not after a look: an agent's threads share the client
        except IndexError:
            return self._connect(timeout)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        return connection

    def _connect(self, timeout: float) -> HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return _UnixConnection(parts.path, timeout)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)

    def _told(self, method: str, path: str, body: Json | None = None, seconds: float = CHECK_SECONDS) -> Json:
        """The JSON object that a small question is answered with."""
        connection = self._connect(seconds)
        payload = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, payload, self._usual_headers())
            response = connection.getresponse()
            status, data = response.status, response.read()
        except (OSError, HTTPException) as error:
            told = f"the gateway at {self.url} does not answer ({type(error).__name__}: {error}){self._hint}"
            raise GatewayError(told) from None
        finally:
            connection.close()
        if status != 200:
            raise GatewayError(f"the gateway at {self.url} {_why_not(status, data)}")
        return self._object(data)

    def _ask(self, connection: HTTPConnection, payload: bytes, headers: dict[str, str]) -> Reply:
        connection.request("POST", "/v1/chat/completions", payload, {**self._usual_headers(), **headers})
        response = connection.getresponse()
        data = response.read()
        self._idle.append(connection)
        return Reply(response.status, self._object(data))

    def _usual_headers(self) -> dict[str, str]:
        return {"content-type": "application/json", "authorization": f"Bearer {self._token}"}

    def _object(self, data: bytes) -> Json:
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise GatewayError(f"{self.url} is not a gateway of pytest-agenttasks: it answered {data[:80]!r}")
        return body


class _UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _why_not(status: int, data: bytes) -> str:
    if status == 401:
        return "refuses the token in AGENTTASKS_GATEWAY_TOKEN"
    try:
        error = json.loads(data)["error"]
        code, message = error["code"], error["message"]
    except (ValueError, LookupError, TypeError):
        code, message = None, ""
    if status == 404 and code != "model_not_found":
        return "does not know this question: it is of another version of pytest-agenttasks"
    return f"answers {status}" + (f": {message}" if message else "")
