"""A task done with litellm in the process that asks: what a test of one's own would do."""

from __future__ import annotations

import os

import litellm

from benchmarks.projects.said import CALLS, begin, go_on


def talk(prompt: str) -> str:
    """The last answer."""
    messages = begin(prompt)
    for _ in range(CALLS):
        answer = litellm.completion(
            model="openrouter/bench/m00:free",
            api_base=os.environ["BENCHMARK_BASE"],
            api_key="sk-or-v1-benchmark",
            messages=messages,
        )
        text = answer.choices[0].message.content
        messages += go_on(text)
    return str(text)
