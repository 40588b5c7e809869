"""Real answers of providers, through litellm and a gateway: what they say arrives, and errors are judged rightly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.playing import Stage, stage
from tests.gateway.samples import Sample, said_by, samples

DATA = Path(__file__).parents[1] / "data" / "gateway"
SAMPLES = {f"{one.provider} {n}": one for n, one in enumerate([*samples(DATA), *samples(DATA / "stumbling")])}

VERDICTS = {
    "Provider returned error": "rate_limited_upstream",
    "Tool call validation failed": "bad_tool_call",
    "Invalid 'messages[3]'": "bad_request",
    "Unsupported value": "bad_request",
}
"""How the message of an error begins, and the policy's word for it."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A gateway with a preset for each sample."""
    with stage(
        tmp_path_factory.mktemp("samples"), {name: (one.model, one.answer) for name, one in SAMPLES.items()}
    ) as made:
        yield made


def having(status: int) -> list[str]:
    return [name for name, one in SAMPLES.items() if (one.data["status"] == 200) == (status == 200)]


@pytest.mark.parametrize("name", having(200))
def test_an_answer_says_what_the_provider_said(played: Stage, name: str) -> None:
    reply = played.ask(name, SAMPLES[name].tools)
    assert reply.status == 200, reply.text
    assert said_by(reply.body["choices"][0]["message"]) == SAMPLES[name].said


@pytest.mark.parametrize("name", having(400))
def test_an_error_gets_its_verdict(played: Stage, name: str) -> None:
    sample = SAMPLES[name]
    reply = played.ask(name, sample.tools)
    message = sample.data["body"]["error"]["message"]
    first = reply.body["agenttasks"]["attempts"][0]
    expected = next(reason for words, reason in VERDICTS.items() if message.startswith(words))
    assert (first["status"], first["reason"]) == (sample.data["status"], expected)


def test_samples_are_of_every_provider_and_tell_where_they_are_from() -> None:
    assert {one.provider for one in SAMPLES.values()} == {
        "anthropic", "cerebras", "cohere", "gemini", "groq", "huggingface", "mistral", "ollama", "openai",
        "openrouter", "zai",
    }  # fmt: skip
    assert all(one.data["source"] and not one.is_stream for one in SAMPLES.values())
    assert len(having(200)) >= 30
    assert len(having(400)) == 5


def test_what_a_sample_says_is_read_from_its_own_format() -> None:
    """Lest both sides of a comparison be empty."""
    said = [one.said for name, one in SAMPLES.items() if name in having(200)]
    assert all(one.text or one.calls for one in said)
    assert sum(bool(one.calls) for one in said) >= 8
    unknown = Sample({**next(iter(SAMPLES.values())).data, "status": 500})
    assert not unknown.said.text
