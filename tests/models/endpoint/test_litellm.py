"""LiteLLM as a client: OpenHands and mini-swe-agent ask through it, and it knows errors by words in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.answers import unanswered
from tests.models.endpoint.serving import CALL, HELLO, TOOL, Given, Served, called

MODELS = {"openai/agent": "OPENAI_BASE_URL", "anthropic/claude-sonnet-4-5": "ANTHROPIC_BASE_URL"}


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("LITELLM_MODE", "PRODUCTION")
    import litellm

    litellm.suppress_debug_info = True
    return litellm


def ask(litellm: Any, served: Served, model: str) -> Any:
    base = served.variables[MODELS[model]]
    return litellm.completion(model, HELLO, api_base=base, api_key=served.endpoint.token, tools=[TOOL], max_retries=2)


@pytest.mark.parametrize("model", MODELS)
def test_an_answer(litellm: Any, model: str) -> None:
    with Served(called(reasoning_content="hm")) as served:
        message = ask(litellm, served, model).choices[0].message
        call = message.tool_calls[0]
        assert (call.id, call.function.name) == (CALL["id"], "weather")
        assert message.reasoning_content == "hm"


LOUD = "no model answered: m: rate_limited (429); Rate limit exceeded: free-models-per-day"
CASES: dict[str, tuple[Given, str, int]] = {
    "quota": (unanswered("quota", LOUD, resets_at=2e9), "", 403),
    "unavailable": (unanswered("unavailable", LOUD), "", 403),
    "context": (unanswered("context_length_exceeded"), "ContextWindowExceededError", 400),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", CASES)
def test_errors_are_known_for_what_they_are(litellm: Any, model: str, case: str) -> None:
    reply, kind, status = CASES[case]
    with Served(reply) as served:
        with pytest.raises(getattr(litellm, kind) if kind else Exception) as caught:
            ask(litellm, served, model)
        assert caught.value.status_code == status
        assert not isinstance(caught.value, litellm.RateLimitError)
        assert len(served.tape.bodies) == 1
