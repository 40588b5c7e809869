"""Live work by hand: pytest and litellm.completion. `test_in_process.py` of a made-up project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.projects.by_litellm import talk

TASKS = json.loads(Path(__file__).with_name("prompts.json").read_text("utf-8"))


@pytest.mark.parametrize("name", TASKS)
def test_task(name: str) -> None:
    """The last answer is as expected."""
    assert "function" in talk(TASKS[name])
