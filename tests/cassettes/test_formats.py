"""What providers really answer, through the gateway into a cassette, comes out of it to the letter."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.models import GatewayClient
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import BASH, never, opened
from tests.gateway.playing import Stage, stage
from tests.gateway.samples import said_by, samples
from tests.gateway.world import TOKEN
from tests.provider import Answer, completion

DATA = Path(__file__).parents[1] / "data" / "gateway"
PROVIDERS = ("openrouter", "gemini", "anthropic", "groq", "mistral")
SAMPLES = {f"{one.provider} {n}": one for n, one in enumerate(samples(DATA)) if one.provider in PROVIDERS}

ODD = "ö 你好 🙂 \x00 \x85 \u2028 \x1b[0m tab\t trailing \r\n\n  indented\n"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40).decode()


NO_ANSWERS = ("an error", "an empty body", "nothing", "no content")


def calls(*names: str) -> list[Json]:
    """Tool calls that are made at once."""
    function = {"name": "bash", "arguments": json.dumps({"command": f"echo {ODD}"})}
    return [{"id": f"call_{name}", "type": "function", "function": function} for name in names]


def with_message(**members: object) -> Answer:
    answer = completion("ok")
    assert isinstance(answer.body, dict)
    answer.body["choices"][0]["message"].update(members)
    return answer


DEEPSEEK = {
    "id": "33be18fc-3842-486c-8c29-dd8e578f7f20", "object": "chat.completion", "created": 1752169304,
    "model": "deepseek-reasoner", "system_fingerprint": "fp_393bca965e_prod0623_fp8_kvcache",
    "choices": [{
        "index": 0, "logprobs": None, "finish_reason": "tool_calls",
        "message": {"role": "assistant", "content": "", "reasoning_content": ODD, "tool_calls": calls("a", "b")},
    }],
    "usage": {
        "prompt_tokens": 6, "completion_tokens": 212, "total_tokens": 218, "prompt_cache_hit_tokens": 0,
        "prompt_cache_miss_tokens": 6, "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 198},
    },
}  # fmt: skip
"""The form of api-docs.deepseek.com, API reference, "Create Chat Completion"."""

MADE = {
    "deepseek": Answer(200, DEEPSEEK),
    "odd letters": completion(ODD),
    "nothing": completion(""),
    "no content": completion(None),
    "parallel calls": completion(None, tool_calls=calls("a", "b", "c")),
    "reasoning": with_message(
        reasoning=ODD, reasoning_details=[{"type": "reasoning.text", "text": ODD, "signature": "c2ln", "index": 0}]
    ),
    "a lone surrogate": Answer(200, json.dumps(with_message(content="half \ud83d of it").body)),
    "a megabyte": completion("a long line of output\n" * 50_000),
    "an error": Answer(400, {"error": {"code": 400, "message": f"no {ODD}"}}),
    "an empty body": Answer(200, ""),
}
"""Answers that no sample has: of OpenRouter's form, and DeepSeek's."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    plays = {name: (one.model, one.answer) for name, one in SAMPLES.items()}
    models = {"deepseek": "deepseek/deepseek-reasoner"}
    plays |= {name: (models.get(name, "openrouter/t/m"), answer) for name, answer in MADE.items()}
    with stage(tmp_path_factory.mktemp("formats"), plays) as made:
        yield made


class Line:
    """The way from a session to the gateway."""

    def __init__(self, played: Stage, name: str) -> None:
        self.preset = f"s{played.numbers[name]}"
        self._client = GatewayClient(f"http://127.0.0.1:{played.port}", TOKEN)

    def __call__(self, body: Json) -> Reply:
        return self._client.send(body, {"x-agenttasks-chain": self.preset, "x-agenttasks-pinned": "1"}, 30)

    def body(self, messages: list[Json], tools: list[Json]) -> Json:
        return {"model": self.preset, "messages": messages, **({"tools": tools} if tools else {})}


def test_samples_are_of_five_providers() -> None:
    assert {one.provider for one in SAMPLES.values()} == set(PROVIDERS)
    said = [one.said for one in SAMPLES.values()]
    assert sum(bool(one.calls) for one in said) >= 4


def answers(name: str) -> bool:
    """Whether there is an answer, and no error."""
    return SAMPLES[name].data["status"] == 200 if name in SAMPLES else name not in NO_ANSWERS


def test_reasoning_and_parallel_calls_arrive(played: Stage, tmp_path: Path) -> None:
    for name, count in (("deepseek", 2), ("parallel calls", 3)):
        with opened(tmp_path / f"{name}--m.yaml", "record") as cassette:
            reply = cassette.ask(
                Line(played, name).body([{"role": "user", "content": "u"}], [BASH]), Line(played, name)
            )
        message = reply.body["choices"][0]["message"]
        assert len(message["tool_calls"]) == count
        assert message.get("reasoning_content") == (ODD if name == "deepseek" else None)


@pytest.mark.parametrize("name", [*SAMPLES, *MADE])
def test_an_answer_is_replayed_to_the_letter(played: Stage, tmp_path: Path, name: str) -> None:
    """The answer, and a second one to a conversation that goes on with it and with a tool's output."""
    path, line = tmp_path / "t--m.yaml", Line(played, name)
    tools = SAMPLES[name].tools if name in SAMPLES else [BASH]

    def converse(send: object) -> list[Reply]:
        messages: list[Json] = [{"role": "user", "content": "hello"}]
        replies = []
        for _ in range(2):
            reply: Reply = cassette.ask(line.body(messages, tools), send)  # type: ignore[arg-type]
            replies.append(reply)
            if reply.status != 200:
                break
            message = reply.body["choices"][0]["message"]
            made = message.get("tool_calls") or []
            messages += [message, *({"role": "tool", "tool_call_id": one["id"], "content": ODD} for one in made)]
        return replies

    with opened(path, "record") as cassette:
        recorded = converse(line)
        cassette.save()
    with opened(path, "replay", drift="strict") as cassette:
        replayed = converse(never)
        assert cassette.unplayed() == 0
    assert [json.dumps(reply.body) for reply in replayed] == [json.dumps(reply.body) for reply in recorded]
    assert [reply.status for reply in replayed] == [reply.status for reply in recorded]
    if name in SAMPLES and SAMPLES[name].data["status"] == 200:
        assert said_by(recorded[0].body["choices"][0]["message"]) == SAMPLES[name].said
    assert len(recorded) == (2 if answers(name) else 1)


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "what is this?"},
         {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}],
        ODD,
        "",
        "half \ud83d of a letter",
        "one\n" * 250_000,
    ],
    ids=["image", "odd letters", "empty", "surrogate", "megabyte"],
)  # fmt: skip
@pytest.mark.parametrize("role", ["user", "tool"])
def test_what_is_asked_is_found_again(tmp_path: Path, role: str, content: object) -> None:
    path = tmp_path / "t--m.yaml"
    message = {"role": role, "content": content, **({"tool_call_id": "c"} if role == "tool" else {})}
    body: Json = {"model": "m", "messages": [{"role": "user", "content": "u"}, message]}
    with opened(path, "record") as cassette:
        cassette.ask(body, lambda _: Reply(200, {"choices": []}))
        cassette.save()
    with opened(path, "replay", drift="strict") as cassette:
        assert cassette.ask(json.loads(json.dumps(body)), never) == Reply(200, {"choices": []})
        assert cassette.unplayed() == 0
    if isinstance(content, list):
        assert PNG in path.read_text("utf-8"), "an image stays one line"
