"""OpenAI's own client, served."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.models.answers import chain, unanswered
from tests.models.endpoint.serving import CALL, HELLO, PIXEL, TOOL, Given, Served, called, said


def test_a_whole_answer() -> None:
    with Served(said("hi", usage={"prompt_tokens_details": {"cached_tokens": 64}})) as served:
        answer = served.openai().chat.completions.create(model="gpt-9", messages=HELLO)
        assert answer.choices[0].message.content == "hi"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.model == "gpt-9", "whatever the client named"
        assert answer.id == "gen-1"
        assert answer.usage is not None
        assert answer.usage.total_tokens == 120
        assert answer.usage.prompt_tokens_details is not None
        assert answer.usage.prompt_tokens_details.cached_tokens == 64
        assert served.asked == {"model": "m", "messages": HELLO}, "the task's chain decides"
        assert not (answer.model_extra or {}).get("agenttasks")


def test_a_stream() -> None:
    with Served(said("hi", reasoning_content="hm")) as served:
        chunks = list(served.openai().chat.completions.create(model="x", messages=HELLO, stream=True))
        deltas = [chunk.choices[0].delta for chunk in chunks]
        assert "".join(delta.content or "" for delta in deltas) == "hi"
        assert deltas[0].role == "assistant"
        assert (deltas[0].model_extra or {})["reasoning_content"] == "hm"
        assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, "stop"]
        assert all(chunk.usage is None for chunk in chunks)
        assert served.asked == {"model": "m", "messages": HELLO}, "a cassette has whole answers"


def test_a_stream_with_usage() -> None:
    options: Any = {"include_usage": True}
    with Served(said()) as served:
        client = served.openai()
        *chunks, last = client.chat.completions.create(model="x", messages=HELLO, stream=True, stream_options=options)
        assert last.choices == []
        assert last.usage is not None
        assert last.usage.total_tokens == 120
        assert all(chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("stream", [False, True])
def test_tools_there_and_back(stream: bool) -> None:
    with Served(called(), said("sunny")) as served:
        client = served.openai()
        messages = list(HELLO)
        if stream:
            with client.chat.completions.stream(model="x", messages=messages, tools=[TOOL]) as events:
                message: Any = events.get_final_completion().choices[0].message
        else:
            message = client.chat.completions.create(model="x", messages=messages, tools=[TOOL]).choices[0].message
        assert message.tool_calls is not None
        call = message.tool_calls[0]
        assert call.type == "function"
        assert (call.id, call.function.name, call.function.arguments) == ("call_1", "weather", '{"city":"Bern"}')
        messages.append(message.model_dump(exclude_none=True))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "sun"})
        client.chat.completions.create(model="x", messages=messages, tools=[TOOL], tool_choice="auto")
        assert served.asked["tools"] == [TOOL]
        assert served.asked["tool_choice"] == "auto"
        assert served.asked["messages"][1]["tool_calls"] == [CALL]
        assert served.asked["messages"][2] == {"role": "tool", "tool_call_id": "call_1", "content": "sun"}


def test_what_a_program_loses_of_its_tool_calls_is_put_back() -> None:
    """Gemini refuses a conversation whose calls have lost their signatures."""
    signed = {**CALL, "provider_specific_fields": {"thought_signature": "S1"}}
    bare = {**CALL, "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
    other = {**CALL, "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
    with Served(said(None, finish="tool_calls", tool_calls=[signed]), said(), said()) as served:
        served.chat()
        for call, expected in ((bare, signed), (other, other)):
            served.chat(*HELLO, {"role": "assistant", "content": "", "tool_calls": [call]})
            assert served.asked["messages"][1]["tool_calls"] == [expected]


def test_parameters_and_pictures_go_on_as_they_are() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    params: Any = {
        "temperature": 0.5, "top_p": 0.9, "stop": ["END"], "reasoning_effort": "high", "seed": 7, "n": 1,
        "response_format": {"type": "json_object"}, "extra_body": {"min_p": 0.1},
    }  # fmt: skip
    messages: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "what is it?"}, picture]}]
    with Served(said()) as served:
        client = served.openai()
        client.chat.completions.create(model="x", messages=messages, store=True, metadata={"a": "b"}, **params)
        extra = params.pop("extra_body")
        assert served.asked == {"model": "m", "messages": messages, **params, **extra}


def test_several_choices() -> None:
    reply = said("a")
    reply.body["choices"].append(
        {"index": 1, "message": {"role": "assistant", "content": "b"}, "finish_reason": "stop"}
    )
    with Served(reply) as served:
        chunks = list(served.openai().chat.completions.create(model="x", messages=HELLO, n=2, stream=True))
        texts = ["", ""]
        for chunk in chunks:
            texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
        assert texts == ["a", "b"]


def test_models() -> None:
    with Served(models=chain("flash", "other")) as served:
        client = served.openai()
        assert [model.id for model in client.models.list()] == ["flash", "agent"]
        assert client.models.retrieve("gpt-9").id == "gpt-9"


REFUSED: dict[str, tuple[Given, type[openai.APIStatusError], str]] = {
    "quota": (unanswered("quota", resets_at=2e9), openai.PermissionDeniedError, "quota"),
    "unavailable": (unanswered("unavailable"), openai.PermissionDeniedError, "unavailable"),
    "refused": (unanswered("refused"), openai.PermissionDeniedError, "refused"),
    "budget": (unanswered("budget"), openai.PermissionDeniedError, "budget"),
    "context": (unanswered("context_length_exceeded"), openai.BadRequestError, "context_length_exceeded"),
    "tools": (unanswered("tools_unsupported"), openai.BadRequestError, "tools_unsupported"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("stream", [False, True])
def test_no_refusal_is_retried(case: str, stream: bool) -> None:
    reply, kind, code = REFUSED[case]
    with Served(reply) as served:
        with pytest.raises(kind) as refused:
            served.openai().chat.completions.create(model="x", messages=HELLO, stream=stream)
        assert refused.value.code == code
        assert len(served.tape.bodies) == 1


def test_a_wrong_token() -> None:
    with Served() as served:
        client = openai.OpenAI(base_url=served.variables["OPENAI_BASE_URL"], api_key="sk-other")
        with pytest.raises(openai.AuthenticationError, match="not the one of this task"):
            client.chat.completions.create(model="x", messages=HELLO)
        assert served.tape.bodies == []
