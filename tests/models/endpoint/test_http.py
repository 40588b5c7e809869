"""HTTP as clients speak it, well and badly."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import pytest

from pytest_agenttasks.models.endpoint import bodies, listener
from tests.models.answers import unanswered
from tests.models.endpoint.serving import HELLO, Served, said

BODY = json.dumps({"messages": HELLO}).encode()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions", "/v1/chat/completions/?beta=true"])
def test_paths_of_openais_clients(path: str) -> None:
    with Served(said()) as served:
        assert served.request("POST", path, {"messages": HELLO}).json["object"] == "chat.completion"


@pytest.mark.parametrize("path", ["/v1/messages", "/messages", "/v1/v1/messages", "/v1/messages?beta=true"])
def test_paths_of_anthropics_clients(path: str) -> None:
    with Served(said()) as served:
        assert served.request("POST", path, {"messages": HELLO}).json["type"] == "message"


@pytest.mark.parametrize(
    "path", ["/v1/responses", "/v1/messages/batches", "/api/event_logging/batch", "/v1", "/v1/chat"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_paths(method: str, path: str) -> None:
    with Served() as served:
        answer = served.request(method, path, {} if method == "POST" else None)
        assert answer.status == 404
        assert path in answer.json["error"]["message"]


def test_an_unknown_path_of_anthropics_is_told_in_its_form() -> None:
    with Served() as served:
        answer = served.request("POST", "/v1/files", {}, anthropic_version="2023-06-01")
        assert (answer.json["type"], answer.json["error"]["type"]) == ("error", "not_found_error")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic {token}", "Bearer {token}x", "Bearer \xfc"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions", "/v1/messages/count_tokens", "/no/such"])
def test_nothing_without_the_token(given: str, path: str) -> None:
    with Served() as served:
        answer = served.request("POST", path, BODY, authorization=given.format(token=served.endpoint.token))
        assert answer.status == 401
        assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("header", ["x_api_key", "authorization"])
def test_the_token_as_clients_send_it(header: str) -> None:
    with Served() as served:
        token = served.endpoint.token
        sent = {"authorization": "", header: token if header == "x_api_key" else f"bearer {token}"}
        assert served.request("GET", "/v1/models", **sent).status == 200


def test_each_session_has_a_token_of_its_own() -> None:
    with Served() as one, Served() as other:
        assert one.endpoint.token != other.endpoint.token
        sent = {"authorization": f"Bearer {one.endpoint.token}"}
        assert other.request("GET", "/v1/models", **sent).status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"{}", b'{"messages": []}', b'{"messages": ["x"]}',
     b'{"messages": "x"}', b"[" * 100_000],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_garbage_is_a_bad_request_and_no_failure_of_the_task(path: str, body: bytes) -> None:
    with Served(said()) as served:
        answer = served.request("POST", path, body)
        assert (answer.status, answer.json["error"]["type"]) == (400, "invalid_request_error")
        assert served.session.failure is None
        assert served.chat().status == 200, "it goes on"


@pytest.mark.parametrize(
    "data", [b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 70_000]
)
def test_what_is_not_http(data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with Served() as served:
        served.raw(data)
        assert served.request("GET", "/v1/models").status == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("path", ["http://[", "//[", "/%ff%00", "*", "/v1/models/%0d%0ax:y", "/\xfc"])
def test_odd_paths(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    with Served() as served:
        request = f"GET {path} HTTP/1.1\r\nauthorization: Bearer {served.endpoint.token}\r\n\r\n"
        told = served.raw(request.encode("latin-1"))
        assert told.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 200 "))
        assert b"x:y" not in told.split(b"\r\n\r\n")[0]
        assert served.session.failure is None
    assert capfd.readouterr() == ("", "")


def test_other_methods() -> None:
    with Served() as served:
        for method in ("PUT", "DELETE", "PATCH"):
            assert served.request(method, "/v1/models").status == 405
        assert served.request("OPTIONS", "/v1/messages", authorization="").status == 204
        head = served.request("HEAD", "/v1/models")
        assert (head.status, head.data) == (200, b"")
        assert int(head.headers["content-length"]) == len(served.request("GET", "/v1/models").data)
        assert served.request("HEAD", "/", authorization="").status == 200, "Claude Code looks whether anybody is there"


def head(served: Served, *headers: str) -> bytes:
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        "host: x",
        f"authorization: Bearer {served.endpoint.token}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\ntrailer: 1\r\n\r\n"


def test_a_body_in_chunks() -> None:
    with Served(said("hi"), said("again")) as served:
        request = head(served, "transfer-encoding: chunked") + chunked(BODY[:5], BODY[5:])
        told = served.raw(request + request)
        assert told.count(b"HTTP/1.1 200 OK") == 2, "and the connection stays"
        assert b'"hi"' in told


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (["transfer-encoding: chunked"], b"zz\r\n", 400),
        (["transfer-encoding: chunked"], b"-5\r\n12345\r\n", 400),
        (["transfer-encoding: chunked"], b"ff\r\nabc", 400),
        (["content-length: 1000"], b"{}", 400),
        (["content-length: many"], b"{}", 400),
        (["content-length: -1"], b"{}", 400),
        ([f"content-length: {'9' * 5000}"], b"{}", 400),
        (["content-length: 99999999999"], b"{}", 413),
        (["content-length: 99999999999", "expect: 100-continue"], b"", 413),
        (["transfer-encoding: chunked"], b"7fffffff\r\n{}", 413),
    ],
)
def test_bodies_that_are_not_as_told(headers: list[str], body: bytes, status: int) -> None:
    with Served() as served:
        told = served.raw(head(served, *headers) + body)
        assert told.startswith(b"HTTP/1.1 %d " % status)
        assert b"100 Continue" not in told
        assert b"connection: close" in told
        assert served.session.failure is None


def test_a_body_of_the_greatest_size_is_read_and_one_more_byte_is_refused() -> None:
    with Served(said()) as served:
        filler = b" " * (bodies.LIMIT - len(BODY))
        assert served.request("POST", "/v1/chat/completions", BODY + filler).status == 200
        answer = served.request("POST", "/v1/messages", BODY + filler + b" ")
        assert (answer.status, answer.json["error"]["type"]) == (413, "request_too_large")
        assert "64 MiB" in answer.json["error"]["message"]


def test_who_asks_before_sending_is_told_to_go_on() -> None:
    with Served(said()) as served, socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(head(served, f"content-length: {len(BODY)}", "expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(BODY)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_stays_for_the_next_request() -> None:
    with Served(said("a"), unanswered("context_length_exceeded"), said("b")) as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        sent = {"authorization": f"Bearer {served.endpoint.token}"}
        ports, statuses = set(), []
        for _ in range(3):
            connection.request("POST", "/v1/chat/completions", BODY, sent)
            ports.add(connection.sock.getsockname())
            response = connection.getresponse()
            statuses.append((response.status, bool(response.read())))
        connection.close()
        assert statuses == [(200, True), (400, True), (200, True)]
        assert len(ports) == 1


def test_clients_of_http_1_0_are_served() -> None:
    with Served(said("hi")) as served:
        request = head(served, f"content-length: {len(BODY)}").replace(b"HTTP/1.1", b"HTTP/1.0") + BODY
        assert served.raw(request).endswith(b"}")


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_before_its_answer_costs_nothing_but_that(
    stream: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    asked, gone = threading.Event(), threading.Event()

    def late() -> object:
        asked.set()
        gone.wait(30)
        return said("x" * 10_000_000)

    with Served(late, said("next")) as served:  # type: ignore[arg-type]
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=30)
        body = json.dumps({"messages": HELLO, "stream": stream}).encode()
        connection.sendall(head(served, f"content-length: {len(body)}") + body)
        assert asked.wait(30)
        connection.close()
        gone.set()
        assert served.chat().json["choices"][0]["message"]["content"] == "next"
        assert served.session.failure is None
    assert len(served.session.exchanges) == 2, "the answer was given, and is kept"
    assert capfd.readouterr() == ("", "")


def test_the_token_opens_nothing_after_the_end() -> None:
    with Served(said()) as served:
        kept = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        sent = {"authorization": f"Bearer {served.endpoint.token}"}
        kept.request("POST", "/v1/chat/completions", BODY, sent)
        kept.getresponse().read()
        used = kept.sock
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), timeout=30)
    assert used.recv(1) == b"", "nor a connection that was kept"
    kept.close()


def test_several_sockets_of_one_session() -> None:
    with Served(said("a"), said("b")) as served:
        second = socket.create_server(("127.0.0.1", 0))
        served.endpoint.accept(second)
        assert served.chat().status == 200
        served.port = second.getsockname()[1]
        assert served.chat().status == 200
    assert second.fileno() == -1


def test_a_socket_that_its_owner_closed_first() -> None:
    with Served() as served:
        second = socket.create_server(("127.0.0.1", 0))
        served.endpoint.accept(second)
        second.close()
        assert served.request("GET", "/v1/models").status == 200


def test_a_socket_that_comes_after_the_end_is_closed() -> None:
    with Served() as served:
        pass
    late = socket.create_server(("127.0.0.1", 0))
    served.endpoint.accept(late)
    assert late.fileno() == -1


def test_more_connections_than_there_may_be_wait_for_their_turn() -> None:
    with Served() as served:
        idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(listener.CONNECTIONS + 5)]
        for one in idle:
            one.close()
        assert served.request("GET", "/v1/models").status == 200


def test_nothing_is_left_when_all_connections_are_taken() -> None:
    with Served() as served:
        idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(listener.CONNECTIONS + 5)]
    for one in idle:
        one.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("agent-endpoint")]
