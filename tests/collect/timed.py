"""Runs whose tasks took a known time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Planned, RunFacts, RunFolder


def run(base: Path, number: int, *results: TaskResult, ids: dict[str, str] | None = None) -> Path:
    """A run folder; `ids` are those of tasks that are not called as in the file."""
    folder = RunFolder(base, f"20261101-1000{number:02}-aaaa")
    folder.create()
    tasks = [
        Planned((ids or {}).get(one.task, f"tasks/t.yaml::{one.task}"), one.slug, one.task, one.file, 1)
        for one in results
    ]
    RunFacts(folder.path.name, float(number), tasks=tasks).write(folder.path)
    for one in results:
        one.run, one.ended = folder.path.name, 100.0 + number
        folder.task(one.slug).write_result(one, str)
    return folder.path


def took(name: str, seconds: float, outcome: str = "passed", *, preset: str = "m", **more: Any) -> TaskResult:
    """A result, of a live run if nothing else is said."""
    values = {"cassette": "live", "requested": preset, **more}
    slug = f"tasks/t/{name}--{preset}"
    return TaskResult(name, "tasks/t.yaml", 1, slug, "loop", "", outcome=Outcome(outcome), seconds=seconds, **values)
