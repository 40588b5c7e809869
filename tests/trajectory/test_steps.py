"""What was said and done becomes the steps of a trajectory."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pytest_agenttasks.calls import Attempt, CallFacts
from pytest_agenttasks.trajectory import SCHEMA_VERSION
from tests.trajectory.harbor import Harbor
from tests.trajectory.told import ASK, SYSTEM, Asked, M, Make, call, gives, says, short, user

PNG = base64.b64encode(b"\x89PNG not really").decode()


def test_the_models_refuse_what_is_no_trajectory(valid: Make, harbor: Harbor) -> None:
    document = valid([Asked([ASK], says("ok"))]).document
    assert "surprise" in harbor.trouble({**document, "surprise": 1})
    assert "step_id" in harbor.trouble({**document, "steps": document["steps"][1:]})


def test_a_conversation_with_tools(valid: Make) -> None:
    first = says(None, call("bash", '{"command": "ls"}'), call("bash", '{"command": "id"}', "c2"))
    then = [SYSTEM, ASK, first, gives("a.txt"), gives("root", "c2")]
    document = valid([Asked([SYSTEM, ASK], first), Asked(then, says("done"))]).document
    assert document["schema_version"] == SCHEMA_VERSION
    assert short(document["steps"]) == [("system", "Be brief."), ("user", "Do it."), ("agent", ""), ("agent", "done")]
    step = document["steps"][2]
    assert step["tool_calls"] == [
        {"tool_call_id": "c1", "function_name": "bash", "arguments": {"command": "ls"}},
        {"tool_call_id": "c2", "function_name": "bash", "arguments": {"command": "id"}},
    ]
    assert step["observation"]["results"] == [
        {"source_call_id": "c1", "content": "a.txt"},
        {"source_call_id": "c2", "content": "root"},
    ]


def test_a_step_tells_of_its_call(valid: Make) -> None:
    limited = Attempt(M, 429, "rotate", "account", "rate_limited", 1.5, "work")
    attempts = (limited, Attempt("openrouter/n", 200, "answered"))
    facts = CallFacts("m", "openrouter/n", attempts, 0.25, "vendor/n", 0.5)
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 7},
    }
    params = {"tools": [{"type": "function", "function": {"name": "bash"}}], "reasoning_effort": "high"}
    answer = says("ok", reasoning_content="hm", reasoning_details=[{"signature": "x"}], refusal="no")
    document = valid([Asked([ASK], answer, facts, "length", usage, params)]).document
    step = document["steps"][1]
    assert step["model_name"] == "openrouter/vendor/n"
    assert (step["reasoning_content"], step["reasoning_effort"], step["llm_call_count"]) == ("hm", "high", 1)
    assert step["metrics"] == {
        "prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 60, "cost_usd": 0.25,
        "extra": {"reasoning_tokens": 7},
    }  # fmt: skip
    record = step["extra"]["agenttasks"]
    assert (record["requested"], record["served"], record["served_as"]) == ("m", "openrouter/n", "vendor/n")
    assert [one["reason"] for one in record["attempts"]] == ["rate_limited", ""]
    assert (record["waited_s"], record["cost_usd"]) == (2.0, 0.25)
    assert (step["extra"]["finish_reason"], step["extra"]["message"]) == ("length", {"refusal": "no"})
    assert document["agent"]["tool_definitions"] == params["tools"]
    assert document["final_metrics"] == {
        "total_prompt_tokens": 100, "total_completion_tokens": 20, "total_cached_tokens": 60, "total_cost_usd": 0.25,
        "total_steps": 2,
    }  # fmt: skip


def test_what_nobody_knows_is_not_told_as_nothing(valid: Make) -> None:
    unknown = CallFacts("m", M, (), None)
    document = valid([Asked([ASK], says("a"), unknown, usage={}), Asked([ASK, says("a"), ASK], says("b"))]).document
    assert document["steps"][1]["metrics"] == {}
    assert document["final_metrics"] == {"total_prompt_tokens": 10, "total_completion_tokens": 2, "total_steps": 4}


@pytest.mark.parametrize(
    ("raw", "arguments"),
    [
        ('{"a": "b", "c": [1, null]}', {"a": "b", "c": [1, None]}),
        ({"a": 1}, {"a": 1}),
        ("", None),
        ('{"a": ', None),
        ("[1]", None),
        ('{"a": NaN}', None),
        (7, None),
        pytest.param('{"a": ' * 200 + "1" + "}" * 200, None, id="deep"),
        pytest.param("[" * 100_000, None, id="too deep"),
    ],
)
def test_arguments_that_are_no_object_are_kept_as_they_came(raw: Any, arguments: Any, valid: Make) -> None:
    (told,) = valid([Asked([ASK], says(None, call("bash", raw)))]).document["steps"][1]["tool_calls"]
    if arguments is None:
        assert (told["arguments"], told["extra"]) == ({}, {"raw_arguments": str(raw)})
    else:
        assert (told["arguments"], "extra" in told) == (arguments, False)


def test_outputs_in_plain_text_are_observations(valid: Make) -> None:
    """The built-in agent tells them in user messages to models without tool calling."""
    output = user("[output of bash]\nhi\n")
    document = valid([Asked([ASK], says("<tool>")), Asked([ASK, says("<tool>"), output], says("done"))]).document
    assert short(document["steps"]) == [("user", "Do it."), ("agent", "<tool>"), ("agent", "done")]
    assert document["steps"][1]["observation"]["results"] == [
        {"content": "[output of bash]\nhi\n", "extra": {"tool": "bash"}}
    ]


def test_calls_without_an_id_get_one_and_their_outputs_in_order(valid: Make) -> None:
    first = says(None, call("bash", id=None), call("bash", id=""))
    document = valid([Asked([ASK], first), Asked([ASK, first, gives("1", ""), gives("2", "")], says("x"))]).document
    step = document["steps"][1]
    assert [one["tool_call_id"] for one in step["tool_calls"]] == ["call_2_1", "call_2_2"]
    assert [(one["source_call_id"], one["content"]) for one in step["observation"]["results"]] == [
        ("call_2_1", "1"), ("call_2_2", "2")
    ]  # fmt: skip


def test_ids_that_come_again_mean_the_last_call(valid: Make) -> None:
    one = says(None, call("bash"))
    messages = [ASK, one, gives("1"), one, gives("2")]
    document = valid([Asked(messages[:1], one), Asked(messages[:3], one), Asked(messages, says("x"))]).document
    assert [step["observation"]["results"][0]["content"] for step in document["steps"][1:3]] == ["1", "2"]


def test_what_no_call_of_ours_said_is_marked_as_context(valid: Make) -> None:
    """Examples in the first request, roles of other times, outputs of nobody's calls."""
    example = [{"role": "developer", "content": "d"}, says("example", call("f", id="x")), gives("o", "x")]
    others = [gives("lost", "y"), {"role": "function", "name": "f", "content": "g"}, {"role": "critic", "content": "c"}]
    steps = valid([Asked([*example, *others, {"content": "no role"}], says("ok"))]).document["steps"]
    assert short(steps) == [
        ("system", "d"), ("agent", "example"), ("user", "lost"), ("user", "c"), ("user", "no role"), ("agent", "ok"),
    ]  # fmt: skip
    assert [step.get("is_copied_context") for step in steps] == [None, True, None, None, None, None]
    assert [one["content"] for one in steps[1]["observation"]["results"]] == ["o", "g"]
    assert steps[2]["extra"] == {"role": "tool"}
    assert steps[3]["extra"] == {"role": "critic"}


def test_an_older_function_call(valid: Make) -> None:
    answer = says(None, function_call={"name": "f", "arguments": '{"a": 1}'})
    then = Asked([ASK, answer, {"role": "function", "name": "f", "content": "out"}], says("x"))
    step = valid([Asked([ASK], answer), then]).document["steps"][1]
    assert step["tool_calls"] == [{"tool_call_id": "call_2_1", "function_name": "f", "arguments": {"a": 1}}]
    assert step["observation"]["results"][0] == {"source_call_id": "call_2_1", "content": "out"}


def test_reasoning_in_blocks(valid: Make) -> None:
    blocks = [{"type": "thinking", "thinking": "one"}, {"type": "redacted_thinking", "data": "?"}, "?"]
    step = valid([Asked([ASK], says("ok", thinking_blocks=blocks))]).document["steps"][1]
    assert step["reasoning_content"] == "one"
    assert "message" not in step["extra"]


IMAGE = "https://x.org/a"


@pytest.mark.parametrize("junk", [0, 1, "x", {}, {"a": 1}, [None], [[1]], ["x"], [{"function": 1}], [{"id": {}}], True])
@pytest.mark.parametrize(
    "name", ["content", "tool_calls", "function_call", "thinking_blocks", "reasoning", "tool_call_id"]
)
def test_whatever_a_client_sends_becomes_a_trajectory(name: str, junk: Any, valid: Make) -> None:
    """Requests of programs are as they are; the evidence of a task must not fail on them."""
    messages = [{"role": role, name: junk} for role in ("user", "assistant", "tool", junk)]
    valid(
        [Asked(messages, says("a", **{name: junk} if name != "content" else {})), Asked(messages, says(junk))], messages
    )


class TestContent:
    """Texts, and what is no text."""

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (None, ""),
            (7, "7"),
            ({"a": 1}, '{"a": 1}'),
            ([], []),
            ([{"type": "text", "text": "one"}], "one"),
            (["one", {"type": "input_text", "text": "two"}], [{"type": "text", "text": t} for t in ("one", "two")]),
            ([{"type": "file", "file": {"n": 1}}], '{"type": "file", "file": {"n": 1}}'),
            (
                [{"type": "image_url", "image_url": "http://[.png"}],
                [{"type": "image", "source": {"media_type": "image/png", "path": "http://[.png"}}],
            ),
            ([{"type": "image_url", "image_url": IMAGE}], f'{{"type": "image_url", "image_url": "{IMAGE}"}}'),
            (
                [{"type": "image_url", "image_url": "data:image/png;base64,?"}],
                '{"type": "image_url", "image_url": "data:image/png;base64,?"}',
            ),
            (
                [{"type": "image_url", "image_url": {"url": f"{IMAGE}.jpg?size=2"}}],
                [{"type": "image", "source": {"media_type": "image/jpeg", "path": f"{IMAGE}.jpg?size=2"}}],
            ),
        ],
    )
    def test_forms(self, content: Any, told: Any, valid: Make) -> None:
        made = valid([Asked([user(content)], says("ok"))])
        assert made.document["steps"][0]["message"] == told
        assert made.media == {}

    def test_halves_of_pairs_that_no_file_can_hold(self, valid: Make) -> None:
        half, whole = chr(0xD83D), chr(0xD83D) + chr(0xDE00)
        made = valid([Asked([user(f"{half} {whole}")], says(None, call(half, json.dumps({half: half}))))])
        assert made.document["steps"][0]["message"] == f"{chr(0xFFFD)} {chr(0x1F600)}"
        json.dumps(made.document, ensure_ascii=False).encode()

    def test_media_are_files_and_each_is_kept_once(self, valid: Make) -> None:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
        sound = {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}
        look, first = user([{"type": "text", "text": "Look."}, image, sound]), says(None, call("see"))
        made = valid([Asked([look], first), Asked([look, first, gives([image])], says("x"))])
        assert sorted(path.rpartition(".")[2] for path in made.media) == ["png", "wav"]
        assert set(made.media.values()) == {b"\x89PNG not really"}
        steps = made.document["steps"]
        assert [part["type"] for part in steps[0]["message"]] == ["text", "image", "audio"]
        assert steps[0]["message"][1]["source"]["path"] in made.media
        assert steps[1]["observation"]["results"][0]["content"] == [steps[0]["message"][1]]
        assert PNG not in json.dumps(made.document)

    def test_data_that_has_no_form_here_is_cut(self, valid: Make) -> None:
        content = [{"type": "file", "file": {"file_data": "A" * 5000}}]
        message = valid([Asked([user(content)], says("ok"))]).document["steps"][0]["message"]
        assert "5000 characters" in message
        assert len(message) < 200
