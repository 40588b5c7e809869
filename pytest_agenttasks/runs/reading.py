"""Runs that are over, or not yet: which there are, and what is known of one."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.processes import lives
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.runs.events import EventReader
from pytest_agenttasks.runs.facts import NAME as FACTS
from pytest_agenttasks.runs.facts import Planned, RunFacts
from pytest_agenttasks.usage import ModelUse

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

LATEST = "latest"
RESULT = "result.json"
MOST_NAMED = 5
"""Runs that an error names."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A task that a worker began, by the events of the run.

    Attributes:
        worker: xdist's name of it; `main` without xdist.
        process: of the worker.
        at: when, in seconds since the epoch.
        content: hashes of what its outcome depends on, as far as known.
        ended: whether its end was told, too.
    """

    worker: str
    process: str
    at: float
    content: dict[str, str] = field(default_factory=dict)
    ended: bool = False


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What `TaskResult.recorded` holds, where it is not empty."""

    cost_usd: float | None = None
    wait_s: float | None = None
    models: list[ModelUse] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One run, as its folder tells it.

    Attributes:
        path: the run folder.
        facts: of run.json; None if it is not there: an old version's, or the run ended before its tasks were known.
        results: of the tasks that ended, in the order of collection where it is known.
        begun: slug → who began it last.
        damaged: result.json files that cannot be read.
    """

    path: Path
    facts: RunFacts | None
    results: list[TaskResult]
    begun: dict[str, Begun] = field(default_factory=dict)
    damaged: list[Path] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def state(self) -> Literal["running", "ended", "killed", "elsewhere"]:
        """`killed`: its controller is gone without an end; `elsewhere`: on a machine that cannot be asked."""
        return state_of(self.facts)

    @property
    def over(self) -> bool:
        """Whether nothing more will be written: workers may outlive a controller that was killed for a moment."""
        if self.state in ("running", "elsewhere"):
            return False
        return self.state == "ended" or not any(lives(one.process) for one in self.begun.values())

    @property
    def missing(self) -> list[Planned]:
        """Tasks that were to be done and have no result, in the order of collection."""
        known = {result.slug for result in self.results}
        return [task for task in (self.facts.tasks if self.facts else ()) if task.slug not in known]

    @property
    def unfinished(self) -> list[Planned]:
        """Those of them that were begun: a worker was in the middle of them, or still is."""
        return [task for task in self.missing if task.slug in self.begun and not self.begun[task.slug].ended]


def runs_in(base: Path) -> list[Path]:
    """The run folders below `.agenttasks`, the oldest first."""
    try:
        return sorted(one for one in (base / "runs").iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return []


def base_of(folder: Path) -> Path:
    """The `.agenttasks` of the project that a folder lies in; where there is none, that of the folder."""
    found = (one / ".agenttasks" for one in (folder, *folder.parents))
    return next((base for base in found if (base / "runs").is_dir()), folder / ".agenttasks")


def find_run(base: Path, named: str = LATEST) -> Path:
    """The folder of a run.

    Args:
        base: the folder `.agenttasks`.
        named: `latest`, an id, what only one id begins with, or a path.

    Raises:
        RunFolderError: there is none of that name, or there are several.
    """
    if "/" in named or named in (".", ".."):
        return _at(Path(named))
    if named == LATEST:
        return _latest(base)
    known = runs_in(base)
    found = [one for one in known if one.name == named] or [one for one in known if one.name.startswith(named)]
    if len(found) == 1 and named:
        return found[0]
    told = ", ".join(one.name for one in (found or known)[: -MOST_NAMED - 1 : -1]) or f"none in {base}/runs"
    what = f"several runs begin with {named!r}" if found else f"there is no run {named!r}"
    raise RunFolderError(f"{what}; the latest ones: {told}")


def read_run(path: Path) -> Run:
    """What a run folder holds; what is damaged in it is told in the run, not raised."""
    facts = read_facts(path)
    run = Run(path, facts, [], _begun(path))
    for file in _result_files(path):
        result = read_result(file)
        if result is None:
            run.damaged.append(file)
        else:
            run.results.append(result)
    order = {task.slug: place for place, task in enumerate(facts.tasks)} if facts else {}
    run.results.sort(key=lambda result: (order.get(result.slug, len(order)), result.slug))
    return run


def read_facts(path: Path) -> RunFacts | None:
    """What run.json says; None if it is missing or damaged."""
    return _read(path / FACTS, RunFacts)


def read_result(file: Path) -> TaskResult | None:
    """A result.json; None if it is damaged."""
    result = _read(file, TaskResult)
    return None if result is None or _fits(result.recorded, _Recorded) is None else result


def state_of(facts: RunFacts | None) -> Literal["running", "ended", "killed", "elsewhere"]:
    """How a run stands."""
    if facts is None or facts.ended is not None:
        return "ended"
    if facts.host != platform.node():
        return "elsewhere"
    return "running" if lives(facts.process) else "killed"


def _at(path: Path) -> Path:
    if not path.is_dir():
        raise RunFolderError(f"there is no folder {path}; expected a run folder, such as .agenttasks/runs/latest")
    return path.resolve()


def _latest(base: Path) -> Path:
    link = base / "runs" / LATEST
    if link.is_dir():
        return link.resolve()
    known = runs_in(base)
    if not known:
        raise RunFolderError(f"there are no runs in {base}/runs; run pytest on your tasks first")
    return known[-1]


def _result_files(path: Path) -> Iterator[Path]:
    """Of all tasks; a folder with `--` in its name is one task's, and what lies deeper are its artifacts."""
    for folder, folders, files in os.walk(path):
        folders.sort()
        if "--" in Path(folder).name and folder != str(path):
            folders.clear()
            if RESULT in files:
                yield Path(folder, RESULT)


def _begun(path: Path) -> dict[str, Begun]:
    found: dict[str, Begun] = {}
    for worker, event in EventReader(path).new():
        task = event["task"]
        if event["event"] == "began":
            found[task] = Begun(worker, str(event.get("process", "")), event["at"], event.get("content") or {})
        elif event["event"] == "ended" and task in found:
            found[task] = replace(found[task], ended=True)
    return found


def _read(file: Path, kind: type[T]) -> T | None:
    try:
        return _fits(json.loads(file.read_bytes()), kind)
    except (OSError, ValueError, RecursionError):
        return None


def _fits(data: object, kind: type[T]) -> T | None:
    """The data as a value of that kind, unknown keys left out; None where a key is missing or of another type."""
    try:
        found: T = _validator(kind).validate_python(data)  # type: ignore[arg-type]  # a type is hashable
    except ValueError:
        return None
    return found


@cache
def _validator(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
