"""`agenttasks import`: task files from what others keep their work in, and a word on all that they cannot hold."""

from __future__ import annotations

import argparse
import codecs
import shlex
from collections.abc import Iterator, Sequence
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
from pytest_agenttasks.cli.importing.writing import refuse_taken, write
from pytest_agenttasks.reports.rows import number

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
    if options.encoding:
        _refuse_encoding(options.encoding)
    place = place_of(target, options.workspace)
    found = _read(options, place)
    remarks = [compare(found.batches)] if found.batches else []
    found.drafts = [draft for draft in found.drafts if draft.tasks]
    refuse_taken(found.drafts, target, force=options.force)
    for draft in found.drafts:
        text = finished(draft, target)
        if options.dry_run:
            tell(f"--- {target / draft.name}.yaml\n{text}")
        else:
            write(draft, text, target, force=options.force)
            tell(f"{number(len(draft.tasks), 'task')} written to {target / draft.name}.yaml")
    _report(found, [*filter(None, remarks), *_missing(found, place)], target, dry=options.dry_run)
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
            found.unusable.append("\n".join([f"{source.path}: no task could be made of it", *grouped([draft])]))
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


def _report(found: Import, remarks: Sequence[str], target: Path, *, dry: bool) -> None:
    written = "would be written" if dry else "written"
    total = sum(len(draft.tasks) for draft in found.drafts)
    tell(f"\n{number(total, 'task')} {written} to {number(len(found.drafts), 'file')}")
    for line in (*grouped(found.drafts), *remarks, *found.unusable):
        tell(line)
    if found.drafts and not dry:
        files = shlex.join(str(target / f"{draft.name}.yaml") for draft in found.drafts)
        tell(f"next:  pytest {files} --collect-only")


def _refuse_encoding(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError:
        raise Refused(f"--encoding {name}: no such encoding; usual ones are utf-8, utf-16, cp1252, latin-1") from None


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="SOURCE",
        help="batch files of the first system, CSV or JSONL with prompts, task folders of Harbor; or folders of them",
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
