"""`agenttasks import`: task files from what others keep their work in, and a word on all that they cannot hold."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.cli.importing.batches import compare, read_batch
from pytest_agenttasks.cli.importing.draft import Draft, UnusableError, grouped
from pytest_agenttasks.cli.importing.finish import finished
from pytest_agenttasks.cli.importing.harbor import read_harbor
from pytest_agenttasks.cli.importing.names import unknown_in
from pytest_agenttasks.cli.importing.places import CHOICES, Place, not_there, place_of
from pytest_agenttasks.cli.importing.rows import Terms, add_rows
from pytest_agenttasks.cli.importing.sources import KINDS, Source, sources_of
from pytest_agenttasks.cli.importing.tables import csv_rows, json_rows
from pytest_agenttasks.cli.importing.words import file_name
from pytest_agenttasks.cli.importing.writing import refuse_taken, verify, write
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.spec import refusal

MOST_MISSING = 20
"""Paths that are told to be missing from the project."""


@dataclass(slots=True)
class Import:
    """What was read.

    Attributes:
        batches: those of the drafts that are batch files of the first system.
        unusable: sources of which nothing could be made, as lines that say why.
    """

    drafts: list[Draft]
    batches: list[Draft]
    unusable: list[str]


def import_(options: argparse.Namespace) -> int:
    """Write task files; 1 if there is a source of which nothing could be made."""
    target: Path = options.to
    _refuse_odd(options)
    place = place_of(target, options.workspace)
    found = _read(options, place)
    counted = compare(found.batches)
    drafts = [draft for draft in found.drafts if draft.tasks]
    refuse_taken(drafts, target, force=options.force)
    for draft in drafts:
        text, file = finished(draft, target), target / f"{draft.name}.yaml"
        verify(draft, text)
        if options.dry_run:
            tell(f"--- {file}\n{text}")
        else:
            write(draft, text, target, force=options.force)
            tell(f"{number(len(draft.tasks), 'task')} written to {file}")
    done = "would be written" if options.dry_run else "written"
    total = sum(len(draft.tasks) for draft in drafts)
    tell(f"\n{number(total, 'task')} {done} to {number(len(drafts), 'file')}")
    for line in (*grouped(found.drafts), *counted, *_missing(found, place), *found.unusable):
        tell(line)
    if drafts and not options.dry_run:
        files = [str(target / f"{draft.name}.yaml") for draft in drafts]
        tell(f"next:  pytest {shlex.join(_no_option(file) for file in files)} --collect-only")
    return 1 if found.unusable else 0


def _read(options: argparse.Namespace, place: Place) -> Import:
    found = Import([], [], [])
    rows_place = place if options.workspace != "auto" else Place({}, place.project)
    terms = Terms(options.to, rows_place.workspace, options.answer_file, unknown_in(place.project))
    for source in sources_of(options.sources, options.from_, options.encoding):
        if isinstance(source, UnusableError):
            found.unusable.append(str(source))
            continue
        try:
            draft = _draft(source, place, terms)
        except (UnusableError, OSError) as error:
            found.unusable.append(f"{source.path}: {error}")
            continue
        found.drafts.append(draft)
        found.batches += [draft] if source.kind == "batches" else []
        if not draft.tasks:
            found.unusable.append(f"{source.path}: no task could be made of it")
    return found


def _draft(source: Source, place: Place, terms: Terms) -> Draft:
    if source.kind == "harbor":
        return read_harbor(source.path)
    if source.kind == "batches":
        return read_batch(source.path, source.text, place.workspace)
    draft = Draft(source.path, file_name(source.path.stem))
    rows = csv_rows if source.kind == "csv" else json_rows
    add_rows(rows(source.text, draft), draft, terms)
    return draft


def _missing(found: Import, place: Place) -> Iterator[str]:
    """Files that the items of batches name and the project does not have."""
    if not place.workspace:
        return
    paths = not_there(place, (path for draft in found.batches for path in draft.names))
    if paths:
        told = paths[:MOST_MISSING] + ([f"… and {len(paths) - MOST_MISSING} more"] if paths[MOST_MISSING:] else [])
        yield "\n  ".join([f"{number(len(paths), 'path')} that tasks name and {place.shown} does not have:", *told])


def _no_option(file: str) -> str:
    return f"./{file}" if file.startswith("-") else file


def _refuse_odd(options: argparse.Namespace) -> None:
    """Refuse values of options that could only be a mistake.

    Raises:
        Refused: there is one.
    """
    try:
        " ".encode(options.encoding or "utf-8")
    except LookupError:
        told = f"--encoding {options.encoding}: no encoding of text; usual ones are utf-8, utf-16, cp1252, latin-1"
        raise Refused(told) from None
    answer = options.answer_file
    if answer and (answer.startswith("-") or refusal("artifacts", [answer])):
        raise Refused(f"--answer-file {answer}: expected a path in the workspace, such as answer.txt")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="SOURCE",
        help="CSV or JSONL with prompts, task folders of Harbor, batch files (JSON whose `results` have an `item` "
        "each); or folders of them",
    )
    parser.add_argument("--to", type=Path, default=Path("tasks"), metavar="FOLDER", help="where to (default: tasks)")
    parser.add_argument("--from", dest="from_", choices=KINDS, help="what the sources are, if their content misleads")
    parser.add_argument(
        "--workspace",
        choices=CHOICES,
        default="auto",
        help="what the tasks work in: the project's last commit (git), the project as it is on disk (folder), or "
        "nothing (none); auto: for batch files the commit if there is one, else the folder, for rows nothing",
    )
    parser.add_argument(
        "--answer-file",
        default="",
        metavar="FILE",
        help="have the answer that a row expects written into this file, and check it",
    )
    parser.add_argument("--encoding", default="", help="of CSV and JSON files (default: UTF-8, or as marked)")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")


IMPORT = Command(
    "import",
    "Make task files of other people's formats, and tell what they cannot hold.",
    "agenttasks import prompts.csv --to tasks",
    _options,
    import_,
)
