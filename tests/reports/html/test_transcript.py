"""Transcripts from trajectories, also from such as nobody should write."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_agenttasks.reports.html.transcript import moves_of, prompt_of, transcripts
from pytest_agenttasks.results import Json


def step(source: str = "agent", message: Any = "hello", **more: Any) -> Json:
    return {"source": source, "message": message, **more}


def call(name: str = "bash", number: int = 1, **arguments: Any) -> Json:
    return {"tool_call_id": f"c{number}", "function_name": name, "arguments": arguments}


def asked(*attempts: Json, **more: Any) -> Json:
    return {"agenttasks": {"attempts": list(attempts), **more}}


LIMITED = {"model": "m", "status": 429, "verdict": "rotate", "reason": "rate_limited", "waited_s": 0.0}
WAITED = {"model": "n", "status": 200, "verdict": "answered", "reason": "", "waited_s": 4.0, "account": "two"}


def test_outputs_stand_with_the_calls_that_they_are_of() -> None:
    observation = {"results": [{"source_call_id": "c2", "content": "two"}, {"content": "of none"}]}
    calls = [call(command="ls\n-la"), call("read_file", 2, path="a.py")]
    (talk,) = transcripts({"steps": [step("user", "do"), step(tool_calls=calls, observation=observation)]}, 1000)
    said = talk.steps[1]
    assert said is not None
    assert [(one.name, one.brief, one.outputs) for one in said.calls] == [
        ("bash", "ls", []), ("read_file", "a.py", ["two"]),
    ]  # fmt: skip
    assert said.outputs == ["of none"]


def test_tokens_cost_and_waits_of_a_call() -> None:
    one = step(metrics={"prompt_tokens": 1200, "completion_tokens": 3}, extra=asked(LIMITED, WAITED, waited_s=4.0))
    (talk,) = transcripts({"steps": [one]}, 1000)
    assert talk.steps[0] is not None
    assert talk.steps[0].facts == ["1,200 + 3 tokens", "cost unknown", "waited 4 s"], "unknown is not 0"
    told = ["m: rate_limited (429), moved on", "waited 4 s, then n with account two: it answered"]
    assert talk.steps[0].attempts == told
    unanswered = {"unanswered": [{"refused": "quota", "attempts": [LIMITED]}, {"refused": "quota"}]}
    assert moves_of({"steps": [one], "extra": unanswered}) == [
        *((1, line) for line in told),
        (0, "m: rate_limited (429), moved on · refused: quota"),
        (0, "no attempt was made · refused: quota"),
    ]


def test_the_middle_of_a_long_conversation_is_left_out() -> None:
    (talk,) = transcripts({"steps": [step(message="x" * 1000) for _ in range(100)]}, 10_000)
    numbers = [one.number if one else None for one in talk.steps]
    assert numbers == [1, 2, 3, 4, 5, None, 96, 97, 98, 99, 100]
    assert (talk.left_out, talk.total) == (90, 100)


def test_one_huge_output_does_not_push_out_the_rest() -> None:
    huge = step(tool_calls=[call()], observation={"results": [{"source_call_id": "c1", "content": "y" * 5_000_000}]})
    (talk,) = transcripts({"steps": [step(), huge, step()]}, 400_000)
    assert [one is not None for one in talk.steps] == [True, True, True]
    assert talk.steps[1] is not None
    assert talk.steps[1].length < 21_000
    assert "4,980,00" in talk.steps[1].calls[0].outputs[0]


def test_other_conversations_follow() -> None:
    document = {"steps": [step()], "subagent_trajectories": [{"trajectory_id": "two", "steps": [step(), step()]}]}
    assert [(talk.name, talk.total) for talk in transcripts(document, 1000)] == [("", 1), ("two", 2)]
    assert transcripts(None, 1000) == []


def test_the_prompt_is_what_a_user_said_first() -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image", "source": {"path": "media/a.png"}}]
    assert prompt_of({"steps": [step("system"), step("user", parts), step("user", "more")]}) == (
        "look\n[image: media/a.png]"
    )


ODD: list[Any] = [None, 1, "x", [], {}, [1], [[]], {"a": 1}, True, float("inf")]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_file_of_any_form_is_read(odd: Any) -> None:
    fields = ("source", "message", "tool_calls", "observation", "metrics", "extra", "model_name", "reasoning_content")
    steps = [{name: odd} for name in fields]
    steps += [{"tool_calls": [dict.fromkeys(("tool_call_id", "function_name", "arguments", "extra"), odd)]}]
    steps += [{"observation": {"results": [{"content": odd, "source_call_id": odd}]}}]
    steps += [{"extra": asked(dict.fromkeys(LIMITED, odd), waited_s=odd), "metrics": {"cost_usd": odd}}]
    for document in ({"steps": steps, "extra": odd, "subagent_trajectories": [{"steps": steps}]}, {"steps": odd}):
        transcripts(document, 10_000)
        prompt_of(document)
        moves_of(document)
