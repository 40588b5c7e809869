"""Which tasks of a run are meant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_agenttasks.cli.command import Refused, visible
from pytest_agenttasks.reports.rows import cut, name
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.spec import unknown_name

MOST_TOLD = 5
"""Tasks that an error names."""


def selected(results: Sequence[TaskResult], wanted: Sequence[str], root: Path) -> list[TaskResult]:
    """The passed tasks that are meant; all that passed where nothing is asked for.

    Args:
        results: of the run.
        wanted: tasks as pytest names them, names of tasks, task files, folders of them; `*` and `?` in them.
        root: what task files are relative to.

    Raises:
        Refused: one of `wanted` means no task of the run, or none that passed; or no task passed at all.
    """
    meant: list[TaskResult] = []
    for word in wanted:
        found = [result for result in results if _means(word, result, root)]
        if not found:
            known = {label for result in results for label in _labels(result)}
            raise Refused(
                f"{unknown_name('task', word, sorted(known))}; `agenttasks apply --help` says how to name one"
            )
        meant += _passed(found, f"{word}: ")
    if not wanted:
        return _passed(results, "")
    return [result for result in results if result in meant]


def _passed(results: Sequence[TaskResult], of: str) -> list[TaskResult]:
    passed = [result for result in results if result.outcome is Outcome.PASSED]
    if passed:
        return passed
    if not results:
        raise Refused("there is no task in this run that has ended")
    told = [
        visible(f"  {name(one)}: {one.outcome}" + (f": {cut(one.reason)}" if one.reason else "")) for one in results
    ]
    more = [f"  … and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
    head = f"{of}only what passed can be applied"
    raise Refused("\n".join([head, *told[:MOST_TOLD], *more]))


def _means(word: str, result: TaskResult, root: Path) -> bool:
    """Whether a word of the command line means a task, as seen from the root or from the current folder."""
    file, colons, within = word.partition("::")
    here = os.path.relpath(os.path.abspath(file), root) + colons + within  # noqa: PTH100 - the path as typed, links kept
    return any(_fits(one, label) for one in (word, here) for label in _labels(result)) or any(
        result.file.startswith(f"{one.rstrip('/')}/") for one in (word, here)
    )


def _labels(result: TaskResult) -> tuple[str, ...]:
    """All that a task may be called."""
    stem = result.task.partition("[")[0]
    return (name(result), f"{result.file}::{stem}", result.task, stem, result.file)


def _fits(word: str, label: str) -> bool:
    # Brackets are part of many names, and no sets of letters.
    return word == label or fnmatchcase(label, word.replace("[", "[[]"))
