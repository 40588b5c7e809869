"""`agenttasks cassettes verify`: whether cassettes are whole, and still replay step by step.

First the files: form, checksum, count, task, and nothing shaped like a key. Then pytest replays the tasks, with
`--agent-drift=strict`: there every request, and so every prompt and every output of a tool, must be what was recorded.
A pytest of its own and not `run_task`: fixtures of the project shape what its tasks ask.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_agenttasks.cli.cassettes.entries import Entry, chosen, entries_of, task_files
from pytest_agenttasks.cli.cassettes.project import Project, Ran, project_here, run_pytest
from pytest_agenttasks.cli.cassettes.runs import runs_of
from pytest_agenttasks.cli.command import Command, tell
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets

OPTIONS = ("--agent-cassettes=replay", "--agent-drift=strict")


def verify(options: argparse.Namespace) -> int:
    """Print a line for each cassette; 1 if one is not ok."""
    project = project_here(options.passed_on, task_files(options.paths))
    entries = chosen(entries_of(project), options.paths, project)
    wrong = {entry.path: found for entry in entries if (found := damage(entry))}
    if not options.files_only:
        whole = [entry for entry in entries if entry.path not in wrong]
        wrong |= replayed(whole, project, options.passed_on)
    for entry in entries:
        first, *rest = wrong.get(entry.path) or ["ok"]
        tell(f"{project.shown(entry.path)}: {first}")
        for line in rest:
            tell(f"    {line}")
    how = "files are whole" if options.files_only else "replay as recorded"
    tell(f"{len(entries) - len(wrong)} of {number(len(entries), 'cassette')}: {how}")
    return 1 if wrong else 0


def damage(entry: Entry) -> list[str]:
    """What is wrong with the file itself."""
    if "damaged" in entry.states:
        return [f"not ok: {entry.states['damaged']}"]
    assert entry.recording is not None
    keys = Secrets({}).found(entry.path.read_text("utf-8"))
    if keys:
        return [f"not ok: it holds {', '.join(keys)}"]
    recorded, folder = entry.recording.header.get("task"), entry.recording.header.get("file")
    if folder not in (None, entry.folder):
        return [f"not ok: it was recorded for {recorded!r} of {folder}, and lies in {entry.folder}"]
    return []


def _why_not(entry: Entry) -> str:
    return next(entry.states[word] for word in ("orphan", "spare", "unknown") if word in entry.states)


def replayed(entries: Sequence[Entry], project: Project, passed_on: Sequence[str]) -> dict[Path, list[str]]:
    """What is wrong when they are replayed."""
    wrong = {
        entry.path: [f"not ok: not replayed: {_why_not(entry)}"]
        for entry in entries
        if not entry.tasks or "orphan" in entry.states
    }
    playable = [entry for entry in entries if entry.path not in wrong]
    for run in runs_of(playable):
        ran = run_pytest(run.arguments(project, *OPTIONS, passed_on=passed_on))
        ids = {task.id for task in run.tasks}
        for entry in playable:
            if entry.task and entry.task.id in ids and run.preset == (None if entry.current else entry.preset):
                found = list(_found(entry, project, ran))
                wrong |= {entry.path: found} if found else {}
    return wrong


def _found(entry: Entry, project: Project, ran: Ran) -> Iterator[str]:
    """What a run says of a cassette that is not ok."""
    found = ran.found
    result = _result(entry, project, str(found["run"])) if found else None
    if found is None or result is None:
        yield "not ok: it was not replayed; pytest said:"
        yield from ran.last_lines
    elif result["outcome"] in ("error", "quota"):
        assert entry.task is not None
        yield f"not ok: {result['reason']}"
        # Under xdist the worker's name stands above the message.
        yield from str(found["told"].get(entry.task.id, "")).partition(result["reason"])[2].splitlines()[1:]
    elif result["unplayed"]:
        yield f"not ok: {result['unplayed']} of its calls, from call {result['calls'] + 1}, were not asked for"


def _result(entry: Entry, project: Project, run: str) -> Json | None:
    """result.json of a task: its folder in a run is called as its cassette is."""
    below = entry.path.relative_to(project.cassettes).with_suffix("")
    try:
        data: Json = json.loads((project.root / ".agenttasks/runs" / run / below / "result.json").read_bytes())
    except (OSError, ValueError):
        return None
    return data


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="cassettes, folders of them, task files or node ids (default: all). Options behind -- go to pytest",
    )
    parser.add_argument("--files-only", action="store_true", help="look at the files and replay nothing")


VERIFY = Command(
    "verify",
    "Check that cassettes are whole and replay exactly; exit code 1 if one is not or does not.",
    "agenttasks cassettes verify tasks/hello.yaml",
    _options,
    verify,
    passes_on=True,
)
