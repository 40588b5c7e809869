"""Cassettes of the selected tasks: missing, or in a state in which a replay may fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_agenttasks.cassettes import leftovers
from pytest_agenttasks.cli.cassettes.entries import Entry, entries_of, missing
from pytest_agenttasks.cli.cassettes.ls import shown_size
from pytest_agenttasks.cli.cassettes.project import Project
from pytest_agenttasks.doctor import CASSETTES, Check, Finding, error, note, ok, warning
from pytest_agenttasks.reports.rows import number

RECORD_AGAIN = "agenttasks cassettes refresh --dry-run   # then without --dry-run, with a key"
PRUNE = "agenttasks cassettes prune --dry-run"
VERIFY = "agenttasks cassettes verify"
SHOWN = 3
"""Names in a line."""

WORDS = {"damaged": error, "stale": warning, "expired": warning, "unplayed": warning, "unknown": note}
"""State of a cassette that a replay would play → how bad that is."""

MENDS = {"damaged": RECORD_AGAIN, "stale": RECORD_AGAIN, "expired": RECORD_AGAIN}


def recordings(project: Project) -> Iterator[Finding]:
    """Of the tasks that would be replayed; what is not theirs is only counted."""
    entries = entries_of(project)
    selected = {task.cassette: task.id for task in project.tasks if task.selected and task.action == "replay"}
    lost = [task.id for task in missing(project, entries) if task.cassette in selected]
    if lost:
        yield error(f"{number(len(lost), 'task')} would be replayed without a cassette: {some(lost)}", RECORD_AGAIN)
    current = [entry for entry in entries if entry.path in selected]
    yield from _troubled(current)
    well = [entry for entry in current if entry.state == "ok"]
    if well:
        size = shown_size(sum(entry.size for entry in entries))
        yield ok(f"{number(len(well), 'cassette')} of the selected tasks, nothing wrong with them; {size} in all")
    orphans = [project.shown(entry.path) for entry in entries if "orphan" in entry.states]
    if orphans:
        told = f"{number(len(orphans), 'cassette')} without a task: {some(orphans)}"
        yield note(told, PRUNE)
    left = [project.shown(path) for path in leftovers(project.cassettes)]
    if left:
        yield note(f"{number(len(left), 'file')} that killed recordings have left: {some(left)}", PRUNE)


def _troubled(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Those of one state and reason together."""
    found: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if entry.state in WORDS and entry.task:
            found.setdefault((entry.state, entry.states[entry.state]), []).append(entry.task.id)
    for (state, why), tasks in found.items():
        yield WORDS[state](f"{state}: {some(tasks)}: {why}", MENDS.get(state, VERIFY))


def some(names: Sequence[str]) -> str:
    """`a, b, c and 4 more`."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


RECORDINGS: Check[Project] = Check(
    "cassettes", CASSETTES, "recordings of the selected tasks: missing, damaged, stale, expired; orphans", recordings
)
