"""What is told of patches that were applied, to people and to scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_agenttasks.cli.apply.work import Line
from pytest_agenttasks.cli.command import visible
from pytest_agenttasks.reports.rows import name, number
from pytest_agenttasks.results import Json, Outcome
from pytest_agenttasks.runs import Run

WORDS = {"there": "already there", "nothing": "nothing to do"}
"""Status → what it is called, where that is not the same."""


def told(lines: Sequence[Line], run: Run, *, dry: bool) -> Iterator[str]:
    """A line a task, totals, and what to do next."""
    words = [_word(line, dry=dry) for line in lines]
    width = max(map(len, words))
    for word, line in zip(words, lines, strict=True):
        more = line.why or number(len(line.files), "file") if line.status != "there" else ""
        yield _one_line(f"{word.ljust(width)}  {name(line.result)}" + (f": {more}" if more else ""))
    for file in run.damaged:
        yield _one_line(f"damaged: {file}: it is no result of a task")
    yield ""
    yield from _totals(lines, run, dry=dry)


def as_json(lines: Sequence[Line], run: str, *, dry: bool) -> Json:
    """The same for scripts."""
    tasks = [
        {"task": name(line.result), "slug": line.result.slug, "status": line.status, "why": line.why,
         "files": line.files}
        for line in lines
    ]  # fmt: skip
    counted = Counter(line.status for line in lines)
    return {"run": run, "dry_run": dry, "counts": dict(counted), "tasks": tasks}


def _one_line(text: str) -> str:
    """Names come from agents: none of them may look like a line of ours."""
    return visible(text).replace("\n", "\\n")


def _word(line: Line, *, dry: bool) -> str:
    if line.status == "applied" and dry:
        return "would apply"
    return WORDS.get(line.status, line.status)


def _totals(lines: Sequence[Line], run: Run, *, dry: bool) -> Iterator[str]:
    counted = Counter(_word(line, dry=dry) for line in lines)
    files = {file for line in lines if line.status == "applied" for file in line.files}
    states = ", ".join(f"{count} {word}" for word, count in counted.items())
    yield f"run {run.path.name}: {number(len(lines), 'task')}: {states}"
    missed = Counter(result.outcome.value for result in run.results if result.outcome is not Outcome.PASSED)
    missed += Counter({"without a result": len(run.missing)})
    if missed:
        yield f"not looked at, because they did not pass: {', '.join(f'{n} {one}' for one, n in missed.items())}"
    if files and dry:
        yield f"{number(len(files), 'file')} would change; nothing was changed"
        yield "next: the same without --dry-run"
    elif files:
        yield f"{number(len(files), 'file')} changed in the working tree; nothing is staged or committed"
        yield "next: git status, git diff"
