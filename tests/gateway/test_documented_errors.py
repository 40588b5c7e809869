"""Every documented form of a provider's fault, through litellm and a gateway, gets its line of the policy."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pytest_agenttasks.gateway.error_policy import TABLE, Row
from pytest_agenttasks.models.providers import KEY_VARIABLES
from tests.gateway.documented import DOCUMENTED
from tests.gateway.fault_forms import Documented
from tests.gateway.playing import TOOL, Stage, stage
from tests.provider import Answer

NO_STATUS = ("connection_lost", "unreadable_answer")

LATER = 10.0
"""Seconds that jitter and a slow machine may add to a time that is told."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A gateway with a preset for each case."""
    plays = {one.name: (one.model, one.answer) for one in DOCUMENTED}
    # Long enough to be heeded by a client that retries; nothing that one would wait for.
    limit = Answer(429, {"error": {"message": "slow down"}}, {"retry-after": "1"})
    plays |= {f"limit of {name}": (f"{name}/m", limit) for name in KEY_VARIABLES}
    with stage(tmp_path_factory.mktemp("documented"), plays) as made:
        yield made


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.name)
def test_gets_its_verdict(played: Stage, case: Documented) -> None:
    asked = time.time()
    reply = played.ask(case.name, [TOOL] if case.tools else None)
    facts, error = reply.body["agenttasks"], reply.body["error"]
    first = facts["attempts"][0]
    row = next(one for one in TABLE if (one.reason, one.scope) == (first["reason"], first["scope"]))
    assert (first["reason"], error["code"]) == (case.reason, row.ends)
    assert first["status"] == (None if case.reason in NO_STATUS else case.answer.status)
    if case.seconds is not None:
        assert case.seconds - 0.01 <= error["resets_at"] - asked <= case.seconds * 1.1 + LATER


NEED_MORE = ("azure", "bedrock", "vertex_ai")
"""Providers that need more than a URL and a key, and cannot be asked here."""


@pytest.mark.parametrize("model", [model for model in KEY_VARIABLES if model not in NEED_MORE])
def test_an_attempt_is_one_request(played: Stage, model: str) -> None:
    """litellm and the clients inside it would ask again by themselves."""
    reply = played.ask(f"limit of {model}")
    assert [one["reason"] for one in reply.body["agenttasks"]["attempts"]] == [
        "rate_limited_account" if model == "mistral" else "rate_limited"
    ]
    assert played.asked(f"limit of {model}") == 1


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.reason} {row.ends}")
def test_every_reason_of_the_policy_is_met(row: Row) -> None:
    """Save those that no answer of a provider can meet."""
    met = {one.reason for one in DOCUMENTED}
    assert row.reason in met | {"dependency_missing", "package_missing", "no_key", "unreachable"}
