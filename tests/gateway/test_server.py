from __future__ import annotations

import http.client
import json
import select

import pytest

from tests.gateway.test_router_over_http import TOOLS
from tests.gateway.world import TOKEN, Group, World, request
from tests.provider import Answer, completion

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions", "/no/such"])
def test_nothing_without_the_token(world: World, given: str, path: str) -> None:
    reply = request(world.port, "GET", path, authorization=given.encode().decode("latin-1"))
    assert (reply.status, reply.body["error"]["code"]) == (401, "invalid_token")


def test_health_needs_no_token(world: World) -> None:
    reply = request(world.port, "GET", "/health", authorization="")
    assert reply.body["ready"] is True
    assert reply.body["error"] is None


def test_models_are_listed_by_name_without_retired_ones(world: World) -> None:
    reply = request(world.port, "GET", "/v1/models")
    ids = {one["id"] for one in reply.body["data"]}
    assert "a0" in ids
    assert "gemini-flash" not in ids


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"model": 1}', '{"model": "a1"}', '{"model": "a1", "messages": []}',
             '{"model": "a1", "messages": ["x"]}'],
)  # fmt: skip
def test_requests_that_make_no_sense(world: World, body: str) -> None:
    reply = request(world.port, "POST", "/v1/chat/completions", body)
    assert (reply.status, reply.body["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_seconds_that_are_none(group: Group, seconds: str) -> None:
    assert group.chat("b", x_agenttasks_seconds=seconds).status == 400


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/chat"])
def test_unknown_paths(world: World, path: str) -> None:
    reply = request(world.port, "GET", path)
    assert (reply.status, reply.body["error"]["code"]) == (404, "invalid_request")


def test_an_unknown_model_is_named(world: World) -> None:
    body = {"model": "gemini-flahs", "messages": [{"role": "user", "content": "x"}]}
    reply = request(world.port, "POST", "/v1/chat/completions", body)
    assert (reply.status, reply.body["error"]["code"]) == (404, "model_not_found")
    assert "'gemini-flahs'" in reply.body["error"]["message"]
    assert "gemini-flash" in reply.body["error"]["message"], "the nearest name"


def test_without_a_chain_the_own_default_chain_follows(world: World) -> None:
    group = world.groups[0] if world.groups else world.group()
    assert group.number == 0, "models.yaml names group 0 in its default chain"
    body = {"model": "k0", "messages": [{"role": "user", "content": "x"}]}
    reply = request(world.port, "POST", "/v1/chat/completions", body)
    assert reply.story[0][0] == "k"
    assert reply.body["agenttasks"]["served"] in (group.id("a"), group.id("b"))


@pytest.mark.parametrize("letter", ["a", "b"])
def test_an_answer_is_a_clean_completion(group: Group, letter: str) -> None:
    reply = group.chat(letter).body
    cost = reply.pop("agenttasks")["cost_usd"]
    assert cost == 0.0
    assert reply == {
        "id": "gen-1", "object": "chat.completion", "created": 1700000000, "model": f"real-{letter}",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "done"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "cost": 0},
    }  # fmt: skip


def test_an_unknown_cost_is_not_zero(group: Group) -> None:
    body = json.loads(json.dumps(completion("x").body))
    del body["usage"]["cost"]
    group.on("b", Answer(200, body))
    assert group.chat("b").body["agenttasks"]["cost_usd"] is None


def test_what_a_provider_charges_is_told(group: Group) -> None:
    body = json.loads(json.dumps(completion("x").body))
    body["usage"]["cost"] = 0.00183
    group.on("a", Answer(200, body))
    assert group.chat("a").body["agenttasks"]["cost_usd"] == 0.00183


def test_reasoning_and_tool_calls_are_kept(group: Group) -> None:
    body = json.loads(json.dumps(completion(None, tool_calls=[CALL]).body))
    body["choices"][0]["message"]["reasoning"] = "hm"
    group.on("a", Answer(200, body))
    message = group.chat("a", TOOLS).body["choices"][0]["message"]
    assert message == {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]}


def test_parameters_of_the_preset_are_under_those_of_the_call(group: Group) -> None:
    group.chat("p", {"temperature": 0.1, "max_tokens": 7, "transforms": ["middle-out"]})
    sent = group.asked("p")[0].body
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"]) == (0.1, 0.9, 7)
    assert sent["transforms"] == ["middle-out"]


@pytest.mark.parametrize("letter", ["a", "b"])
def test_a_caller_cannot_steer_litellm(group: Group, letter: str) -> None:
    """A key must go nowhere but to its own server, and no answer may be made up."""
    evil = {"api_base": "http://127.0.0.1:1/", "base_url": "http://127.0.0.1:1/", "api_key": "mine",
            "mock_response": "made up", "custom_llm_provider": "ollama", "num_retries": 5}  # fmt: skip
    reply = group.chat(letter, evil)
    assert reply.body["choices"][0]["message"]["content"] == "done"
    assert group.asked(letter)[0].headers["authorization"] == "Bearer secret-key-one"


def test_no_key_of_the_environment_goes_to_a_server_that_needs_none(group: Group) -> None:
    group.chat("x")
    assert group.asked("x")[0].headers["authorization"] == "Bearer not-needed"


HISTORY = [
    {"role": "user", "content": "go", "cache": 1},
    {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **CALL}], "refusal": None, "annotations": [],
     "reasoning_content": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
    {"role": "tool", "tool_call_id": "call_1", "content": "42"},
]  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_a_conversation_stays_valid_for_another_model(group: Group, letter: str) -> None:
    group.chat(f"{letter}x", {"messages": HISTORY, **TOOLS})
    assert group.asked(letter)[0].body["messages"] == [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]


def test_a_model_gets_its_own_thoughts_back(group: Group) -> None:
    group.chat("ab", {"messages": HISTORY, **TOOLS}, x_agenttasks_last=group.id("a"))
    sent = group.asked("a")[0].body["messages"][1]
    assert sent["reasoning_details"] == [{"type": "reasoning.text", "text": "hm"}]


def chunks(text: str) -> list[dict[str, object]]:
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_a_stream_is_made_of_a_whole_answer(group: Group) -> None:
    group.on("a", completion("words", model="real-a", tool_calls=[CALL]))
    reply = group.chat("a", {"stream": True, **TOOLS})
    assert reply.headers["content-type"] == "text/event-stream"
    first, last = chunks(reply.text)
    delta = first["choices"][0]["delta"]  # type: ignore[index]
    assert delta == {"role": "assistant", "content": "words", "tool_calls": [{"index": 0, **CALL}]}
    assert last["choices"][0]["finish_reason"] == "tool_calls"  # type: ignore[index]
    assert last["agenttasks"]["served"] == group.id("a")  # type: ignore[index]
    assert "agenttasks" not in first
    assert "stream" not in group.asked("a")[0].body or not group.asked("a")[0].body["stream"]


def test_a_stream_ends_with_the_usage_where_asked_for(group: Group) -> None:
    reply = group.chat("a", {"stream": True, "stream_options": {"include_usage": True}})
    last = chunks(reply.text)[-1]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 120  # type: ignore[index]
    assert last["agenttasks"]["requested"] == group.name("a")  # type: ignore[index]


def test_a_stream_that_fails_is_an_error_like_any_other(group: Group) -> None:
    group.on("b", Answer(404, {"error": {"message": "none"}}))
    reply = group.chat("b", {"stream": True})
    assert (reply.status, reply.body["error"]["code"]) == (403, "refused")


def test_a_large_request_passes(group: Group) -> None:
    text = "x" * (3 * 2**20)
    assert group.chat("b", {"messages": [{"role": "user", "content": text}]}).status == 200
    assert group.asked("b")[0].body["messages"][0]["content"] == text


def test_a_caller_that_hangs_up_ends_the_request_upstream(world: World) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", world.port)
    body = json.dumps({"model": "raw1", "messages": [{"role": "user", "content": "x"}]})
    headers = {"authorization": f"Bearer {TOKEN}", "x-agenttasks-pinned": "1"}
    connection.request("POST", "/v1/chat/completions", body, headers)
    world.raw.settimeout(10)
    upstream, _ = world.raw.accept()
    with upstream:
        assert upstream.recv(10)
        connection.close()
        upstream.settimeout(10)
        while upstream.recv(65536):
            pass


def test_calls_run_side_by_side(world: World) -> None:
    """/health is answered while a call waits for its model."""
    connection = http.client.HTTPConnection("127.0.0.1", world.port)
    body = json.dumps({"model": "raw1", "messages": [{"role": "user", "content": "x"}]})
    headers = {"authorization": f"Bearer {TOKEN}", "x-agenttasks-pinned": "1"}
    connection.request("POST", "/v1/chat/completions", body, headers)
    world.raw.settimeout(10)
    upstream, _ = world.raw.accept()
    with upstream:
        assert request(world.port, "GET", "/health").status == 200
        assert not select.select([connection.sock], [], [], 0)[0]
    connection.close()
