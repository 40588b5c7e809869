"""The project: its tasks, files that cannot be read, and programs that tasks need."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from pytest_agenttasks.doctor.finding import Finding, advised, error, ok, warning
from pytest_agenttasks.doctor.patient import Patient
from pytest_agenttasks.health import lacking_tools

WORDS = {"replay": "to replay", "record": "to record", "live": "to run live", "none": "without a model"}


def project(patient: Patient) -> Iterator[Finding]:
    """Whether there are tasks, and which are selected."""
    settings = patient.settings
    if settings is None:
        return
    folders = ", ".join(dict.fromkeys(os.path.relpath(folder) for folder in settings.task_folders))
    if not patient.tasks and not patient.broken:
        yield warning(f"there are no tasks in {folders} (root of the project: {settings.root})", "agenttasks init")
    elif patient.tasks and not patient.selected:
        yield warning(f"none of {_tasks(patient.tasks)} is selected", "other options behind --")
    else:
        actions = Counter(WORDS[plan.action] for plan in patient.plans.values())
        how = ", ".join(f"{count} {word}" for word, count in actions.items()) or "none"
        yield ok(f"{_tasks(patient.tasks)} in {settings.root}; selected: {how}")


def task_files(patient: Patient) -> Iterator[Finding]:
    """Files that cannot be read."""
    for line in patient.broken:
        yield error(line, f"edit {line.split(': ')[0]}" if ": " in line else "edit the file")


def tools(patient: Patient) -> Iterator[Finding]:
    """What checks and workspaces of the selected tasks need."""
    lacking = lacking_tools(list(patient.plans.values()))
    yield from (error(*advised(line)) for line in lacking)
    if patient.plans and not lacking:
        yield ok("what checks and workspaces need is there")


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
