"""What is known of a task before it is tried: plain values that go from pytest's process to the command's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import SHORT, AnswerOptions, Options, Task, TrajectoryOptions
from pytest_agenttasks.validation.hidden import uncollected

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
        asks: whether it asks for something. What only sets bounds (so many steps at most, no such word in the answer)
            is kept by an agent that does nothing, too.
        uncollected: whether pytest passes over hidden tests of its, which is told by itself.
    """

    name: str
    line: int
    shown: str
    guard: bool = False
    declared: bool = False
    asks: bool = True
    uncollected: bool = False

    @property
    def bites(self) -> bool:
        """Whether it tells something of the work that it fails where nothing is done.

        That there is no agent makes `trajectory` and `judge` fail. Of `answer` it is what is asked for that is lacking.
        """
        return self.name not in NEEDS or (self.name == "answer" and self.asks)


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
        CheckFacts(
            check.name,
            line,
            shown_in(task, index),
            check.guard or check.name in GUARDS,
            check.guard,
            _asks(check.options),
            bool(uncollected(task, check)),
        )
        for index, (check, line) in enumerate(zip(task.spec.checks, task.check_lines, strict=True))
    ]
    solution = task.at("solution")[0] if task.spec.solution else None
    return TaskFacts(node_id, task.document.path, task.line, tuple(checks), solution)


def _asks(options: Options) -> bool:
    """Whether a check that needs an agent asks for more than any agent gives."""
    match options:
        case AnswerOptions():
            return bool(options.contains or options.matches or options.equals or options.json_ is not None)
        case TrajectoryOptions():
            amounts = (options.steps, options.calls, options.tokens)
            wanted = any(times.low for times in (*options.used.values(), *options.ran.values()))
            return wanted or any(bounds is not None and bounds.low > 1 for bounds in amounts)
        case _:
            return True


def shown_in(task: Task, index: int) -> str:
    """One of a task's checks: `contains: {file: README.md, text: usage}`, in the order of the file, cut to size."""
    check = task.spec.checks[index]
    given = check.options.model_dump(exclude_unset=True, by_alias=True)
    options = {key: given[key] for key in sorted(given, key=lambda key: task.at("checks", index, check.name, key))}
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
    return " ".join((f"{value:.15g}" if isinstance(value, float) else str(value)).split())
