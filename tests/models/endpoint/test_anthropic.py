"""Anthropic's own client, served."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import pytest

from pytest_agenttasks.models import Preset
from pytest_agenttasks.results import Json
from tests.models.answers import chain, unanswered
from tests.models.endpoint.serving import CALL, HELLO, PIXEL, THEIR_TOOL, TOOL, Given, Served, called, said

PICTURE: Any = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
LINK: Any = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
CACHED: Any = {"type": "ephemeral"}

Body = dict[str, Any]


def plain(**more: Any) -> Body:
    return {"model": "claude-9", "max_tokens": 100, "messages": HELLO, **more}


def test_a_whole_answer() -> None:
    usage = {"prompt_tokens_details": {"cached_tokens": 64}, "cache_creation_input_tokens": 16}
    with Served(said("hi", usage=usage)) as served:
        message = served.anthropic().messages.create(**plain())
        assert message.to_dict() == {
            "id": "msg_gen-1", "type": "message", "role": "assistant", "model": "claude-9",
            "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {
                "input_tokens": 20, "cache_creation_input_tokens": 16, "cache_read_input_tokens": 64,
                "output_tokens": 20,
            },
        }  # fmt: skip
        assert served.asked == {"model": "m", "messages": HELLO, "max_tokens": 100}


def events(data: bytes) -> list[tuple[str, Json]]:
    """Names and data of a stream."""
    found = []
    for event in data.decode().split("\n\n")[:-1]:
        name, told = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(told.removeprefix("data: "))))
    return found


def test_the_events_of_a_stream() -> None:
    reply = called(content="look", thinking_blocks=[{"type": "thinking", "thinking": "hm", "signature": "SIG"}])
    with Served(reply) as served:
        answer = served.message(stream=True)
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer.data)
    assert all(name == data["type"] for name, data in told)
    assert [name for name, _ in told if name != "ping"] == [
        "message_start",
        *("content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"),
        *("content_block_start", "content_block_delta", "content_block_stop"),
        *("content_block_start", "content_block_delta", "content_block_stop"),
        "message_delta", "message_stop",
    ]  # fmt: skip
    start = told[0][1]["message"]
    assert (start["content"], start["stop_reason"], start["usage"]["input_tokens"]) == ([], None, 100)
    blocks = [data["content_block"] for name, data in told if name == "content_block_start"]
    assert blocks == [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
    ]
    deltas = [(data["index"], data["delta"]) for name, data in told if name == "content_block_delta"]
    assert deltas == [
        (0, {"type": "thinking_delta", "thinking": "hm"}),
        (0, {"type": "signature_delta", "signature": "SIG"}),
        (1, {"type": "text_delta", "text": "look"}),
        (2, {"type": "input_json_delta", "partial_json": '{"city": "Bern"}'}),
    ]
    end = told[-2][1]
    assert end["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}
    assert end["usage"]["output_tokens"] == 20


@pytest.mark.parametrize("stream", [False, True])
def test_tools_there_and_back(stream: bool) -> None:
    with Served(called(), said("sunny")) as served:
        client, body = served.anthropic(), plain(tools=[THEIR_TOOL], tool_choice={"type": "any"})
        if stream:
            with client.messages.stream(**body) as told:
                message: Any = told.get_final_message()
        else:
            message = client.messages.create(**body)
        assert served.asked["tools"] == [TOOL]
        assert served.asked["tool_choice"] == "required"
        assert message.stop_reason == "tool_use"
        (use,) = message.content
        assert (use.id, use.name, use.input) == ("call_1", "weather", {"city": "Bern"})
        output: Any = [{"type": "text", "text": "sun"}, PICTURE]
        result: Any = {"type": "tool_result", "tool_use_id": use.id, "content": output, "is_error": True}
        turns: Any = [
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": [result, {"type": "text", "text": "go on"}]},
        ]
        client.messages.create(**plain(tools=[THEIR_TOOL], messages=[*HELLO, *turns]))
        told_now = "[the tool failed]\nsun\n\n[the pictures of this output are in the next message]"
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
        assert served.asked["messages"][1:] == [
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": told_now},
            {"role": "user", "content": [picture, {"type": "text", "text": "go on"}]},
        ]


THOUGHTS: dict[str, Json] = {
    "signed": {
        "reasoning_content": "one two",
        "thinking_blocks": [
            {"type": "thinking", "thinking": "one ", "signature": "S1"},
            {"type": "redacted_thinking", "data": "D1"},
            {"type": "thinking", "thinking": "two", "signature": "S2"},
        ],
    },
    "details": {
        "reasoning_content": "hm",
        "reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "S", "format": "f", "index": 0}],
    },
    "encrypted": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "D", "id": "rs_1"}]},
    "plain": {"reasoning_content": "hm"},
}


@pytest.mark.parametrize("kind", THOUGHTS)
@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_come_back_as_the_model_gave_them(kind: str, stream: bool) -> None:
    with Served(said("hi", **THOUGHTS[kind]), said()) as served:
        client = served.anthropic()
        if stream:
            with client.messages.stream(**plain()) as told:
                message: Any = told.get_final_message()
        else:
            message = client.messages.create(**plain())
        assert message.content[0].type in ("thinking", "redacted_thinking")
        assert message.content[-1].text == "hi"
        thought = "".join(block.thinking for block in message.content if block.type == "thinking")
        assert thought == THOUGHTS[kind].get("reasoning_content", "")
        turns: Any = [{"role": "assistant", "content": message.content}, {"role": "user", "content": "go on"}]
        client.messages.create(**plain(messages=[*HELLO, *turns]))
        assert served.asked["messages"][1] == {"role": "assistant", "content": "hi", **THOUGHTS[kind]}


@pytest.mark.parametrize("signature", ["agenttasks:", "agenttasks:!!", "agenttasks:bnVsbA==", "agenttasks:W10="])
def test_a_seal_that_was_tampered_with_holds_nothing(signature: str) -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": signature}
    with Served(said()) as served:
        assert served.message(*HELLO, {"role": "assistant", "content": [block]}).status == 200
        assert served.asked["messages"][1] == {"role": "assistant", "content": "", "reasoning_content": "hm"}


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"top_p": 0.9, "top_k": 5, "temperature": 0.5}, {"top_p": 0.9, "top_k": 5, "temperature": 0.5}),
        ({"stop_sequences": ["END"]}, {"stop": ["END"]}),
        ({"metadata": {"user_id": "u"}, "service_tier": "auto"}, {}),
        ({"thinking": {"type": "enabled", "budget_tokens": 4096}}, {"reasoning_effort": "high"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"reasoning_effort": "low"}),
        ({"thinking": {"type": "disabled"}}, {}),
        ({"output_config": {"effort": "max"}}, {"reasoning_effort": "high"}),
        ({"tools": [THEIR_TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
         {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False}),
        ({"tools": [THEIR_TOOL], "tool_choice": {"type": "tool", "name": "weather"}},
         {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "weather"}}}),
        ({"tools": [{**THEIR_TOOL, "cache_control": CACHED}]}, {"tools": [{**TOOL, "cache_control": CACHED}]}),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
         {"response_format": {"type": "json_schema", "json_schema": {
             "name": "answer", "schema": {"type": "object"}, "strict": True}}}),
    ],
)  # fmt: skip
def test_parameters(given: Body, asked: Json) -> None:
    with Served(said()) as served:
        served.anthropic().messages.create(**plain(**given))
        assert served.asked == {"model": "m", "messages": HELLO, "max_tokens": 100, **asked}


def test_a_budget_of_thoughts_goes_on_to_models_that_take_one() -> None:
    thinking: Any = {"type": "enabled", "budget_tokens": 5000}
    with Served(said(), models=chain(Preset("opus", "anthropic/claude-opus"), "other")) as served:
        served.anthropic().messages.create(**plain(thinking=thinking))
        assert served.asked["thinking"] == thinking
        assert "reasoning_effort" not in served.asked


TEXT = {"type": "text", "text": "a"}
MARKED: Any = {**TEXT, "cache_control": CACHED}


@pytest.mark.parametrize(
    ("system", "asked"),
    [
        ("be kind", "be kind"),
        ([TEXT, TEXT], "a\n\na"),
        ([TEXT, MARKED], [TEXT, MARKED]),
        ([{"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1; cch=12345;"}, TEXT], "a"),
    ],
)
def test_system_prompts(system: Any, asked: Any) -> None:
    with Served(said()) as served:
        served.anthropic().messages.create(**plain(system=system))
        assert served.asked["messages"] == [{"role": "system", "content": asked}, *HELLO]


@pytest.mark.parametrize(
    ("blocks", "parts"),
    [
        ([TEXT, PICTURE], [TEXT, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]),
        ([LINK], [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]),
        ([MARKED], [MARKED]),
        ([{"type": "document", "title": "a.pdf",
           "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}}],
         [{"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}}]),
        ([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "note"}}], "note"),
    ],
)  # fmt: skip
def test_what_users_say(blocks: Any, parts: Any) -> None:
    with Served(said()) as served:
        served.anthropic().messages.create(**plain(messages=[{"role": "user", "content": blocks}]))
        assert served.asked["messages"] == [{"role": "user", "content": parts}]


def test_outputs_of_several_tools_follow_their_calls_at_once() -> None:
    uses = [{"type": "tool_use", "id": name, "name": "f", "input": {}} for name in "ab"]
    results = [{"type": "tool_result", "tool_use_id": name, "content": f"out {name}"} for name in "ab"]
    turns = [{"role": "assistant", "content": uses}, {"role": "user", "content": [results[0], TEXT, results[1]]}]
    with Served(said()) as served:
        assert served.message(*HELLO, *turns).status == 200
        roles = [(one["role"], one["content"]) for one in served.asked["messages"][2:]]
        assert roles == [("tool", "out a"), ("tool", "out b"), ("user", "a")]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal"), ("odd", "end_turn")],
)
def test_why_it_stopped(finish: str, reason: str) -> None:
    with Served(said(finish=finish)) as served:
        assert served.anthropic().messages.create(**plain()).stop_reason == reason


def test_a_call_without_the_right_reason_is_a_call() -> None:
    with Served(said("", tool_calls=[CALL])) as served:
        assert served.anthropic().messages.create(**plain()).stop_reason == "tool_use"


def test_arguments_that_are_no_object_come_through() -> None:
    broken = {**CALL, "function": {"name": "weather", "arguments": '{"city": '}}
    with Served(said(None, tool_calls=[broken])) as served:
        (use,) = served.anthropic().messages.create(**plain()).content
        assert use.type == "tool_use"
        assert use.input == {"unreadable": '{"city": '}


@pytest.mark.parametrize(
    "tool", [{"type": "web_search_20250305", "name": "web_search"}, {"type": "bash_20250124", "name": "bash"}]
)
def test_tools_that_only_anthropic_has_are_refused_in_words(tool: Any) -> None:
    with Served() as served:
        with pytest.raises(anthropic.BadRequestError, match="Anthropic's own"):
            served.anthropic().messages.create(**plain(tools=[tool]))
        assert served.session.failure is None


def test_tokens_are_estimated_without_a_model() -> None:
    with Served() as served:
        count = served.anthropic().messages.count_tokens
        short = count(model="x", messages=HELLO).input_tokens
        long = count(model="x", messages=[{"role": "user", "content": "word " * 700}]).input_tokens
        seen = count(model="x", messages=[{"role": "user", "content": [PICTURE]}]).input_tokens
        assert 0 < short < 30
        assert 700 < long < 1400
        assert 1600 < seen < 1700
        assert served.tape.bodies == []


def test_models() -> None:
    with Served(models=chain("flash")) as served:
        assert [model.id for model in served.anthropic().models.list()] == ["flash", "agent"]
        assert served.anthropic().models.retrieve("claude-9").id == "claude-9"


REFUSED: dict[str, tuple[Given, type[anthropic.APIStatusError], str, str]] = {
    "quota": (unanswered("quota", resets_at=2e9), anthropic.PermissionDeniedError, "permission_error", "no model"),
    "unavailable": (unanswered("unavailable"), anthropic.PermissionDeniedError, "permission_error", "no model"),
    "context": (
        unanswered("context_length_exceeded"), anthropic.BadRequestError, "invalid_request_error", "prompt is too long"
    ),
    "tools": (unanswered("tools_unsupported"), anthropic.BadRequestError, "invalid_request_error", "no model"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("stream", [False, True])
def test_no_refusal_is_retried(case: str, stream: bool) -> None:
    reply, kind, name, words = REFUSED[case]
    with Served(reply) as served:
        with pytest.raises(kind) as refused:
            served.anthropic().messages.create(**plain(stream=stream))
        body: Any = refused.value.body
        assert (body["type"], body["error"]["type"]) == ("error", name)
        assert words in body["error"]["message"]
        assert len(served.tape.bodies) == 1


def test_a_wrong_token() -> None:
    with Served() as served:
        client = anthropic.Anthropic(base_url=served.variables["ANTHROPIC_BASE_URL"], api_key="sk-other")
        with pytest.raises(anthropic.AuthenticationError):
            client.messages.create(**plain())
        assert served.tape.bodies == []
