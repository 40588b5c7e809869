"""Cassettes that one run of pytest can replay, or record: a run has one preset for all of its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pytest_agenttasks.cli.cassettes.entries import Entry
from pytest_agenttasks.cli.cassettes.project import KnownTask, Project


@dataclass
class Run:
    """A run of pytest.

    Attributes:
        preset: to be asked for; None: each task's own.
        tasks: to be selected.
    """

    preset: str | None
    tasks: list[KnownTask] = field(default_factory=list)

    def arguments(self, project: Project, *options: str, passed_on: Sequence[str] = ()) -> list[str]:
        """What pytest is started with, from the current folder."""
        preset = ["--model-preset", self.preset] if self.preset else []
        return [*(task.argument(project.root) for task in self.tasks), *preset, *options, *passed_on]


def runs_of(entries: Iterable[Entry], tasks: Iterable[KnownTask] = ()) -> list[Run]:
    """The runs that cassettes need, and tasks on their own presets: first the tasks' own presets, then the others."""
    runs: dict[str | None, Run] = {None: Run(None)}
    own = [*(task for entry in entries if entry.current for task in entry.tasks[:1]), *tasks]
    runs[None].tasks += {task.id: task for task in own}.values()
    for entry in entries:
        if entry.task is not None and not entry.current:
            runs.setdefault(entry.preset, Run(entry.preset)).tasks.append(entry.task)
    return [run for run in runs.values() if run.tasks]
