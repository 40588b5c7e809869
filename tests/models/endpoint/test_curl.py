"""curl, served: no client library stands between."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.models.answers import unanswered
from tests.models.endpoint.serving import HELLO, Served, called, said

CURL = shutil.which("curl")

pytestmark = pytest.mark.skipif(CURL is None, reason="curl is not installed")

BODY = json.dumps({"model": "any", "messages": HELLO})


def curl(*arguments: str) -> str:
    assert CURL is not None
    command = [CURL, "--silent", "--show-error", "--max-time", "30", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def asked(served: Served, path: str, *arguments: str, body: str = BODY) -> str:
    """POST, and retry as often as curl does of itself: on 408, 429 and 5xx."""
    bearer = f"authorization: Bearer {served.endpoint.token}"
    url = f"http://127.0.0.1:{served.port}{path}"
    return curl("--retry", "2", "-H", bearer, "-H", "content-type: application/json", "-d", body, *arguments, url)


def test_whole_answers() -> None:
    with Served(said("hi"), said("hi")) as served:
        chat = json.loads(asked(served, "/v1/chat/completions"))
        assert chat["choices"][0]["message"]["content"] == "hi"
        message = json.loads(asked(served, "/v1/messages", "-H", "anthropic-version: 2023-06-01"))
        assert message["content"] == [{"type": "text", "text": "hi"}]


def test_streams() -> None:
    body = json.dumps({"model": "any", "messages": HELLO, "stream": True})
    with Served(called(), said("hi")) as served:
        chat = asked(served, "/v1/chat/completions", "--no-buffer", body=body)
        assert chat.endswith("data: [DONE]\n\n")
        message = asked(served, "/v1/messages", "--no-buffer", body=body)
        assert message.startswith("event: message_start\n")
        assert message.split("\n\n")[-2].startswith("event: message_stop\n")


def test_a_long_body_in_chunks_that_asks_before_it_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "x" * 3_000_000}]}))
    with Served(said("hi")) as served:
        chunks = ("-H", "transfer-encoding: chunked", "-H", "expect: 100-continue")
        assert json.loads(asked(served, "/v1/chat/completions", *chunks, body=f"@{file}"))["choices"]
        assert len(served.asked["messages"][0]["content"]) == 3_000_000


@pytest.mark.parametrize(("code", "status"), [("quota", "403"), ("context_length_exceeded", "400")])
def test_refusals_are_not_retried(code: str, status: str) -> None:
    with Served(unanswered(code)) as served:
        assert asked(served, "/v1/messages", "-o", "/dev/null", "-w", "%{http_code}") == status
        assert len(served.tape.bodies) == 1


def test_a_look_at_the_models() -> None:
    with Served() as served:
        url = f"http://127.0.0.1:{served.port}/v1/models"
        assert json.loads(curl("-H", f"x-api-key: {served.endpoint.token}", url))["data"][0]["id"] == "m"
        assert "HTTP/1.1 200 OK" in curl("--head", f"http://127.0.0.1:{served.port}/")
        assert "allow: GET" in curl("-i", "-X", "OPTIONS", url)
