"""The worker's side of the gateway: one JSON request, one JSON answer, over kept connections."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.results import Json, Reply

TRIES = 3
"""A gateway that was killed is started again on the same socket; a call outlives two such deaths."""

ATTEMPTS = 24
"""As many as the gateway makes for one call, so that a client does not leave before it has its answer."""

CHECK_SECONDS = 10.0
"""How long to wait for a gateway to show that it is there."""

PATIENCE = 600.0
"""Seconds added to those attempts: the gateway may wait for limits."""


class GatewayClient:
    """Asks the gateway at a base URL such as `http://127.0.0.1:1234`; `log` is where it tells its troubles."""

    def __init__(self, url: str, token: str, log: str = "") -> None:
        self.url = url
        self._hint = f"; its log: {log}" if log else ""
        self._token = token
        self._idle: list[HTTPConnection] = []

    def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:
        """Ask for one chat completion.

        Args:
            body: OpenAI chat body.
            headers: the gateway's own `x-agenttasks-…` headers.
            seconds: how long one attempt of the gateway may take.

        Raises:
            GatewayError: no answer, or not one of a gateway.
        """
        payload = json.dumps(body).encode()
        trouble: Exception | None = None
        for _ in range(TRIES):
            connection = self._connection(ATTEMPTS * seconds + PATIENCE)
            try:
                return self._ask(connection, payload, headers)
            except (ConnectionRefusedError, TimeoutError) as error:  # asking once more would pay twice
                connection.close()
                trouble = error
                break
            except (OSError, HTTPException) as error:
                connection.close()
                trouble = error
        raise GatewayError(
            f"the gateway at {self.url} does not answer ({type(trouble).__name__}: {trouble}){self._hint}"
        )

    def check(self) -> None:
        """See whether a gateway is there and takes the token.

        Raises:
            GatewayError: it does not answer, or refuses the token.
        """
        connection = self._connect(CHECK_SECONDS)
        try:
            connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {self._token}"})
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise GatewayError(f"the gateway at {self.url} does not answer ({type(error).__name__}: {error})") from None
        finally:
            connection.close()
        if status != 200:
            why = "refuses the token in AGENTTASKS_GATEWAY_TOKEN" if status == 401 else f"answers {status}"
            raise GatewayError(f"the gateway at {self.url} {why}")

    def close(self) -> None:
        """Drop the kept connections."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self, timeout: float) -> HTTPConnection:
        if not self._idle:
            return self._connect(timeout)
        connection = self._idle.pop()
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        return connection

    def _connect(self, timeout: float) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)

    def _ask(self, connection: HTTPConnection, payload: bytes, headers: dict[str, str]) -> Reply:
        connection.request(
            "POST",
            "/v1/chat/completions",
            payload,
            {"content-type": "application/json", "authorization": f"Bearer {self._token}", **headers},
        )
        response = connection.getresponse()
        data = response.read()
        self._idle.append(connection)
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise GatewayError(f"{self.url} is not a gateway of pytest-agenttasks: it answered {data[:80]!r}")
        return Reply(response.status, body)
