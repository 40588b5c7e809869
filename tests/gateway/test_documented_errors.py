"""Every documented form of a provider's fault, over HTTP, through litellm and a gateway, gets its line of the policy."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pytest_agenttasks.gateway.error_policy import TABLE
from tests.gateway.documented import DOCUMENTED, Documented
from tests.gateway.playing import TOOL, Stage, stage

LATER = 10.0
"""Seconds that jitter and a slow machine may add to a time that is told."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A gateway with a preset for each case."""
    with stage(
        tmp_path_factory.mktemp("documented"), {one.name: (one.model, one.answer) for one in DOCUMENTED}
    ) as made:
        yield made


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.name)
def test_gets_its_verdict(played: Stage, case: Documented) -> None:
    asked = time.time()
    reply = played.ask(case.name, [TOOL] if case.tools else None)
    facts, error = reply.body["agenttasks"], reply.body["error"]
    first = facts["attempts"][0]
    row = next(one for one in TABLE if (one.reason, one.scope) == (first["reason"], first["scope"]))
    assert (first["reason"], error["code"]) == (case.reason, row.ends)
    assert first["status"] == (None if case.answer.hang_up else case.answer.status) or case.reason == "unreadable_answer"
    if case.seconds is not None:
        assert case.seconds - 0.01 <= error["resets_at"] - asked <= case.seconds * 1.1 + LATER


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.reason} {row.ends}")
def test_every_line_of_the_policy_is_met(row: object) -> None:
    """Save those that nothing over HTTP can meet."""
    met = {one.reason for one in DOCUMENTED}
    elsewhere = {"dependency_missing", "package_missing", "no_key", "unreachable"}
    assert getattr(row, "reason") in met | elsewhere  # noqa: B009 - any row
