"""vcrpy: that stock vcrpy reads our files, and that it still is what we use of it."""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.results import Json
from tests.cassettes.helpers import HEADER, answer, body, opened, record

OUTPUTS = ["a.py\n", "b"]


def test_two_lines_open_a_cassette_with_stock_vcrpy(tmp_path: Path) -> None:
    import vcr  # type: ignore[import-untyped]

    import pytest_agenttasks.cassettes
    import pytest_agenttasks.cassettes.serializer

    path = tmp_path / "t--m.yaml"
    replies = record(path, OUTPUTS)

    my_vcr = vcr.VCR(serializer="agenttasks")
    my_vcr.register_serializer("agenttasks", pytest_agenttasks.cassettes.serializer)

    with my_vcr.use_cassette(str(path), record_mode="none") as cassette:
        asked = [json.loads(request.body) for request in cassette.requests]
        said = [json.loads(response["body"]["string"]) for response in cassette.responses]
        if hasattr(cassette, "get_metadata"):
            assert cassette.get_metadata("task", None) == HEADER["task"]
    assert said == [reply.body for reply in replies]
    assert [len(request["messages"]) for request in asked] == [2, 4]
    assert asked[1]["messages"][3]["content"] == "a.py\n"
    assert cassette.requests[0].method == "POST"
    assert cassette.requests[0].path == "/v1/chat/completions"
    assert dict(cassette.requests[0].headers) == {"content-type": "application/json"}


def test_the_documented_lines_are_those(tmp_path: Path) -> None:
    from pytest_agenttasks.cassettes import serializer

    source = inspect.getsource(test_two_lines_open_a_cassette_with_stock_vcrpy)
    lines = [line.strip() for line in (serializer.__doc__ or "").splitlines() if line.startswith("    my_vcr")]
    assert len(lines) == 2
    assert all(line in source for line in lines)


def test_what_stock_vcrpy_writes_we_replay(tmp_path: Path) -> None:
    import vcr
    from vcr.cassette import Cassette  # type: ignore[import-untyped]
    from vcr.request import Request  # type: ignore[import-untyped]

    from pytest_agenttasks.cassettes import serializer

    path = tmp_path / "t--m.yaml"
    my_vcr = vcr.VCR(serializer=serializer.NAME)
    my_vcr.register_serializer(serializer.NAME, serializer)
    with my_vcr.use_cassette(str(path)) as cassette:
        assert isinstance(cassette, Cassette)
        request = Request("POST", "http://gateway/v1/chat/completions", json.dumps(body("s", "u")), {})
        cassette.append(request, serializer.response_of(answer("from vcrpy")))
    with opened(path, "replay") as ours:
        reply = ours.ask(body("s", "u"), lambda _: answer("asked"))
    assert reply == answer("from vcrpy")


def test_other_requests_than_ours_cannot_be_written() -> None:
    from pytest_agenttasks.cassettes import serializer

    request: Json = {"method": "GET", "uri": "http://x/y", "body": None, "headers": {}}
    with pytest.raises(ValueError, match="GET http://x/y: only chat completions in JSON can be stored"):
        serializer.serialize({"interactions": [{"request": request, "response": {}}]})


def test_what_we_use_of_vcrpy_is_there_and_means_the_same() -> None:
    from vcr.cassette import Cassette
    from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
    from vcr.request import Request

    written: list[object] = []

    class Persister:
        def save_cassette(self, path: str, cassette: dict[str, list[object]], serializer: object) -> None:
            assert (path, serializer) == ("p", "s")
            written.append(cassette)

    held = object()
    request, response = Request("POST", "http://g/a", held, {"content-type": ["x"]}), {"status": 1}
    assert request.body is held  # our requests are objects, not bytes
    for empty in (True, False):
        made = Cassette(path="p", serializer="s", persister=Persister(), record_mode=RecordMode.ALL)
        if not empty:
            made.append(request, response)
            assert made.data[0][0] is request
        made._save(force=True)
    assert written == [{"requests": [], "responses": []}, {"requests": [request], "responses": [response]}]


def test_nothing_is_patched_and_no_body_is_logged(tmp_path: Path) -> None:
    program = f"""
import http.client, logging, socket, urllib3.connection
from pathlib import Path
logging.basicConfig(level=logging.DEBUG)
before = http.client.HTTPConnection, socket.socket, urllib3.connection.HTTPConnection
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import *
path = Path({str(tmp_path / "t--m.yaml")!r})
with opened(path, "record") as one:
    converse(one, Gateway(), {OUTPUTS!r})
    assert (http.client.HTTPConnection, socket.socket, urllib3.connection.HTTPConnection) == before
    one.save()
with opened(path, "replay") as one:
    assert (http.client.HTTPConnection, socket.socket, urllib3.connection.HTTPConnection) == before
    converse(one, never, {OUTPUTS!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "a1w1" not in done.stderr


def test_a_level_that_somebody_chose_for_vcrpys_log_stays(tmp_path: Path) -> None:
    logger = logging.getLogger("vcr")
    before = logger.level
    try:
        logger.setLevel(logging.DEBUG)
        record(tmp_path / "t--m.yaml", OUTPUTS)
        assert logger.level == logging.DEBUG
    finally:
        logger.setLevel(before)
