"""What a full id means to litellm, and which key goes where."""

from __future__ import annotations

import pytest

from pytest_agenttasks.models.providers import KEY_VARIABLES, key_variable, provider_of, trouble_with

GOOD = ["openrouter/google/gemma-4-31b-it:free", "openrouter/openrouter/free", "openai/gpt-5", "gemini/gemini-3-flash",
        "deepseek/deepseek-chat", "ollama/llama3:8b", "openai/deep/name"]  # fmt: skip

BAD = {
    "gemini-flash": "'gemini-flash' is neither a preset nor a full id such as openrouter/",
    "": "'' is neither a preset nor a full id",
    "openrouter/": "'openrouter/' is neither a preset nor a full id",
    "meta-llama/llama-4-scout:free": "did you mean 'openrouter/meta-llama/llama-4-scout:free'?",
    "deepseek/deepseek-chat-v3.1:free": "would go to deepseek's own API, but ':free' is OpenRouter's; "
    "did you mean 'openrouter/deepseek/deepseek-chat-v3.1:free'?",
    "opnerouter/a/b": "begins with 'opnerouter', which is no provider that is known here",
}


@pytest.mark.parametrize("model", GOOD)
def test_ids_without_trouble(model: str) -> None:
    assert trouble_with(model) is None


@pytest.mark.parametrize("model", BAD)
def test_ids_that_would_not_go_where_they_seem_to(model: str) -> None:
    told = trouble_with(model)
    assert told is not None
    assert BAD[model] in told
    assert "\n" not in told


def test_the_provider_is_the_first_part() -> None:
    assert provider_of("openrouter/openai/gpt-5") == "openrouter"


def test_each_provider_has_its_own_key() -> None:
    assert key_variable("openrouter/a/b", None) == "OPENROUTER_API_KEY"
    assert key_variable("openai/gpt-5", None) == "OPENAI_API_KEY"
    assert key_variable("ollama/x", None) is None
    assert all(name is None or name.isupper() for name in KEY_VARIABLES.values())


def test_a_key_is_not_sent_to_a_server_that_only_speaks_its_owners_protocol() -> None:
    assert key_variable("openai/qwen", "http://127.0.0.1:8000/v1") is None
    assert key_variable("openrouter/a/b", "http://127.0.0.1:8000/v1") is None
