"""`agenttasks cassettes prune`: delete what is of no use any more."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from pytest_agenttasks.cassettes import is_cassette, leftovers
from pytest_agenttasks.cli.cassettes.entries import Entry, chosen, entries_of
from pytest_agenttasks.cli.cassettes.ls import shown_size
from pytest_agenttasks.cli.cassettes.project import Project, project_here
from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.reports.rows import number


def prune(options: argparse.Namespace) -> int:
    """Delete orphans, what killed recordings left, and more if asked to; 0 also where there was nothing to delete."""
    project = project_here(options.passed_on)
    _refuse(project, options.paths)
    entries = chosen(entries_of(project, options.max_age), options.paths, project)
    doomed = [(entry, why) for entry in entries if is_cassette(entry.path) and (why := _why(entry, options))]
    done = "would delete" if options.dry_run else "deleted"
    for entry, why in doomed:
        if not options.dry_run:
            _delete(entry.path, project.cassettes)
        tell(f"{done} {project.shown(entry.path)}: {why}")
    for path in leftovers(project.cassettes) if not options.paths else ():
        if not options.dry_run:
            _delete(path, project.cassettes)
        tell(f"{done} {project.shown(path)}: a killed recording left it")
    size = shown_size(sum(entry.size for entry, _ in doomed))
    tell(f"{done} {number(len(doomed), 'cassette')} of {len(entries)}" + (f", {size}" if doomed else ""))
    return 0


def _why(entry: Entry, options: argparse.Namespace) -> str:
    if "orphan" in entry.states:
        return f"orphan: {entry.states['orphan']}"
    if options.expired and "expired" in entry.states:
        return f"expired: {entry.states['expired']}"
    if options.unused_presets and entry.tasks and not entry.current:
        return f"its task asks {entry.tasks[0].preset or 'no model'} now, not {entry.preset}"
    if options.unused_trials and "spare" in entry.states:
        return f"spare: {entry.states['spare']}"
    return ""


def _refuse(project: Project, paths: list[str]) -> None:
    """Delete nothing where it is not sure which tasks there are.

    Raises:
        Refused: a file could not be read, there are no tasks at all, or a path is none of ours.
    """
    if project.unread:
        lines = [f"  {why}" for why in project.unread.values()]
        raise Refused("\n".join(["nothing was deleted: not all task files and tests could be read", *lines]))
    if not project.tasks:
        raise Refused(
            f"nothing was deleted: no task was found in {project.root}; "
            "is this the right folder, and is agenttasks_paths right?"
        )
    for path in paths:
        if not Path(path).resolve().is_relative_to(project.cassettes.resolve()):
            raise Refused(f"{path} lies outside of the cassettes' folder, {project.shown(project.cassettes)}")
        if Path(path).is_file() and not is_cassette(Path(path)):
            raise Refused(f"{path} is no cassette")


def _delete(path: Path, top: Path) -> None:
    """Delete a file, and folders that are empty then."""
    try:
        path.unlink()
    except OSError as error:
        raise Refused(f"{path} cannot be deleted: {error.strerror}") from error
    for folder in path.parents:
        if folder == top:
            break
        with suppress(OSError):
            folder.rmdir()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="only these cassettes and folders of them. Options behind -- go to pytest",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    parser.add_argument("--expired", action="store_true", help="those that are too old as well")
    parser.add_argument("--max-age", metavar="AGE", help="what is too old, such as 90d")
    parser.add_argument(
        "--unused-presets", action="store_true", help="those on another preset than their task asks first, as well"
    )
    parser.add_argument(
        "--unused-trials", action="store_true", help="those of trials that their tasks do not have now, as well"
    )


PRUNE = Command(
    "prune",
    "Delete cassettes whose task or preset is gone.",
    "agenttasks cassettes prune --dry-run",
    _options,
    prune,
    passes_on=True,
)
