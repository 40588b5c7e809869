"""How large a cassette is, and that its calls are found however many there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.asked import Asked, Message
from pytest_agenttasks.cassettes.file_format import Call
from pytest_agenttasks.cassettes.reel import Reel
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import BASH, EDIT, answer, body, never, opened

SOURCE = Path(__file__).read_text()


def several(number: int, step: int, words: int) -> Reply:
    """An answer with so many tool calls."""
    calls = [
        {
            "id": f"call_{step}_{n}",
            "type": "function",
            "function": {"name": "bash", "arguments": json.dumps({"command": f"cat {step} {n}" + " word" * words})},
        }
        for n in range(number)
    ]
    reply = answer(f"Step {step}.")
    reply.body["choices"][0]["message"]["tool_calls"] = calls
    return reply


@pytest.mark.parametrize(
    ("steps", "parallel", "size", "words"),
    [(30, 1, 1500, 20), (30, 1, 40_000, 5), (3, 1, 1_000_000, 5), (10, 20, 1500, 10), (30, 1, 300, 200)],
    ids=["usual", "long outputs", "outputs of 1 MB", "20 calls at once", "long arguments"],
)
def test_a_conversation_takes_little_more_than_what_is_said_in_it(
    tmp_path: Path, steps: int, parallel: int, size: int, words: int
) -> None:
    said: list[Json] = [BASH, EDIT, *body("You work.\n" * 30, "Do it.\n" * 30)["messages"]]
    messages = said[2:]
    path = tmp_path / "t--m.yaml"
    with opened(path, "record") as cassette:
        for step in range(steps):
            asked = {"model": "flash", "messages": messages, "tools": [BASH, EDIT]}
            reply = cassette.ask(asked, lambda _, step=step: several(parallel, step, words))  # type: ignore[misc]
            message = reply.body["choices"][0]["message"]
            outputs = [
                {
                    "role": "tool",
                    "tool_call_id": call["id"],
                    "content": (f"{step} {n} {SOURCE}" * (size // len(SOURCE) + 1))[:size],
                }
                for n, call in enumerate(message["tool_calls"])
            ]
            messages = [*messages, {name: message[name] for name in ("role", "content", "tool_calls")}, *outputs]
            said += [reply.body, *(outputs if step + 1 < steps else [])]
        cassette.save()
    unique = sum(len(json.dumps(one, ensure_ascii=False).encode()) for one in said)
    assert path.stat().st_size <= 1.3 * unique
    with opened(path, "replay") as cassette:
        cassette.ask(asked, never)
        assert cassette.environment_drift == []


class Counted(Message):
    """A message that counts how often a hash was worked out."""

    hashes = 0

    def _hash(self, value: object) -> bytes:
        Counted.hashes += 1
        return super()._hash(value)


def test_a_call_is_looked_at_once_at_most_and_not_before_it_is_needed() -> None:
    Counted.hashes = 0
    calls = [
        Call(Asked({}, [Counted(f"{n}", lambda same: same, lambda same: same)]), answer(str(n))) for n in range(1000)
    ]
    reel = Reel(calls)
    assert Counted.hashes == 0
    for n, call in enumerate(calls):
        assert reel.exact(Asked({}, [Message.of(f"{n}")])) == n
        assert reel.play(n) == call.reply
        assert Counted.hashes == n + 1
    for _ in range(3):
        assert reel.exact(Asked({}, [Message.of("other")])) is None
        assert reel.loose(Asked({}, [Message.of("other")])) is None
    assert Counted.hashes == 1000
    assert reel.unplayed == 0


def test_what_an_agent_does_to_an_answer_does_not_change_the_recording() -> None:
    reel = Reel([Call(Asked({}, []), answer("said"))] * 2)
    reel.play(0).body["choices"].clear()
    assert reel.play(1) == answer("said")
    assert reel.unplayed == 0


def test_a_message_that_changes_after_it_was_asked_is_recorded_as_it_was(tmp_path: Path) -> None:
    asked = body("s", "before")
    with opened(tmp_path / "t--m.yaml", "record") as cassette:
        cassette.ask(asked, lambda _: answer())
        asked["messages"][1]["content"] = "after"
        cassette.save()
    with opened(tmp_path / "t--m.yaml", "replay") as cassette:
        assert cassette.ask(body("s", "before"), never) == answer()
