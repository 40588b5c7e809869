"""What an endpoint does around a call: limits, failures, faults of our own, and its end."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import (
    AgentError,
    AgentTasksError,
    CassetteDriftError,
    LimitReached,
    ModelRefusedError,
    QuotaError,
)
from pytest_agenttasks.models import GatewayClient, QuotaWaiter, Session
from pytest_agenttasks.results import Json
from tests.models.answers import Tape, Through, answered, chain, unanswered
from tests.models.endpoint.serving import HELLO, TOOL, Served, called, said
from tests.provider import Answer, Asked, Provider

ROOT = Path(__file__).parents[3]


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def test_variables_that_lead_the_usual_clients() -> None:
    with Served() as served:
        base, token = f"http://127.0.0.1:{served.port}", served.endpoint.token
        assert served.variables == {
            "OPENAI_BASE_URL": f"{base}/v1", "OPENAI_API_BASE": f"{base}/v1", "OPENAI_API_KEY": token,
            "ANTHROPIC_BASE_URL": base, "ANTHROPIC_API_KEY": token,
        }  # fmt: skip


def test_what_was_asked_and_answered_is_kept() -> None:
    with Served(called(), unanswered("context_length_exceeded"), said("sunny")) as served:
        served.chat(tools=[TOOL])
        served.chat()
        served.message(*HELLO, {"role": "assistant", "content": "x"}, {"role": "user", "content": "y"})
    first, second, third = served.session.exchanges
    assert (first.messages, first.params, first.finish_reason) == (HELLO, {"tools": [TOOL]}, "tool_calls")
    assert first.answer["tool_calls"][0]["id"] == "call_1"
    assert (first.usage["total_tokens"], first.facts.served) == (120, "openrouter/test/m")
    assert (second.answer, second.refused) == ({}, "context")
    assert (third.answer["content"], third.refused) == ("sunny", "")
    assert third.messages[0] is first.messages[0], "a long talk is kept once"


def test_a_limit_of_the_task_ends_the_work() -> None:
    reached: list[str] = []

    def check() -> None:
        if len(served.tape.bodies) == 1:
            reached.append("steps")
            raise LimitReached("steps")

    with Served(said()) as served:
        served.endpoint.on_call = check
        assert served.chat().status == 200
        assert served.endpoint.stopped is None
        assert code_of(served.chat()) == (403, "limit_reached")
        assert served.endpoint.stopped == "steps"
        assert code_of(served.chat()) == (403, "limit_reached")
        assert (
            served.message().json["error"]["message"] == "the task's limit is reached: steps; no model answers any more"
        )
    assert reached == ["steps"], "looked at no more"
    assert served.session.failure is None


def test_limits_that_cannot_be_held_are_an_error() -> None:
    def check() -> None:
        raise ModelRefusedError("limits.tokens cannot be held")

    with Served() as served:
        served.endpoint.on_call = check
        assert code_of(served.chat()) == (403, "refused")
    assert isinstance(served.session.failure, ModelRefusedError)


def test_a_recording_that_its_limit_ended_ends_its_replay() -> None:
    with Served() as served:
        served.tape.ended_by = lambda: "seconds"  # type: ignore[method-assign, assignment]
        assert code_of(served.chat()) == (403, "limit_reached")
        assert served.endpoint.stopped == "seconds"


def test_a_conversation_that_is_too_long_is_the_programs_to_shorten() -> None:
    with Served(unanswered("context_length_exceeded"), said()) as served:
        answer = served.chat()
        assert code_of(answer) == (400, "context_length_exceeded")
        assert "maximum context length" in answer.json["error"]["message"]
        assert served.endpoint.stopped is None
        assert served.chat().status == 200


def test_after_a_failure_no_model_is_asked_any_more() -> None:
    """The task is an error whatever comes; going on would only cost."""
    with Served(CassetteDriftError("call 1: the prompt changed"), said()) as served:
        for _ in range(2):
            answer = served.chat()
            assert code_of(answer) == (403, "cassette")
            assert answer.json["error"]["message"] == "call 1: the prompt changed"
        assert len(served.tape.bodies) == 1
    assert isinstance(served.session.failure, CassetteDriftError)


def test_a_quota_tells_when_it_is_refilled() -> None:
    with Served(unanswered("quota", resets_at=time.time() + 3600)) as served:
        answer = served.chat()
        assert code_of(answer) == (403, "quota")
        assert 3500 < int(answer.headers["retry-after"]) <= 3600
        assert answer.headers["x-should-retry"] == "false"
    assert isinstance(served.session.failure, QuotaError)


def test_refusals_have_no_words_that_make_clients_try_again() -> None:
    told = "no model answered: m: rate_limited (429), n: Rate limit exceeded"
    with Served(unanswered("unavailable", told)) as served:
        message = served.chat().json["error"]["message"]
        assert message == "no model answered: m: over its pace (too many requests), n: over its pace exceeded"
    assert str(served.session.failure) == told, "people are told all of it"


@pytest.mark.parametrize("kind", [ZeroDivisionError, OSError])
def test_a_fault_of_our_own_is_told_once_and_ends_the_task(
    kind: type[Exception], capfd: pytest.CaptureFixture[str]
) -> None:
    def fault() -> Reply:
        raise kind("oh")

    with Served(fault, said()) as served:
        answer = served.message()
        assert (answer.status, answer.json["error"]["type"]) == (500, "api_error")
        assert f"{kind.__name__}: oh" in answer.json["error"]["message"]
        assert served.message().status == 403
    assert isinstance(served.session.failure, AgentError)
    assert isinstance(served.session.failure.__cause__, kind)
    assert capfd.readouterr() == ("", "")


def test_an_attempt_gets_the_time_that_is_left() -> None:
    given: list[float] = []

    class Slow(Tape):
        def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:
            return send(body)

    class Gateway:
        def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:  # noqa: ARG002
            given.append(seconds)
            return answered()

        def close(self) -> None:
            pass

    with Served() as served:
        served.session = Session(chain(), Gateway())
        served.session.use(Slow())
        with served.session.serve() as endpoint:
            endpoint.seconds = lambda: 42.0
            endpoint.ask({"messages": HELLO})
    assert given == [42.0]


@pytest.mark.parametrize("client", ["openai", "anthropic"])
@pytest.mark.parametrize("reply", ["answer", "refusal"])
def test_a_client_that_waits_for_a_stream_gets_signs_of_life(client: str, reply: str) -> None:
    """However long the model takes; an error is an event then, and still nobody tries again."""
    seen = threading.Event()

    def late() -> Reply:
        assert seen.wait(60)
        return said("late") if reply == "answer" else unanswered("quota")

    with Served(late) as served:
        served.endpoint.silence = 0.001
        path = "/v1/chat/completions" if client == "openai" else "/v1/messages"
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        headers = {"authorization": f"Bearer {served.endpoint.token}"}
        connection.request("POST", path, json.dumps({"messages": HELLO, "stream": True}), headers)
        response = connection.getresponse()
        assert response.status == 200
        assert response.readline() == b": a model is being asked\n"
        seen.set()
        told = response.read().decode()
        connection.close()
    assert ("late" in told) is (reply == "answer")
    last = told.split("\n\n")[-2].lstrip()
    if reply == "refusal":
        assert last.startswith("event: error\ndata: {")
    else:
        assert last == "data: [DONE]" if client == "openai" else last.startswith("event: message_stop\n")


def test_clients_understand_signs_of_life_and_errors_behind_them() -> None:
    """A client has its stream as soon as the first sign comes, before there is an answer."""
    replies = [said("a"), said("b"), unanswered("context_length_exceeded"), unanswered("quota")]
    begun = threading.Semaphore(0)

    def late() -> Reply:
        assert begun.acquire(timeout=60)
        return replies.pop(0)

    with Served(late, late, late, late) as served:
        served.endpoint.silence = 0.001
        ours, theirs = served.openai(), served.anthropic()
        asked: Any = {"model": "x", "messages": HELLO}
        chunks = ours.chat.completions.create(stream=True, **asked)
        begun.release()
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "a"
        with theirs.messages.stream(max_tokens=5, **asked) as events:
            begun.release()
            assert events.get_final_text() == "b"
        told = theirs.messages.create(max_tokens=5, stream=True, **asked)
        begun.release()
        with pytest.raises(anthropic.APIStatusError, match="prompt is too long"):
            list(told)
        chunks = ours.chat.completions.create(stream=True, **asked)
        begun.release()
        with pytest.raises(openai.APIError, match="no model answered"):
            list(chunks)
        assert len(served.tape.bodies) == 4


def test_whether_a_call_is_being_made() -> None:
    seen: list[bool] = []

    def look() -> Reply:
        seen.append(served.endpoint.busy)
        return said()

    with Served(look) as served:
        assert not served.endpoint.busy
        served.chat()
        assert not served.endpoint.busy
    assert seen == [True]


VALUES: tuple[Any, ...] = (None, True, 0, -1.5, "", "text", "\ud800", [], {}, [[]], [None], {"type": "text"}, [{}])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a JSON value something stands."""
    if path:
        yield path
    if isinstance(value, (dict, list)):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*path, key))


FULL: Json = {
    "model": "claude", "max_tokens": 5, "stream": True, "stop_sequences": ["x"],
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "tool", "name": "f"},
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "t"}, {"type": "image", "source": {"type": "url", "url": "u"}},
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "t"}]}},
        ]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "s"}, {"type": "redacted_thinking", "data": "d"},
            {"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "i", "content": [{"type": "text", "text": "t"}], "is_error": True},
        ]},
    ],
}  # fmt: skip


def test_no_request_whatever_it_holds_is_a_fault_of_ours() -> None:
    """Every member of a request, replaced by things that it should not be."""
    requests = []
    for path in places(FULL):
        for value in VALUES:
            body = json.loads(json.dumps(FULL))
            place = body
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            requests.append(body)
    statuses = set()
    with Served(*[said()] * 2 * len(requests)) as served:
        for body in random.Random(1).sample(requests, len(requests)):
            for path_ in ("/v1/messages", "/v1/messages/count_tokens"):
                answer = served.request("POST", path_, body)
                statuses.add(answer.status)
                assert answer.status in (200, 400), (answer.json, body)
        assert statuses == {200, 400}
        assert served.session.failure is None


class TestTheEnd:
    """A program is gone while a model still thinks."""

    @pytest.fixture
    def asked(self) -> threading.Event:
        return threading.Event()

    @pytest.fixture
    def answer_now(self) -> Iterator[threading.Event]:
        event = threading.Event()
        yield event
        event.set()

    @pytest.fixture
    def gateway(self, asked: threading.Event, answer_now: threading.Event) -> Iterator[GatewayClient]:
        """A gateway whose model thinks until it is told to answer."""

        def think(_: Asked) -> Answer:
            asked.set()
            answer_now.wait(60)
            return Answer(200, answered("late").body)

        with Provider(think) as server:
            client = GatewayClient(server.base.removesuffix("/api/v1"), "the-token")
            yield client
            client.close()

    @pytest.fixture
    def session(self, gateway: GatewayClient) -> Session:
        session = Session(chain(), gateway)
        session.use(Through())
        return session

    def test_a_call_that_nobody_waits_for_is_given_up_when_a_limit_ended_the_work(
        self, session: Session, asked: threading.Event
    ) -> None:
        with session.serve() as endpoint:
            thread = asks(endpoint)
            assert asked.wait(60)
            endpoint.stopped = "seconds"
        thread.join()
        assert (session.calls, session.exchanges, session.failure) == ([], [], None)
        assert not serving_threads()

    def test_else_its_answer_is_recorded(
        self, session: Session, asked: threading.Event, answer_now: threading.Event
    ) -> None:
        """In a replay the program may come to ask for it."""
        with session.serve() as endpoint:
            thread = asks(endpoint)
            assert asked.wait(60)
            late = threading.Thread(target=set_once_closed, args=(answer_now, listen(endpoint)))
            late.start()
        thread.join()
        late.join()
        assert [one.answer["content"] for one in session.exchanges] == ["late"]

    def test_who_waits_for_a_quota_is_given_up_too(self) -> None:
        waits = threading.Event()

        def refuse(_: Asked) -> Answer:
            waits.set()
            return Answer(403, unanswered("quota", resets_at=time.time() + 1000).body)

        with Provider(refuse) as server:
            client = GatewayClient(server.base.removesuffix("/api/v1"), "the-token")
            session = Session(chain(), QuotaWaiter(client, float("inf")))
            session.use(Through())
            with session.serve() as endpoint:
                thread = asks(endpoint)
                assert waits.wait(60)
                endpoint.stopped = "seconds"
            thread.join()
            assert session.failure is None
            assert len(server.asked) == 1
        assert not serving_threads()


def listen(endpoint: Any) -> int:
    """The port of a new socket that is served."""
    listening = socket.create_server(("127.0.0.1", 0))
    endpoint.accept(listening)
    port: int = listening.getsockname()[1]
    return port


def asks(endpoint: Any) -> threading.Thread:
    """A program that asks in a thread."""
    port = listen(endpoint)

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"authorization": f"Bearer {endpoint.token}"}
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps({"messages": HELLO}), headers)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def set_once_closed(event: threading.Event, port: int) -> None:
    """Set an event when nobody listens any more."""
    with contextlib.suppress(ConnectionRefusedError):
        while True:
            socket.create_connection(("127.0.0.1", port)).close()
    event.set()


def serving_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("agent-endpoint")]


def test_serving_imports_nothing_heavy() -> None:
    code = """
import sys, json, socket, urllib.request
from tests.models.answers import Tape, answered, chain
from pytest_agenttasks.models import Session
session = Session(chain())
session.use(Tape(answered(), answered()))
with session.serve() as endpoint:
    listening = socket.create_server(("127.0.0.1", 0))
    endpoint.accept(listening)
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{path}"
        data = json.dumps({"messages": [{"role": "user", "content": "x"}]}).encode()
        request = urllib.request.Request(url, data, {"authorization": "Bearer " + endpoint.token})
        assert urllib.request.urlopen(request).status == 200
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"litellm", "openai", "anthropic", "aiohttp", "httpx", "vcr", "tiktoken"} & set(done.stdout.split())


def test_an_error_of_any_kind_has_a_status() -> None:
    with Served(AgentTasksError("odd")) as served:
        assert code_of(served.chat()) == (403, "failed")
