"""Entries, columns and reports, from results."""

from __future__ import annotations

from typing import Any

from pytest_agenttasks.reports.collected import Column, Entry, Evidence, Report, Source
from pytest_agenttasks.results import TaskResult

RUN = "20261101-120000-abcd"

EVIL = "</script></style><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}]]>"
"""What an agent, a model or a file may say to get out of where it is shown."""


def entry(result: TaskResult, **more: Any) -> Entry:
    """The task of a result."""
    values: dict[str, Any] = {
        "title": result.title, "category": result.category, "agent": result.agent, "requested": result.requested,
        "run": RUN, "result": result, **more,
    }  # fmt: skip
    return Entry(f"{result.file}::{result.task}", result.slug, result.task, result.file, result.line, **values)


def missing(task: str = "lost", **more: Any) -> Entry:
    """A task without a result."""
    values: dict[str, Any] = {"agent": "loop", "requested": "m", "run": RUN, **more}
    return Entry(f"tasks/code.yaml::{task}", task, task, "tasks/code.yaml", 7, **values)


def source(**more: Any) -> Source:
    """A run that ended."""
    values: dict[str, Any] = {"id": RUN, "folder": f"runs/{RUN}", "state": "ended", "began": 1.79e9, **more}
    return Source(**values)


def column(*entries: Entry, label: str = "all", **more: Any) -> Column:
    """One run with these tasks."""
    return Column(label, [source(planned=len(entries), **more)], list(entries))


def report(*entries: Entry, **more: Any) -> Report:
    """A report over that run."""
    return Report([column(*entries, **more)], 1.8e9)


def nothing(_: Entry) -> Evidence:
    """A task that left nothing behind."""
    return Evidence()
