"""The way of a run's patches to the working tree."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_agenttasks.cli.apply.place import NoPlace, Place
from pytest_agenttasks.cli.command import Refused, visible
from pytest_agenttasks.patches import Bringing, Journal, Patch
from pytest_agenttasks.reports.rows import name
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.runs import Run
from pytest_agenttasks.statistics import task_of

Status = Literal["applied", "there", "nothing", "left out", "passed over"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a task's patch.

    Attributes:
        result: of the task.
        status: `applied`; `there`: all of it is in the working tree already; `nothing`: it changed no file;
            `left out`: it is not in the working tree; `passed over`: another trial of the task is.
        why: it is not in the working tree.
        files: that it changes, relative to the top of the working tree.
    """

    result: TaskResult
    status: Status
    why: str = ""
    files: list[str] = field(default_factory=list)


def apply_all(results: Sequence[TaskResult], run: Run, place: Place, *, dry: bool) -> list[Line]:
    """Apply the patches of tasks one after the other, then write them all.

    Raises:
        GitError: git cannot work here.
        JournalError: they cannot be written, and nothing was.
        Refused: a run of this command was killed, and this is a dry one.
    """
    journal = Journal(place.repository.top, place.repository.folder)
    with _ready(journal, dry=dry):
        found = [_Found.of(result, run.path, place) for result in results]
        task_files = frozenset((place.root / result.file).resolve() for result in run.results)
        with Bringing.of(place.repository, [one.patch for one in found if one.patch], task_files) as bringing:
            lines = list(_lines(found, bringing))
            if not dry:
                bringing.write(journal)
    return lines


@dataclass(frozen=True)
class _Found:
    """A task and its patch, or why there is none."""

    result: TaskResult
    patch: Patch | None
    why: str = ""

    @classmethod
    def of(cls, result: TaskResult, run: Path, place: Place) -> _Found:
        file = run / result.slug / "changes.patch"
        if not file.resolve().is_relative_to(run.resolve()):
            return cls(result, None, f"its result names a folder outside of the run: {result.slug}")
        try:
            content = file.read_bytes()
            return cls(result, Patch(content, place.folder(result) if content else "."))
        except OSError as error:
            return cls(result, None, f"its patch cannot be read: {file}: {error.strerror}")
        except NoPlace as error:
            return cls(result, None, str(error))


def left_out(lines: Sequence[Line]) -> bool:
    """Whether a task is not in the working tree by any of its trials."""
    there = {task_of(line.result) for line in lines if line.status != "left out"}
    return any(task_of(line.result) not in there for line in lines)


def _lines(found: Iterable[_Found], bringing: Bringing) -> Iterator[Line]:
    done: dict[tuple[str, str], TaskResult] = {}
    for one in found:
        work = task_of(one.result)
        if work in done:
            yield Line(one.result, "passed over", f"{name(done[work])} does the same work; name this one to have it")
            continue
        line = _line(one, bringing)
        if line.status != "left out":
            done[work] = one.result
        yield line


def _line(one: _Found, bringing: Bringing) -> Line:
    if one.patch is None:
        return Line(one.result, "left out", one.why)
    if not one.patch.content:
        return Line(one.result, "nothing", "it changed no file")
    ended = bringing.add(one.patch)
    return Line(one.result, ended.status, ended.why, ended.files)


@contextmanager
def _ready(journal: Journal, *, dry: bool) -> Iterator[None]:
    """Keep others out, and first undo what a killed run of this command left half done."""
    if dry:
        if journal.pending:
            raise Refused(
                "an earlier apply was killed while it wrote; the next one without --dry-run undoes that first"
            )
        yield
        return
    with journal.alone():
        if journal.pending:
            others = journal.undo()
            print("an earlier apply was killed while it wrote: what it had written is undone", file=sys.stderr)
            for path in others:
                print(f"  {visible(path)} was changed since and stays as it is", file=sys.stderr)
        yield
