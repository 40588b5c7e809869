"""`agenttasks cassettes ls`: what there is."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from pytest_agenttasks.cli.cassettes.entries import Entry, chosen, entries_of, means_task, missing, task_files
from pytest_agenttasks.cli.cassettes.project import Project, project_here
from pytest_agenttasks.cli.command import Command, tell
from pytest_agenttasks.reports.rows import number, short_names
from pytest_agenttasks.results import Json

HEADINGS = ("state", "task", "preset", "answered by", "age", "calls", "tokens", "size")
LEFT = 4
"""Columns that are text."""


def ls(options: argparse.Namespace) -> int:
    """Print a table, or JSON; the exit code is 0 whatever is wrong with them."""
    project = project_here(options.passed_on, task_files(options.paths))
    entries = entries_of(project, options.max_age)
    shown = chosen(entries, options.paths, project)
    lost = [
        task.id
        for task in missing(project, entries)
        if not options.paths or any(means_task(name, task, project.root) for name in options.paths)
    ]
    if options.json:
        print(json.dumps({"cassettes": [as_json(entry, project) for entry in shown], "missing": lost}, indent=1))
        return 0
    for line in [*table(shown), *remarks(shown, project), *totals(shown, lost)]:
        tell(line)
    return 0


def as_json(entry: Entry, project: Project) -> Json:
    """What is known of a cassette."""
    recording = entry.recording
    return {
        "path": project.shown(entry.path),
        "task": entry.task.id if entry.task else None,
        "preset": entry.preset,
        "served": recording.served if recording else [],
        "recorded": entry.when.at.isoformat(),
        "recorded_by": entry.when.source,
        "calls": len(recording.calls) if recording else None,
        "tokens": recording.tokens if recording else None,
        "cost_usd": recording.cost_usd if recording else None,
        "bytes": entry.size,
        "current": entry.current,
        "state": entry.state,
        "states": entry.states,
    }


def table(entries: Sequence[Entry]) -> list[str]:
    """One line a cassette."""
    if not entries:
        return []
    names = short_names(model for entry in entries if entry.recording for model in entry.recording.served)
    rows = [HEADINGS, *(_cells(entry, names) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cells_of_a_line(row, widths)).rstrip() for row in rows]


def remarks(entries: Sequence[Entry], project: Project) -> list[str]:
    """Why they are not ok, those of one reason together."""
    told: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        for state, why in entry.states.items():
            told.setdefault((state, why), []).append(project.shown(entry.path))
    lines = [""] if told else []
    for (state, why), paths in told.items():
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        lines.append(f"{state}: {', '.join(paths[:3])}{more}: {why}")
    return lines


def totals(entries: Sequence[Entry], lost: Sequence[str]) -> list[str]:
    """A line on all of them, and one on tasks that have none."""
    counted = Counter(entry.state for entry in entries)
    states = ", ".join(f"{count} {state}" for state, count in counted.most_common())
    size = sum(entry.size for entry in entries)
    lines = ["", f"{number(len(entries), 'cassette')}, {shown_size(size)}" + (f": {states}" if states else "")]
    if lost:
        more = ", …" if len(lost) > 5 else ""
        lines.append(f"{number(len(lost), 'task')} without a cassette: {', '.join(lost[:5])}{more}")
    if lost or {"stale", "expired", "damaged"} & counted.keys():
        lines.append("next: agenttasks cassettes refresh --dry-run")
    if "orphan" in counted:
        lines.append("next: agenttasks cassettes prune --dry-run")
    return lines


def shown_size(size: int) -> str:
    """`812 B`, `14 KB`, `1.2 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _cells(entry: Entry, names: dict[str, str]) -> tuple[str, ...]:
    recording = entry.recording
    task = entry.task.id if entry.task else f"({entry.folder}/{entry.path.stem})"
    served = " → ".join(names[model] for model in recording.served) if recording else ""
    return (
        entry.state,
        task,
        entry.preset,
        served or "–",
        entry.when.age(datetime.now(UTC)),
        str(len(recording.calls)) if recording else "–",
        f"{recording.tokens:,}" if recording else "–",
        shown_size(entry.size),
    )


def _cells_of_a_line(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    pairs = enumerate(zip(row, widths, strict=True))
    return [cell.ljust(width) if column < LEFT else cell.rjust(width) for column, (cell, width) in pairs]


def selection(parser: argparse.ArgumentParser) -> None:
    """Which cassettes a command is about."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="cassettes, folders of them, task files or node ids (default: all). Options behind -- go to pytest",
    )


def _options(parser: argparse.ArgumentParser) -> None:
    selection(parser)
    parser.add_argument("--max-age", metavar="AGE", help="such as 12h, 90d, 8w; older ones are expired")
    parser.add_argument("--json", action="store_true", help="print JSON")


LS = Command(
    "ls",
    "List cassettes: task, model, age, calls, tokens, size, and what is wrong with them.",
    "agenttasks cassettes ls --max-age 90d",
    _options,
    ls,
    passes_on=True,
)
