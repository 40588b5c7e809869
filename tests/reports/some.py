"""Results to make reports of."""

from __future__ import annotations

from typing import Any

from pytest_agenttasks.results import CheckResult, Outcome, TaskResult
from pytest_agenttasks.usage import ModelUse

QWEN = "openrouter/qwen/qwen3.8-27b:free"
OTHER = "openrouter/a/b"


def use(model: str = QWEN, answers: int = 4, asked: str = "", **more: Any) -> ModelUse:
    """A model that answered calls of 2,500 tokens each, for nothing."""
    values: dict[str, Any] = {
        "requests": answers, "prompt_tokens": 2500 * answers, "cost_usd": 0.0 if answers else None, **more
    }  # fmt: skip
    return ModelUse(asked or model, model, answers=answers, **values)


def result(task: str = "slug", outcome: str = "passed", **more: Any) -> TaskResult:
    """A task of a live run that asked one model four times."""
    values: dict[str, Any] = {
        "file": "tasks/code.yaml", "line": 3, "slug": task, "agent": "loop", "run": "20261101-120000-abcd",
        "requested": "qwen3.8-27b", "served": [QWEN], "purity": "single", "calls": 4, "attempts": 4,
        "prompt_tokens": 10000, "completion_tokens": 234, "seconds": 12.34, "cassette": "live", "cost_usd": 0.0,
        "models": [use()], "checks": [CheckResult("files", "passed", "")], **more,
    }  # fmt: skip
    return TaskResult(task=task, outcome=Outcome(outcome), **values)


def replayed(task: str = "slug", **more: Any) -> TaskResult:
    """The same, played from its cassette; `recorded` adds to what the recording cost and waited."""
    recorded = {"cost_usd": 0.0, "wait_s": 0.0, "models": [], **more.pop("recorded", {})}
    return result(task, cassette="replayed", recorded=recorded, models=[], **more)


MIXED = result(
    "mixed", purity="mixed", served=[OTHER, QWEN], attempts=7, rotations=2, wait_s=12.4,
    moved_on=[f"{OTHER}: rate_limited (429)", f"{OTHER}: server_error (502)"],
    models=[use(OTHER, 1, requests=4, limited=2, failed=1, wait_s=12.4), use(QWEN, 3)],
)  # fmt: skip

ALL_KINDS = [
    result("slug-length"),
    result("tests-for[src/inventory.py]", "failed", reason="pytest: 1 failed", cost_usd=0.0123,
           models=[use(cost_usd=0.0123)]),
    result("csv", "quota", reason="used up", resets_at=1.8e9, cost_usd=None, served=[], purity="", models=[]),
    result("coupons", "error", reason="no model answered"),
    MIXED,
    result("drift", environment_drift=["message 3: 'a' became 'b'", "more"], unplayed=2),
]  # fmt: skip
