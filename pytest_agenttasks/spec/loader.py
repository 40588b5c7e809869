"""From a task file to tasks: defaults, matrix and templates worked in, every mistake told at its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pytest_agenttasks.exceptions import Problem, TaskFileError, YamlFileError
from pytest_agenttasks.spec.schema import TaskSpec
from pytest_agenttasks.spec.slug import stem_of
from pytest_agenttasks.spec.task import MERGED, Task, home_of, trial_name
from pytest_agenttasks.spec.templates import TemplateError, is_template, render
from pytest_agenttasks.yamlfile import Document, Location, near, problems_of, read

NOT_DEFAULTS = ("id", "title", "matrix", "prompt", "solution")
"""Keys that belong to one task and cannot be in `defaults`."""

_TEXTS = frozenset((key,) for key in ("id", "title", "category", "priority", "prompt", "agent", "solution"))
"""Keys that hold text: `title: "{{ n }}"` is one also where n is a number."""


def load_tasks(path: Path, shown: str | None = None, repeat: int | None = None) -> list[Task]:
    """All tasks of a task file, in its order, one for each combination of a matrix and each trial.

    Args:
        path: the file.
        shown: its name in messages.
        repeat: trials of each task; None: as many as the file says.

    Raises:
        TaskFileError: mistakes, all of the file at once.
    """
    try:
        document = read(path, shown)
        return _Reader(path, document, repeat).tasks()
    except YamlFileError as error:
        raise TaskFileError(error.path, error.problems) from None


class _Reader:
    def __init__(self, path: Path, document: Document, repeat: int | None) -> None:
        self.path = path
        self.document = document
        self.repeat = repeat
        self.problems: list[Problem] = []
        self.defaults: dict[str, Any] = {}

    def tasks(self) -> list[Task]:
        found = [task for location, data in self.entries() for task in self.expand(location, data)]
        self.refuse_duplicates(found)
        if self.problems:
            raise TaskFileError(self.document.path, list(set(self.problems)))
        return found

    def entries(self) -> Iterator[tuple[Location, dict[str, Any]]]:
        data = self.document.data
        if not isinstance(data, dict):
            self.complain("a task file is a mapping: the keys of one task, or `tasks:` with a list of them")
            return
        if "tasks" not in data and "defaults" not in data:
            yield (), data
            return
        for key in data.keys() - {"tasks", "defaults"}:
            self.complain(f"unknown key {str(key)!r} beside 'tasks'; put it into a task, or into 'defaults'", key)
        self.take_defaults(data.get("defaults"))
        tasks = data.get("tasks")
        if not isinstance(tasks, list) or not tasks:
            self.complain("tasks: expected a list with at least one task", "tasks")
            return
        for index, one in enumerate(tasks):
            if isinstance(one, dict):
                yield ("tasks", index), one
            else:
                self.complain("a task is a mapping of keys such as id and prompt", "tasks", index)

    def take_defaults(self, given: Any) -> None:
        if given is None:
            return
        if not isinstance(given, dict):
            self.complain("defaults: expected a mapping of keys", "defaults")
            return
        for key in given.keys() & set(NOT_DEFAULTS):
            self.complain(f"{key!r} belongs to one task and cannot be a default", "defaults", key)
        defaults = {key: value for key, value in given.items() if key not in NOT_DEFAULTS}
        trial = {**defaults, "prompt": "-"}
        if _has_template(trial) or self.validate(trial, ("defaults",)) is not None:
            self.defaults = defaults

    def expand(self, location: Location, own: dict[str, Any]) -> list[Task]:
        data = _merge(self.defaults, own)
        tasks: list[Task] = []
        for values, suffixes in self.combinations(location, data):
            rendered = {key: self.render(value, values, location, (key,)) for key, value in data.items()}
            spec = self.validate(rendered, location)
            if spec is None:
                return []  # the other combinations would only say the same again
            tasks += self.trials(spec, suffixes, location)
        return tasks

    def combinations(self, location: Location, data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
        matrix = data.get("matrix")
        if not isinstance(matrix, dict) or not all(isinstance(v, list) and v for v in matrix.values()):
            yield {}, []  # no matrix, or one that validation will refuse
            return
        numbered = [list(enumerate(values)) for values in matrix.values()]
        for choice in itertools.product(*numbered):
            pairs = list(zip(matrix, choice, strict=True))
            for name, (index, value) in pairs:
                if isinstance(value, str) and "::" in value:
                    self.complain(f"matrix: {value!r} contains '::', which pytest cannot select", *location,
                                  "matrix", name, index)  # fmt: skip
            yield {str(name): value for name, (_, value) in pairs}, [_suffix(*pair) for pair in pairs]

    def render(self, value: Any, values: dict[str, Any], location: Location, keys: Location) -> Any:
        if isinstance(value, str):
            if not is_template(value):
                return value
            try:
                filled = render(value, values)
                return str(filled) if keys in _TEXTS and isinstance(filled, int | float) else filled
            except TemplateError as error:
                self.problems.append(self.document.problem(str(error), home_of(self.document, location, keys)))
                return value
        if keys == ("matrix",):
            return value
        if isinstance(value, dict):
            return {
                self.render_key(k, values, location, keys): self.render(v, values, location, (*keys, k))
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [self.render(v, values, location, (*keys, i)) for i, v in enumerate(value)]
        return value

    def render_key(self, key: Any, values: dict[str, Any], location: Location, keys: Location) -> Any:
        return str(self.render(key, values, location, (*keys, key))) if isinstance(key, str) else key

    def validate(self, data: dict[str, Any], location: Location) -> TaskSpec | None:
        try:
            return TaskSpec.model_validate(data)
        except ValidationError as error:
            told = {(problem.line, problem.column) for problem in self.problems}  # templates that were not filled in
            found = problems_of(error, self.document, TaskSpec, location, self.home)
            self.problems += [problem for problem in found if (problem.line, problem.column) not in told]
            return None

    def home(self, location: Location) -> Location:
        """Where a task's key really stands, given its location with the task's in front."""
        length = 2 if location[:1] == ("tasks",) else 0
        return home_of(self.document, location[:length], location[length:])

    def trials(self, spec: TaskSpec, suffixes: list[str], location: Location) -> Iterator[Task]:
        stem = spec.id or stem_of(self.path)
        unit = f"{stem}[{'-'.join(suffixes)}]" if suffixes else stem
        count = self.repeat or spec.repeat
        for trial in range(1, count + 1) if count > 1 else (0,):
            name = trial_name(unit, trial, in_matrix=bool(suffixes))
            yield Task(spec, name, self.path, self.document, location, unit=unit, trial=trial)

    def refuse_duplicates(self, tasks: list[Task]) -> None:
        first: dict[str, Task] = {}
        for task in tasks:
            other = first.setdefault(task.name, task)
            if other is not task:
                where = Problem(
                    *task.at("id"),
                    f"the task {task.name!r} is there twice (first in line {other.line}); ids are unique",
                )
                self.problems.append(where)

    def complain(self, message: str, *location: str | int) -> None:
        self.problems.append(self.document.problem(message, location, key=True))


def _merge(defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **own}
    for key in MERGED:
        if isinstance(defaults.get(key), dict) and isinstance(own.get(key), dict):
            merged[key] = {**defaults[key], **own[key]}
    return merged


def _has_template(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_template(v) for v in value.values())
    if isinstance(value, list):
        return any(_has_template(v) for v in value)
    return isinstance(value, str) and is_template(value)


def _suffix(name: Any, numbered: tuple[int, Any]) -> str:
    """A matrix value as part of an item's name, as pytest does for parameters."""
    index, value = numbered
    text = str(value)
    plain = isinstance(value, (str, int, float, bool)) and len(text) <= 80 and text.isprintable()
    return text if plain and "[" not in text and "]" not in text else f"{name}{index}"


def unknown_name(kind: str, name: str, known: list[str]) -> str:
    """Message for a name that nothing is registered under."""
    return f"unknown {kind} {name!r}{near(name, known)}"
