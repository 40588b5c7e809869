"""HTTP as clients speak it: bodies with a length or in chunks, `Expect`, HEAD, OPTIONS, connections that stay."""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pytest_agenttasks.models.endpoint.bodies import Body
from pytest_agenttasks.models.endpoint.errors import Refusal, anthropic_error, openai_error
from pytest_agenttasks.models.endpoint.pulse import Pulse
from pytest_agenttasks.models.endpoint.routes import Answer, Asked, answer_to
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from pytest_agenttasks.models.endpoint.endpoint import Endpoint

METHODS = "GET, HEAD, OPTIONS, POST"
_EVENTS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection; it is done when it is made."""

    protocol_version = "HTTP/1.1"
    server_version = "pytest-agenttasks"
    sys_version = ""

    def __init__(self, connection: socket.socket, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._begun = False
        super().__init__(connection, ("", 0), None)  # type: ignore[arg-type]

    def do_OPTIONS(self) -> None:
        """Say what there is; a question that needs no token."""
        self._send(204, b"", {"allow": METHODS})

    def handle_expect_100(self) -> bool:
        """Ask for the body only where it will be read."""
        body = Body(self.headers, self.rfile)
        try:
            self._authorize()
            body.check()
        except Refusal as refused:
            self._reject(refused, body)
            return False
        return super().handle_expect_100()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What http.server itself refuses: a request line that is none, headers without an end, unknown methods."""
        self.close_connection, self.request_version = True, self.protocol_version
        if not hasattr(self, "headers"):
            self.path, self.headers, self.command = "", self.MessageClass(), self.command or ""
        code = 405 if code == 501 else code
        self._send_json(code, self._error(Refusal(code, "invalid_request", message or "HTTP was expected")))

    def log_message(self, *_: object) -> None:
        """Nothing: what goes wrong is told in answers, and by the session."""

    def _answer(self) -> None:
        body = Body(self.headers, self.rfile)
        try:
            asked = Asked(self._method(), self._path(), self.headers)
            if not (asked.method == "GET" and asked.path == "/"):
                self._authorize()
            body.check()
            answer = answer_to(self._endpoint, asked, body.read(), self._waiting)
        except Refusal as refused:
            self._reject(refused, body)
        except RecursionError:
            self._refuse(Refusal(400, "invalid_request", "the request is nested too deeply"))
        except OSError:
            raise
        except Exception as error:
            self._refuse(self._endpoint.fault(error))
        else:
            self._tell(answer)

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - names that http.server looks for

    def _reject(self, refused: Refusal, body: Body) -> None:
        """Refuse a request of which all, some or nothing was read."""
        self.close_connection = self.close_connection or not body.done
        self._refuse(refused)
        if not body.done:
            body.drain(self.connection)

    def _authorize(self) -> None:
        """Look at the token: as OpenAI's clients send it, or Anthropic's.

        Raises:
            Refusal: it is not there, or not this one.
        """
        bearer = self.headers.get("authorization", "")
        given = (bearer[7:] if bearer[:7].lower() == "bearer " else "", self.headers.get("x-api-key", ""))
        token = self._endpoint.token.encode()
        if not any(hmac.compare_digest(one.strip().encode("utf-8", "replace"), token) for one in given):
            raise Refusal(401, "invalid_api_key", "the API key is missing, or is not the one of this task")

    def _method(self) -> str:
        return "GET" if self.command == "HEAD" else self.command

    def _path(self) -> str:
        return unquote(self.path.partition("?")[0]).rstrip("/") or "/"

    def _tell(self, answer: Answer) -> None:
        if isinstance(answer, dict):
            self._send_json(200, answer)
        else:
            self._send_events(answer)

    def _send_events(self, events: Iterable[bytes]) -> None:
        if self._begun:
            self.wfile.write(b"".join(events))
        else:
            self._send(200, b"".join(events), _EVENTS)

    def _waiting(self, stream: bool) -> AbstractContextManager[None]:
        """While a model is asked: a stream shows that it is there, before the client's patience is at its end."""
        return Pulse(self._beat, self._endpoint.silence) if stream else nullcontext()

    def _beat(self) -> None:
        """Begin the answer without knowing what it will be, and say nothing: a comment, which clients skip."""
        if not self._begun:
            self._begun = self.close_connection = True
            self.send_response(200)
            for name, value in {**_EVENTS, "connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
        self.wfile.write(b": a model is being asked\n\n")

    def _refuse(self, refused: Refusal) -> None:
        if self._begun:  # too late for a status
            self.wfile.write(b"event: error\ndata: " + json.dumps(self._error(refused)).encode() + b"\n\n")
            return
        headers = {"x-should-retry": "false", **refused.headers}
        self._send_json(refused.status, self._error(refused), headers)

    def _error(self, refused: Refusal) -> Json:
        theirs = "/messages" in self.path or "anthropic-version" in self.headers
        return anthropic_error(refused) if theirs else openai_error(refused)

    def _send_json(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(data)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
