"""A worker's connection to the gateway: kept, tried again when it drops, clear when it cannot be made."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.models import Blocked, GatewayClient, Pool
from tests.models.answers import answered
from tests.provider import Answer, Asked, Provider

BODY = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
OK = Answer(200, answered("hi").body)


class Listener:
    """Counts the connections that a server is opened."""

    def __init__(self, provider: Provider) -> None:
        self.count = 0
        accept = provider._server.get_request

        def get_request() -> tuple[socket.socket, object]:
            self.count += 1
            return accept()

        provider._server.get_request = get_request  # type: ignore[method-assign]


def client_of(provider: Provider) -> GatewayClient:
    return GatewayClient(provider.base.removesuffix("/api/v1"), "t")


def hangs_up(times: int) -> Provider:
    left = iter(range(times))
    return Provider(lambda _: OK if next(left, None) is None else Answer(hang_up=True))


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def test_a_connection_is_kept_for_the_next_call() -> None:
    with Provider(lambda _: OK) as provider:
        listener, client = Listener(provider), client_of(provider)
        for _ in range(5):
            assert client.send(BODY, {}, 5).status == 200
        assert listener.count == 1
        client.close()


def test_calls_at_once_have_connections_of_their_own() -> None:
    together = threading.Barrier(4, timeout=10)

    def answer(_: Asked) -> Answer:
        together.wait()
        return OK

    with Provider(answer) as provider:
        listener, client = Listener(provider), client_of(provider)
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: client.send(BODY, {}, 5), range(4)))
        assert [reply.status for reply in replies] == [200] * 4
        assert listener.count == 4
        client.close()


def test_an_answer_with_an_error_status_is_an_answer() -> None:
    with Provider(lambda _: Answer(403, {"error": {"code": "quota"}})) as provider:
        reply = client_of(provider).send(BODY, {}, 5)
        assert (reply.status, reply.body) == (403, {"error": {"code": "quota"}})
        assert len(provider.asked) == 1


def test_a_dropped_connection_is_tried_again() -> None:
    with hangs_up(2) as provider:
        assert client_of(provider).send(BODY, {}, 5).status == 200
        assert len(provider.asked) == 3


def test_a_gateway_that_drops_every_call_is_given_up() -> None:
    with hangs_up(9) as provider:
        with pytest.raises(GatewayError, match=r"^the gateway at http://127.0.0.1:\d+ does not answer \(Remote"):
            client_of(provider).send(BODY, {}, 5)
        assert len(provider.asked) == 3


def test_a_kept_connection_that_the_server_closed_meanwhile() -> None:
    with Provider(lambda _: OK) as provider:
        client = client_of(provider)
        client.send(BODY, {}, 5)
        assert client._idle[0].sock is not None
        client._idle[0].sock.shutdown(socket.SHUT_RDWR)
        assert client.send(BODY, {}, 5).status == 200
        client.close()


def test_a_refused_connection_is_told_at_once(free_port: int) -> None:
    with pytest.raises(GatewayError, match=rf"http://127.0.0.1:{free_port} does not answer \(ConnectionRefusedError"):
        GatewayClient(f"http://127.0.0.1:{free_port}", "t").send(BODY, {}, 5)


@pytest.mark.parametrize("body", ["<html>nginx</html>", "[1]", '"x"', ""])
def test_what_answers_but_is_no_gateway(body: str) -> None:
    with Provider(lambda _: Answer(200, body)) as provider:
        with pytest.raises(GatewayError, match=r"is not a gateway of pytest-agenttasks: it answered b'"):
            client_of(provider).send(BODY, {}, 5)
        assert len(provider.asked) == 1


def test_every_call_has_a_name_of_its_own_that_stays_when_it_is_sent_again() -> None:
    with hangs_up(2) as provider:
        client = client_of(provider)
        client.send(BODY, {}, 5)
        client.send(BODY, {}, 5)
        client.close()
    *again, other = (asked.headers["x-agenttasks-call"] for asked in provider.asked)
    assert len(again) == 3
    assert len(set(again)) == 1
    assert other not in again


def test_who_asks_is_told_with_every_call() -> None:
    with Provider(lambda _: OK) as provider:
        client = GatewayClient(provider.base.removesuffix("/api/v1"), "t", headers={"x-agenttasks-run": "r"})
        client.send(BODY, {"x-agenttasks-chain": "m"}, 5)
        client.close()
    headers = provider.asked[0].headers
    assert (headers["x-agenttasks-run"], headers["x-agenttasks-chain"]) == ("r", "m")


STANDING = {
    "where": "/somewhere/accounts.sqlite", "trouble": ["the disk is full"], "more": 1,
    "pools": [
        {"what": "free models of KEY", "presets": ["a", "b"], "left": 38, "limit": 50, "resets_in": 9.5,
         "source": "openrouter", "account": "KEY"},
        {"what": "groq", "presets": ["c"], "left": 0, "limit": 1000},
    ],
    "blocked": {"a": {"reason": "daily_quota", "resets_in": 3600}, "b": {"reason": "no_credit"}},
}  # fmt: skip


def test_what_is_known_of_quotas() -> None:
    with Provider(lambda _: Answer(200, STANDING)) as provider:
        known = client_of(provider).standing(["a", "b", "c"])
    (asked,) = provider.asked
    assert (asked.path, asked.body) == ("/v1/agenttasks/standing", {"presets": ["a", "b", "c"]})
    assert asked.headers["authorization"] == "Bearer t"
    assert (known.where, known.trouble) == ("/somewhere/accounts.sqlite", ("the disk is full",))
    assert known.pools == (
        Pool("free models of KEY", frozenset("ab"), 38, 50, 9.5, "KEY"),
        Pool("groq", frozenset("c"), 0, 1000),
    )
    assert known.blocked == {"a": Blocked("daily_quota", 3600.0), "b": Blocked("no_credit")}


NO_STANDING = {
    "another version": (Answer(404, {"error": {"code": "invalid_request", "message": "Not Found"}}), "another version"),
    "another models.yaml": (
        Answer(404, {"error": {"code": "model_not_found", "message": "unknown preset 'a'"}}),
        "answers 404: unknown preset 'a'",
    ),
    "another token": (Answer(401, {}), "refuses the token in AGENTTASKS_GATEWAY_TOKEN"),
    "a fault": (Answer(500, "oops"), "answers 500"),
    "no gateway": (Answer(200, "<html>"), "is not a gateway of pytest-agenttasks: it answered b'<html>'"),
    "another form": (Answer(200, {"pools": [{"left": 1}]}), "in a form that is not known here: KeyError('presets')"),
    "no form": (Answer(200, {"blocked": [1]}), "in a form that is not known here: AttributeError"),
    "nobody": (Answer(hang_up=True), "does not answer (RemoteDisconnected"),
}


@pytest.mark.parametrize("case", NO_STANDING)
def test_a_gateway_that_does_not_tell_of_quotas(case: str) -> None:
    answer, words = NO_STANDING[case]
    with Provider(lambda _: answer) as provider, pytest.raises(GatewayError) as caught:
        client_of(provider).standing(["a"])
    assert words in str(caught.value)


def test_its_troubles() -> None:
    told = [Answer(200, {"ready": True, "trouble": ["the disk is full"]}), Answer(200, {"ready": True}), Answer(500)]
    with Provider(lambda _: OK, look_up=lambda _: told.pop(0)) as provider:
        client = client_of(provider)
        assert client.trouble() == ["the disk is full"]
        assert client.trouble() == []
        with pytest.raises(GatewayError, match="answers 500"):
            client.trouble()
    assert [asked.path for asked in provider.looked_up] == ["/health"] * 3


def test_what_does_not_speak_http() -> None:
    def talk(server: socket.socket) -> None:
        for _ in range(3):
            connection, _peer = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,))
        thread.start()
        with pytest.raises(GatewayError, match="does not answer"):
            GatewayClient(f"http://127.0.0.1:{server.getsockname()[1]}", "t").send(BODY, {}, 5)
        thread.join(10)
    assert not thread.is_alive()


def test_the_token_does_not_go_out_in_clear_where_https_was_asked_for() -> None:
    received: list[bytes] = []

    def listen(server: socket.socket) -> None:
        for _ in range(3):
            connection, _peer = server.accept()
            with connection:
                received.append(connection.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen, args=(server,))
        thread.start()
        with pytest.raises(GatewayError):
            GatewayClient(f"https://127.0.0.1:{server.getsockname()[1]}", "the-token").send(BODY, {}, 5)
        thread.join(10)
    assert received
    assert all(first[:1] == b"\x16" for first in received), "not a TLS handshake"
