"""A provider on loopback: a real HTTP server whose answers a test decides, in the providers' own formats."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request as it came: path, lower-case headers, JSON body, and when."""

    path: str
    headers: dict[str, str]
    body: Json
    at: float


@dataclass(frozen=True)
class Answer:
    """What to send back. A `str` or `bytes` body goes out as it is; `hang_up` closes without a word."""

    status: int = 200
    body: Json | str | bytes = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


def completion(content: str | None = "done", *, model: str = "m", tool_calls: list[Json] | None = None) -> Answer:
    """A chat completion in OpenRouter's form (shape of `provider_samples`, openrouter, status 200)."""
    message: Json = {"role": "assistant", "content": content, "refusal": None, "reasoning": None}
    if tool_calls:
        message["tool_calls"] = tool_calls
    reason = "tool_calls" if tool_calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason, "native_finish_reason": reason, "logprobs": None}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "cost": 0}
    body = {
        "id": "gen-1", "object": "chat.completion", "created": 1700000000, "model": model,
        "provider": "Loopback", "choices": [choice], "usage": usage,
    }  # fmt: skip
    return Answer(200, body)


class Server(ThreadingHTTPServer):
    """Callers of the tests are killed: that they hang up is no news."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what is no hang-up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Provider:
    """Serves `answer(asked)` on a loopback port (0: a free one) while the `with` block lasts; keeps what was asked.

    Attributes:
        base: base URL to give as `api_base`, ends in `/api/v1`.
        asked: all POST requests so far, in order of arrival.
        looked_up: all GET requests so far.
    """

    def __init__(
        self, answer: Callable[[Asked], Answer], port: int = 0, look_up: Callable[[Asked], Answer] | None = None
    ) -> None:
        self.asked: list[Asked] = []
        self.looked_up: list[Asked] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(self.path, headers, json.loads(raw or b"{}"), time.monotonic())
                provider.asked.append(asked)
                self.reply(answer(asked))

            def do_GET(self) -> None:
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(self.path, headers, {}, time.monotonic())
                provider.looked_up.append(asked)
                self.reply(look_up(asked) if look_up else Answer(404, {"error": {"message": "not here", "code": 404}}))

            def reply(self, given: Answer) -> None:
                if given.hang_up:
                    self.close_connection = True
                    return
                body = given.body
                data = json.dumps(body).encode() if isinstance(body, dict) else body
                data = data.encode() if isinstance(data, str) else data
                self.send_response(given.status)
                for name, value in {"content-type": "application/json", **given.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/api/v1"

    def __enter__(self) -> Provider:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
