"""The calls of a task that was cut off are read back as its session knew them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Attempt, CallFacts, Exchange
from pytest_agenttasks.results import Json
from pytest_agenttasks.runs import RunFolder, Transcript, read_transcript

FACTS = CallFacts("m", "openrouter/a/b", (Attempt("openrouter/a/b", 200, "answered"),), 0.5)


def exchange(*words: str, **more: object) -> Exchange:
    messages: list[Json] = [{"role": "user", "content": word} for word in words]
    one = Exchange(messages, {"role": "assistant", "content": "ok"}, "stop", "", FACTS, {"prompt_tokens": 1}, {}, 0.5)
    return replace(one, **more)  # type: ignore[arg-type]


TALKS = {
    "grows": [exchange("a"), exchange("a", "b", "c"), exchange("a", "b", "c", "d")],
    "shrinks": [exchange("a", "b", "c"), exchange("a"), exchange("a", "x")],
    "two at once": [exchange("a", "b"), exchange("z"), exchange("a", "b", "c"), exchange("z", "y")],
    "other parameters": [exchange("a", params={"tools": [1]}), exchange("a", params={"tools": [1]}), exchange("a")],
    "odd text": [exchange("ü\n\ud800\0  \x85"), exchange("ü\n\ud800\0  \x85", "2")],
    "nobody": [exchange("a", answer={}, refused="quota", facts=CallFacts("m", None))],
}


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_what_was_told_is_read_back(tmp_path: Path, talk: list[Exchange]) -> None:
    transcript = Transcript(tmp_path, lambda value: value)
    for one in talk:
        transcript.add(one)
    assert read_transcript(tmp_path) == talk


def test_each_message_is_written_once(tmp_path: Path) -> None:
    transcript, words = Transcript(tmp_path, lambda value: value), ["x" * 1000 + str(n) for n in range(50)]
    for end in range(1, 51):
        transcript.add(exchange(*words[:end]))
    assert (tmp_path / "transcript.jsonl").stat().st_size < 50 * 1500


@pytest.mark.parametrize("cut", [2, 50, 120])
def test_a_torn_last_line_is_left_out(tmp_path: Path, cut: int) -> None:
    transcript = Transcript(tmp_path, lambda value: value)
    transcript.add(exchange("a"))
    transcript.add(exchange("a", "b"))
    file = tmp_path / "transcript.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    assert read_transcript(tmp_path) == [exchange("a")]


def test_no_file_is_no_call(tmp_path: Path) -> None:
    assert read_transcript(tmp_path) == []


def test_secrets_are_taken_out_and_the_file_goes_when_the_trajectory_is_there(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "r").task("t--m")
    folder.begin()
    Transcript(folder.path, lambda value: {**value, "messages": ["[scrubbed]"]}).add(exchange("hunter2"))
    assert "hunter2" not in (folder.path / "transcript.jsonl").read_text()
    folder.write_trajectory({}, {}, str)
    assert read_transcript(folder.path) == []
