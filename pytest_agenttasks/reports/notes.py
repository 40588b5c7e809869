"""What must be told before anything else: runs that did not end, tasks without a result, files that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_agenttasks.reports.collected import Column, Entry, Source, Status
from pytest_agenttasks.reports.rows import MOST_TOLD, number

MOST_RUNS = 3
"""Earlier runs that a remark names."""


UNEXPLAINED = ", though all of its tasks passed: a task file is broken, or another test failed"


def notes(column: Column) -> list[str]:
    """Lines, the most serious first; none for runs that ended with all their tasks done."""
    found = [line for source in column.sources for line in _of_run(source)]
    found += _missing([entry for entry in column.entries if entry.status is Status.MISSING])
    found += [f"{source.id}: cannot be read: {file}" for source in column.sources for file in source.damaged]
    found += _taken_over(column.entries)
    return found


def _of_run(source: Source) -> list[str]:
    if source.state == "absent":
        return [source.note]
    run = f"run {source.id}{f' ({source.group})' if source.group else ''}"
    told = {
        "killed": f"{run} was killed",
        "running": f"{run} is still running",
        "elsewhere": f"{run} has no end: it was killed on {source.host}, or still runs there",
    }.get(source.state)
    if told is None:
        return [f"{run} ended with exit code {source.exit_code}{UNEXPLAINED}"] if source.unexplained else []
    word = "in the middle of" if source.state == "running" else "unfinished"
    cut = f"; {word}: {_named(source.cut_off)}" if source.cut_off else ""
    done = f" after {source.finished} of {number(source.planned, 'task')}" if source.planned is not None else ""
    return [f"{told}{done}{cut}"]


def _missing(missing: Sequence[Entry]) -> list[str]:
    never = [entry for entry in missing if not entry.waits]
    if not never:
        return []
    named = _named([entry.asked for entry in never])
    return [f"{number(len(never), 'task')} without a result, and so not passed: {named}"]


def _taken_over(entries: Sequence[Entry]) -> list[str]:
    resumed = [entry for entry in entries if entry.result and entry.result.resumed_from]
    runs = list(dict.fromkeys(entry.result.resumed_from for entry in resumed if entry.result))
    count = number(len(resumed), "task")
    found = [f"{count} taken over from an earlier run and not done again: {_named(runs, MOST_RUNS)}"]
    again = sum(bool(entry.earlier) for entry in entries)
    return [
        *(found if resumed else []),
        *([f"{number(again, 'task')} done in more than one run: the last result counts"] if again else []),
        *(
            f"{entry.name}: to be done again in {_named(entry.later)} and not finished there"
            for entry in entries
            if entry.later
        ),
    ]


def _named(names: Sequence[str], most: int = MOST_TOLD) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
