"""`agenttasks apply`: what agents did, brought to the working tree."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from shlex import quote

from pytest_agenttasks.cli.apply.place import Place
from pytest_agenttasks.cli.apply.selection import selected
from pytest_agenttasks.cli.apply.told import as_json, told
from pytest_agenttasks.cli.apply.work import apply_all, left_out
from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.patches import GitError, JournalError
from pytest_agenttasks.runs import Run, base_of, find_run, read_run


def apply(options: argparse.Namespace) -> int:
    """Print a line for each task; 0 if all are in the working tree, 1 if one was left out."""
    try:
        base = base_of(Path.cwd())
        run = _run(base, options.run_name)
        place = Place.of(run.path, base.parent, options.into)
        results = selected(run.results, options.tasks, place.root)
        lines = apply_all(results, run, place, dry=options.dry_run)
    except (RunFolderError, GitError, JournalError) as error:
        raise Refused(str(error)) from None
    if options.json:
        print(json.dumps(as_json(lines, run.path.name, dry=options.dry_run), indent=1))
    else:
        for line in told(lines, run, dry=options.dry_run):
            tell(line)
    return 1 if run.damaged or left_out(lines) else 0


def _run(base: Path, named: str) -> Run:
    """The run that is meant.

    Raises:
        Refused: there is no such run, or it is a task that is named.
    """
    if "::" in named or named.endswith((".yaml", ".yml")):
        raise Refused(f"{named} is a task, not a run; name the run first: agenttasks apply latest {quote(named)}")
    try:
        return read_run(find_run(base, named))
    except RunFolderError as error:
        looks_like_a_task = not named[:1].isdigit() and "/" not in named
        hint = f"; if it is a task: agenttasks apply latest {quote(named)}" if looks_like_a_task else ""
        raise Refused(f"{error}{hint}") from None


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run_name",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="an id, the beginning of one, or a run folder (default: latest)",
    )
    parser.add_argument(
        "tasks",
        nargs="*",
        metavar="TASK",
        help="file::name, a name, or a task file; * and ? stand for letters (default: all that passed)",
    )
    parser.add_argument("--dry-run", action="store_true", help="tell what would happen and change nothing")
    parser.add_argument(
        "--into",
        type=Path,
        metavar="DIR",
        help="apply below this folder, not where the workspace's files came from",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


APPLY = Command(
    "apply",
    "Bring the changes of passed tasks to the working tree: three-way, unstaged, never over uncommitted changes.",
    "agenttasks apply latest tasks/work.yaml::docs --dry-run",
    _options,
    apply,
)
