"""The hand-written way: pytest, litellm.completion, and a cassette of vcrpy for each task.

`test_by_hand.py` of a made-up project. vcrpy is as it comes, but for matching on the body: without it a changed prompt
would go unseen, which the plugin does not let happen.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import vcr  # type: ignore[import-untyped]

from benchmarks.projects.by_litellm import talk

HERE = Path(__file__).parent
TASKS = json.loads((HERE / "prompts.json").read_text("utf-8"))
RECORDER = vcr.VCR(
    cassette_library_dir=str(HERE / "cassettes"),
    record_mode=os.environ["BENCHMARK_RECORD"],
    match_on=["method", "uri", "body"],
    filter_headers=["authorization"],
)


@pytest.mark.parametrize("name", TASKS)
def test_task(name: str) -> None:
    """The last answer is as expected."""
    with RECORDER.use_cassette(f"{name}.yaml"):
        assert "function" in talk(TASKS[name])
