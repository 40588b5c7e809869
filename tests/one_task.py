"""A task file with one task, loaded."""

from __future__ import annotations

from pathlib import Path

from pytest_agenttasks.spec import Task, load_tasks


def load_one(folder: Path, text: str) -> Task:
    """Write `tasks/work.yaml` below a folder and give its only task."""
    file = folder / "tasks/work.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    (task,) = load_tasks(file, "tasks/work.yaml")
    return task
