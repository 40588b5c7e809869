"""`agenttasks cassettes refresh`: record again what needs it, and nothing else."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pytest_agenttasks.cli.cassettes.entries import Entry, chosen, entries_of, means_task, missing, task_files
from pytest_agenttasks.cli.cassettes.project import KnownTask, Project, command_line, project_here, run_pytest
from pytest_agenttasks.cli.cassettes.runs import Run, runs_of
from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.reports.rows import number

RECORD = "--agent-cassettes=record"


def refresh(options: argparse.Namespace) -> int:
    """Say what is recorded and why, then record; the exit code is the worst of pytest's."""
    if any(one.startswith("--agent-cassettes") for one in options.passed_on):
        raise Refused("refresh records; what is passed on to pytest cannot have --agent-cassettes")
    project = project_here(options.passed_on, task_files(options.paths))
    everything = entries_of(project, options.max_age)
    chose_preset = any(one.partition("=")[0] == "--model-preset" for one in options.passed_on)
    entries = [entry for entry in _meant(everything, options.paths, project) if _can(entry, own_only=chose_preset)]
    needy = [(entry, why) for entry in entries if (why := _why(entry, everything_too=options.all))]
    lost = [task for task in missing(project, everything) if task.selected and _is_meant(task, options.paths, project)]
    for entry, why in needy:
        tell(f"{project.shown(entry.path)}: {why}")
    for task in lost:
        tell(f"{project.shown(task.cassette)}: missing")
    runs = runs_of([entry for entry, _ in needy], lost)
    tell(f"{number(len(needy) + len(lost), 'cassette')} to record, {len(entries) - len(needy)} that need it not")
    return _record(runs, project, options.passed_on, dry=options.dry_run)


def _record(runs: Sequence[Run], project: Project, passed_on: Sequence[str], *, dry: bool) -> int:
    worst = 0
    for run in runs:
        arguments = run.arguments(project, RECORD, passed_on=passed_on)
        tell(command_line(arguments))
        if not dry:
            worst = max(worst, run_pytest(arguments, shown=True).code)
    return worst


def _meant(entries: Sequence[Entry], names: Sequence[str], project: Project) -> list[Entry]:
    """Those that are named; a task that has no cassette yet may be named too."""
    found = []
    for name in names:
        if not any(means_task(name, task, project.root) for task in project.tasks):
            chosen(entries, [name], project)
        found += [entry for entry in entries if entry in _chosen_or_none(entries, name, project)]
    return [entry for entry in entries if entry in found] if names else list(entries)


def _chosen_or_none(entries: Sequence[Entry], name: str, project: Project) -> list[Entry]:
    try:
        return chosen(entries, [name], project)
    except Refused:
        return []


def _is_meant(task: KnownTask, names: Sequence[str], project: Project) -> bool:
    return not names or any(means_task(name, task, project.root) for name in names)


def _can(entry: Entry, *, own_only: bool) -> bool:
    """Whether there is a task and a preset to record it with, and the options for pytest leave it in."""
    task = entry.task
    if task is None or "orphan" in entry.states or not task.selected or not task.preset:
        return False
    return entry.current or not own_only


def _why(entry: Entry, *, everything_too: bool) -> str:
    told = "; ".join(f"{word}: {why}" for word, why in entry.needs_recording.items())
    return told or ("asked for by --all" if everything_too else "")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="cassettes, folders of them, task files or node ids (default: all). Options behind -- go to pytest",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be recorded and why, and record nothing")
    parser.add_argument("--all", action="store_true", help="also what does not need it")
    parser.add_argument("--max-age", metavar="AGE", help="such as 12h, 90d, 8w; older ones are recorded again")


REFRESH = Command(
    "refresh",
    "Record what is missing, stale, expired or damaged. This asks models, and costs what they cost.",
    "agenttasks cassettes refresh --dry-run -- -n 2 --agent-budget 1.00",
    _options,
    refresh,
    passes_on=True,
)
