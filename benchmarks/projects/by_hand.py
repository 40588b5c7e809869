"""The hand-written way: pytest, litellm.completion, and a cassette of vcrpy for each task.

`test_by_hand.py` of a made-up project. vcrpy is as it comes, but for matching on the body: without it a changed prompt
would go unseen, which the plugin does not let happen.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import litellm
import pytest
import vcr  # type: ignore[import-untyped]
from said import CALLS, begin, go_on  # beside it, in the project

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
    messages = begin(TASKS[name])
    with RECORDER.use_cassette(f"{name}.yaml"):
        for _ in range(CALLS):
            answer = litellm.completion(
                model="openrouter/bench/m00:free",
                api_base=os.environ["BENCHMARK_BASE"],
                api_key="sk-or-v1-benchmark",
                messages=messages,
            )
            text = answer.choices[0].message.content
            messages += go_on(text)
    assert "function" in text
