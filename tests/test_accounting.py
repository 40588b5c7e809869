"""What calls add up to: names as providers give them, nothing lost, unknown never 0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_agenttasks.accounting import account, model_uses, moves, purity
from pytest_agenttasks.calls import Attempt, Call, CallFacts
from pytest_agenttasks.models import Chain, Preset, Session
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.usage import ModelUse
from tests.models.answers import chain

M, N, ROUTER = "openrouter/test/m", "openrouter/test/n", "openrouter/openrouter/auto"
CHAIN = chain("m", "n")


def failed(model: str, reason: str = "rate_limited", status: int | None = 429, **more: Any) -> Attempt:
    return Attempt(model, status, "rotate", "model", reason, **more)


def call(
    served: str | None, *before: Attempt, name: str | None = None, cost: float | None = 0.01, waited: float = 0.0
) -> Call:
    """A call that this model answered, as `name`, after these attempts; None: that nobody did."""
    attempts = (*before, Attempt(served, 200, "answered", waited_s=waited)) if served else before
    facts = CallFacts("m", served, attempts, cost if served else None, name)
    return Call(facts, 200 if served else 403, 100 if served else 0, 20 if served else 0, 1.0)


def accounted(*calls: Call, of: Chain = CHAIN, live: bool = True) -> TaskResult:
    session, result = Session(of), TaskResult("t", "f.yaml", 1, "t", "loop", "r", cassette="live")
    session.calls += calls
    account(result, session, of, live=live)
    return result


def test_the_name_is_the_providers() -> None:
    assert CallFacts("m", "openai/gpt", served_as="gpt-2025").answered_by == "openai/gpt-2025"
    assert CallFacts("m", ROUTER, served_as="qwen/qwen3:free").answered_by == "openrouter/qwen/qwen3:free"
    assert CallFacts("m", M).answered_by == M
    assert CallFacts("m", None).answered_by is None


def test_a_call_that_rotated() -> None:
    result = accounted(
        call(M), call(N, failed(M, waited_s=1.5), failed(M, "timeout", None), waited=2.0), call(N, cost=None)
    )
    assert (result.calls, result.attempts, result.rotations) == (3, 5, 1)
    assert (result.served, result.purity, result.own) == ([M, N], "mixed", True)
    assert result.moved_on == [f"{M}: rate_limited (429)", f"{M}: timeout"]
    assert (result.prompt_tokens, result.completion_tokens) == (300, 60)
    assert (result.cost_usd, result.wait_s) == (None, 3.5)
    assert result.models == [
        ModelUse(M, M, 3, 1, limited=1, failed=1, prompt_tokens=100, completion_tokens=20, cost_usd=0.01, wait_s=1.5),
        ModelUse(N, N, 2, 2, prompt_tokens=200, completion_tokens=40, cost_usd=0.01, unknown_costs=1, wait_s=2.0),
    ]


def test_a_replay_tells_the_same_as_recorded() -> None:
    calls = [call(M), call(N, failed(M), waited=2.0)]
    live, replayed = accounted(*calls), accounted(*calls, live=False)
    assert (replayed.models, replayed.wait_s, replayed.cost_usd) == ([], 0, 0)
    assert (replayed.recorded["cost_usd"], replayed.recorded["wait_s"]) == (0.02, 2.0)
    assert replayed.told_models == live.told_models == live.models
    assert (replayed.served, replayed.purity, replayed.rotations) == (live.served, live.purity, live.rotations)


@pytest.mark.parametrize("live", [True, False])
def test_it_survives_result_json(live: bool) -> None:
    result = accounted(call(M), call(N, failed(M), cost=None), live=live)
    result.add_earlier(accounted(call(None, failed(M))))
    again = TaskResult.from_json(json.loads(json.dumps(result.to_json())))
    assert again == result
    assert again.told_models == result.told_models
    assert [use.limited for use in again.earlier_models] == [1]


def test_what_a_later_version_adds_to_result_json_is_passed_over() -> None:
    data = accounted(call(M)).to_json()
    data["models"][0]["new"] = 1
    assert TaskResult.from_json(data) == accounted(call(M))


PURITY: dict[str, tuple[Sequence[str], bool]] = {
    "single": ([M], False),
    "pinned": ([M], True),
    "mixed": ([M, N], False),
    "": ([], False),
}


@pytest.mark.parametrize("word", PURITY)
def test_purity(word: str) -> None:
    served, pinned = PURITY[word]
    assert purity(served, pinned=pinned) == word


def test_purity_of_a_pinned_model() -> None:
    assert purity([], pinned=True) == "pinned"
    assert purity([M, N], pinned=True) == "mixed"


def test_a_pinned_router_that_answers_as_two_models_is_mixed() -> None:
    calls = [call(ROUTER, name="qwen/qwen3"), call(ROUTER, failed(ROUTER), name="z-ai/glm"), call(ROUTER)]
    result = accounted(*calls, of=chain(Preset("auto", ROUTER)))
    assert result.purity == "mixed"
    assert result.served == ["openrouter/qwen/qwen3", "openrouter/z-ai/glm", ROUTER]
    assert result.rotations == 0
    assert result.moved_on == [
        f"{ROUTER}: rate_limited (429)",
        f"{ROUTER}: answered as openrouter/qwen/qwen3, openrouter/z-ai/glm, {ROUTER}",
    ]
    assert [(use.asked, use.model, use.requests, use.answers, use.limited) for use in result.models] == [
        (ROUTER, "openrouter/qwen/qwen3", 1, 1, 0), (ROUTER, ROUTER, 2, 1, 1), (ROUTER, "openrouter/z-ai/glm", 1, 1, 0)
    ]  # fmt: skip


def test_another_name_of_one_model_is_no_move_and_the_model_asked_for_answered() -> None:
    result = accounted(call(M, name="test/m-2025"), call(M, name="test/m-2025"))
    assert (result.served, result.purity) == (["openrouter/test/m-2025"], "single")
    assert (result.own, result.rotations, result.moved_on) == (True, 0, [])


def test_a_model_that_was_left_alone_without_a_request_was_passed_over() -> None:
    result = accounted(call(N), call(N))
    assert (result.own, result.rotations, result.moved_on) == (False, 0, [f"{M}: passed_over"])
    result = accounted(call(M), call(N), call(M))
    assert (result.own, result.rotations) == (True, 2)
    assert result.moved_on == [f"{M}: passed_over", f"{N}: passed_over"]


def test_what_was_not_sent_is_told_and_not_counted() -> None:
    result = accounted(call(N, failed(M, "no_key", None)))
    assert (result.attempts, result.rotations, result.moved_on) == (1, 0, [f"{M}: no_key"])
    assert [use.asked for use in result.models] == [N]


def test_accounts() -> None:
    result = accounted(call(M, failed(M, account="team"), failed(M, "no_key", None, account="x")), call(M))
    assert result.accounts == ["team"]
    assert result.moved_on == [f"{M} (team): rate_limited (429)", f"{M} (x): no_key"]


def test_a_429_inside_a_200_is_one() -> None:
    (use,) = model_uses([call(None, failed(M, status=200), failed(M, "server_error", 502), failed(M))])
    assert (use.requests, use.limited, use.failed, use.answers, use.cost_usd) == (3, 2, 1, 0, None)


def test_nobody_answered() -> None:
    result = accounted(call(None, failed(M), failed(N)))
    assert (result.served, result.own, result.purity, result.cost_usd) == ([], True, "", 0)
    assert moves([], M) == []
