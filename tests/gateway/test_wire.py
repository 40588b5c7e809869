"""OpenAI's chat format on both sides of the gateway."""

from __future__ import annotations

import json
import re

import pytest

from pytest_agenttasks.gateway.wire import clean_answer, upstream_request
from pytest_agenttasks.models import Preset
from pytest_agenttasks.results import Json

PRESET = Preset("m", "openrouter/a/m:free")


def call(arguments: object) -> Json:
    return {"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": arguments}}


def test_arguments_that_are_no_object_are_wrapped_for_providers_that_parse_them() -> None:
    for raw, sent in [
        ('{"command": "ls"}', {"command": "ls"}),
        ('{"command": "ls', {"unreadable": '{"command": "ls'}),
        ("[1]", {"unreadable": "[1]"}),
        ("", ""),
    ]:
        body = {"model": "m", "messages": [{"role": "assistant", "content": "", "tool_calls": [call(raw)]}]}
        (message,) = upstream_request(body, PRESET, same_model=True)["messages"]
        given = message["tool_calls"][0]["function"]["arguments"]
        assert (json.loads(given) if given else given) == sent


@pytest.mark.parametrize(
    ("model", "same_model", "given", "kept"),
    [
        ("mistral/m", False, "call_1", False), ("mistral/m", True, "call_1", False),
        ("mistral/m", False, "aB3dE6gH9", True), ("anthropic/c", False, "toolu_01", True),
        ("anthropic/c", False, "functions.bash:0", False), ("openai/o", False, "call_1__thought__" + "x" * 60, False),
        ("openrouter/a/m", False, "functions.bash:0", False), ("openrouter/a/m", True, "functions.bash:0", True),
        ("groq/l", True, "functions.bash:0", True),
    ],
)  # fmt: skip
def test_ids_of_tool_calls_fit_the_model_that_a_conversation_moves_to(
    model: str, same_model: bool, given: str, kept: bool
) -> None:
    messages = [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [call("{}") | {"id": given}, call("{}") | {"id": "other:2"}],
        },
        {"role": "tool", "tool_call_id": given, "content": "a"},
        {"role": "tool", "tool_call_id": "other:2", "content": "b"},
    ]
    asked, first, second = upstream_request({"messages": messages}, Preset("m", model), same_model=same_model)[
        "messages"
    ]
    assert [one["id"] for one in asked["tool_calls"]] == [first["tool_call_id"], second["tool_call_id"]]
    assert (first["tool_call_id"] == given) is kept
    assert first["tool_call_id"] != second["tool_call_id"]
    assert kept or re.fullmatch("[a-z0-9]{9}", first["tool_call_id"])


def test_tool_calls_without_an_id_get_one_that_is_theirs() -> None:
    without = {"type": "function", "function": {"name": "bash", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [without, without]}
    answer = clean_answer({"id": "gen-7", "choices": [{"message": message, "finish_reason": "tool_calls"}]})
    calls = answer["choices"][0]["message"]["tool_calls"]
    assert [one["id"] for one in calls] == ["call_0_gen-7", "call_1_gen-7"]


def test_a_client_waits_as_long_as_the_gateway_may_try() -> None:
    from pytest_agenttasks.gateway.router import TRIES_PER_CALL
    from pytest_agenttasks.models.client import ATTEMPTS

    assert ATTEMPTS == TRIES_PER_CALL


def test_parameters_of_a_preset_cannot_redirect_a_call() -> None:
    """As arguments of litellm these would send the key to another server, or rotate unseen."""
    params = {"temperature": 0.5, "api_base": "http://127.0.0.1:1", "fallbacks": ["x"], "transforms": ["middle-out"]}
    preset = Preset("m", "openai/x", params=params)
    request = upstream_request({"model": "m", "messages": [{"role": "user", "content": "x"}]}, preset, same_model=False)
    assert set(request) == {"temperature", "messages", "extra_body"}
    assert request["extra_body"] == {k: v for k, v in params.items() if k != "temperature"}
