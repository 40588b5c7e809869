"""What is said in a task, by the agent and by the test that is written by hand."""

from __future__ import annotations

from typing import Any

CALLS = 4
"""Of a task."""

SYSTEM = "You are a careful engineer. Answer with the next step and nothing else; say when all is done. " * 12


def begin(prompt: str) -> list[dict[str, Any]]:
    """The first messages of a task."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]


def go_on(text: str) -> list[dict[str, Any]]:
    """What follows an answer."""
    return [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
