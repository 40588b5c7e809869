"""Properties: complete, plain text, in a fixed order."""

from __future__ import annotations

from dataclasses import asdict

from pytest_agenttasks.reports.properties import PREFIX, properties
from tests.reports.some import QWEN, replayed, result, use

NAMES = ["outcome", "task", "category", "agent", "run", "preset", "model.requested", "model.served", "model.purity",
         "model.429s", "accounts", "calls", "attempts", "rotations", "moved_on", "wait_s", "tokens.prompt",
         "tokens.completion", "cost_usd", "steps", "stopped", "cassette", "reason", "environment_drift",
         "recorded.cost_usd", "recorded.wait_s"]  # fmt: skip


def test_all_of_them() -> None:
    full = result(category="code", reason="why", stopped="steps", steps=3, served=["a/b", QWEN],
                  environment_drift=["x"], recorded={"cost_usd": None, "wait_s": 1.5, "models": []}, wait_s=0.25,
                  cost_usd=0.5, attempts=5, accounts=["one", "two"], moved_on=["a/b: timeout", "a/c: no_key"],
                  models=[use("a/b", 1, limited=2), use(QWEN, 3, limited=1)])  # fmt: skip
    pairs = properties(full)
    assert [name for name, _ in pairs] == [PREFIX + name for name in NAMES]
    assert all(type(value) is str for _, value in pairs)
    values = {name.removeprefix(PREFIX): value for name, value in pairs}
    assert values["outcome"] == "passed"
    assert values["model.served"] == f"a/b,{QWEN}"
    assert (values["calls"], values["attempts"], values["steps"]) == ("4", "5", "3")
    assert (values["tokens.prompt"], values["tokens.completion"]) == ("10000", "234")
    assert (values["cost_usd"], values["wait_s"]) == ("0.5", "0.25")
    assert (values["recorded.cost_usd"], values["recorded.wait_s"]) == ("unknown", "1.5")
    assert values["environment_drift"] == "1"
    assert (values["model.429s"], values["accounts"]) == ("3", "one,two")
    assert values["moved_on"] == "a/b: timeout; a/c: no_key"


def test_what_is_not_known_is_left_out_and_zero_is_not() -> None:
    values = dict(properties(result(requested="", served=[], calls=0, cost_usd=0)))
    assert values["agenttasks.calls"] == "0"
    assert values["agenttasks.cost_usd"] == "0"
    assert values["agenttasks.rotations"] == "0"
    assert not {"agenttasks.preset", "agenttasks.category", "agenttasks.reason"} & values.keys()


def test_a_replay_tells_429s_as_recorded() -> None:
    models = [asdict(use("a/b", 1, limited=2))]
    assert dict(properties(replayed(recorded={"models": models})))["agenttasks.model.429s"] == "2"


def test_unknown_cost_is_said() -> None:
    assert dict(properties(result(cost_usd=None)))["agenttasks.cost_usd"] == "unknown"


def test_text_that_no_encoding_takes_is_escaped() -> None:
    assert dict(properties(result(reason="\udcff ü")))["agenttasks.reason"] == "\\udcff ü"
