"""Results to make reports of."""

from __future__ import annotations

from typing import Any

from pytest_agenttasks.results import Outcome, TaskResult

QWEN = "openrouter/qwen/qwen3.8-27b:free"


def result(task: str = "slug", outcome: str = "passed", **more: Any) -> TaskResult:
    """A task of a live run that asked one model four times."""
    values: dict[str, Any] = {
        "file": "tasks/code.yaml", "line": 3, "slug": task, "agent": "loop", "run": "20261101-120000-abcd",
        "requested": "qwen3.8-27b", "served": [QWEN], "calls": 4, "attempts": 5, "prompt_tokens": 10000,
        "completion_tokens": 234, "seconds": 12.34, "cassette": "live", "cost_usd": 0.0, **more,
    }  # fmt: skip
    return TaskResult(task=task, outcome=Outcome(outcome), **values)


ALL_KINDS = [
    result("slug-length"),
    result("tests-for[src/inventory.py]", "failed", reason="pytest: 1 failed", cost_usd=0.0123),
    result("csv", "quota", reason="used up", resets_at=1.8e9, cost_usd=None, served=[]),
    result("coupons", "error", reason="no model answered"),
    result("mixed", purity="mixed", served=["openrouter/a/b", QWEN], rotations=2, wait_s=12.4),
    result("drift", environment_drift=["message 3: 'a' became 'b'", "more"], unplayed=2),
]
