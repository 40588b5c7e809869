"""What is known of a task before it is tried: plain values that go from pytest's process to the command's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import SHORT, Check, Task

SHOWN = 70
"""Characters of a check's options that are shown."""

GUARDS = ("diff", "absent", "trajectory")
"""Checks that hold bounds: passing before the work is in their nature."""

NEEDS = {
    "answer": "an agent that answers (what the solution prints counts as its answer)",
    "trajectory": "an agent that takes steps",
    "judge": "a model",
}
"""Check → what it needs beside a workspace, which neither `nop` nor a solution is or has."""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """A check.

    Attributes:
        name: of the check.
        line: 1-based, in the task file.
        shown: what it checks, in one line as in a task file.
        guard: whether it may pass before the work.
        declared: whether the task file says so.
    """

    name: str
    line: int
    shown: str
    guard: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task.

    Attributes:
        id: its node id.
        file: the task file, as pytest shows it.
        line: where the task begins.
        checks: in order.
        solution: the line of its solution; None if it has none.
    """

    id: str
    file: str
    line: int
    checks: tuple[CheckFacts, ...] = ()
    solution: int | None = None

    @property
    def name(self) -> str:
        """Without the file."""
        return self.id.partition("::")[2] or self.id

    @property
    def by_code(self) -> bool:
        """Whether it is a Python test, which judges by its own asserts too."""
        return self.file.endswith(".py")

    @classmethod
    def from_json(cls, data: Json) -> TaskFacts:
        """From what `dataclasses.asdict` made."""
        return cls(**{**data, "checks": tuple(CheckFacts(**one) for one in data["checks"])})


def facts_of(task: Task, node_id: str) -> TaskFacts:
    """What is known of a task."""
    checks = [
        CheckFacts(check.name, line, shown(check), check.guard or check.name in GUARDS, check.guard)
        for check, line in zip(task.spec.checks, task.check_lines, strict=True)
    ]
    solution = task.at("solution")[0] if task.spec.solution else None
    return TaskFacts(node_id, task.document.path, task.line, tuple(checks), solution)


def shown(check: Check) -> str:
    """`contains: {file: README.md, text: usage}`, cut to size."""
    options = check.options.model_dump(exclude_unset=True, by_alias=True)
    value = options.get(SHORT.get(check.name, "")) if len(options) == 1 else None
    text = _flow(options if value is None else value[0] if isinstance(value, list) and len(value) == 1 else value)
    hidden = " (with hidden inputs)" if check.hidden is not None else ""
    return f"{check.name}: {text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}{hidden}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(value).split())
