"""A gateway and a provider that answer at once, to record from. What is measured never asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.provider import completion
from benchmarks.table import Json

ATTEMPT = {
    "model": "openrouter/bench/m00:free", "status": 200, "verdict": "answered", "scope": None, "reason": "",
    "waited_s": 0.0,
}  # fmt: skip
FACTS = {"requested": "m00", "served": ATTEMPT["model"], "attempts": [ATTEMPT], "cost_usd": 0.0}
"""What the gateway tells with an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Health, or the list of models."""
        self._answer({"trouble": [], "data": []})

    def do_POST(self) -> None:
        """A chat completion; or that nothing is known of quotas."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._answer({**completion(asked["model"]), "agenttasks": FACTS} if "messages" in asked else {"presets": []})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is told."""

    def _answer(self, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def stand_in() -> Iterator[str]:
    """Its address on loopback, while the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
