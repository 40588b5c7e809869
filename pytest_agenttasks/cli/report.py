"""`agenttasks report`: what runs did, as a page, Markdown, JSON, JUnit, CSV or text; merged, or beside each other."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.collect import Copied, EvidenceReader, copy_artifacts, find_runs, merged
from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.files import write_whole
from pytest_agenttasks.reports.collected import Report
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.runs import base_of

if TYPE_CHECKING:
    from pytest_agenttasks.reports.verdict import FailOn

MOST_KEPT = 5
"""Files that were not replaced and are named."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was asked for.

    Attributes:
        report: the runs.
        folders: of the runs, for each column.
    """

    report: Report
    folders: list[dict[str, Path]]

    def evidence(self) -> EvidenceReader:
        """Reads what the tasks of all columns left behind."""
        return EvidenceReader({run: path for folders in self.folders for run, path in folders.items()})


def _html(given: Collected) -> str:
    from pytest_agenttasks.reports.html import page

    return page(given.report, given.evidence())


def _markdown(given: Collected) -> str:
    from pytest_agenttasks.reports.markdown import report_markdown

    return report_markdown(given.report)


def _json(given: Collected) -> str:
    from pytest_agenttasks.reports.json_text import json_text

    return json_text(given.report)


def _junit(given: Collected) -> str:
    from pytest_agenttasks.reports.junit_xml import junit_xml

    return junit_xml(given.report)


def _csv(given: Collected) -> str:
    from pytest_agenttasks.reports.csv_table import csv_text

    return csv_text(given.report)


def _text(given: Collected) -> str:
    from pytest_agenttasks.reports.text import report_text

    return report_text(given.report, shutil.get_terminal_size((120, 24)).columns)


FORMATS: dict[str, tuple[str, Callable[[Collected], str], str]] = {
    "html": (".html", _html, "one page that needs nothing else: overview, plots, and all of each task"),
    "md": (".md", _markdown, "Markdown of at most 1 MiB, the most important first, as for GitHub's step summary"),
    "json": (".json", _json, "all that is known of runs and tasks, for programs"),
    "junit": (".xml", _junit, "JUnit XML, a suite for each run"),
    "csv": (".csv", _csv, "a row for each task"),
}
"""Option → ending of files, maker, help."""


def report(options: argparse.Namespace) -> int:
    """Make it."""
    form = _form(options)
    if options.compare and options.artifacts:
        raise Refused("--artifacts copies what one run, or several taken together, left: leave out --compare")
    given = _collected(options)
    if form or not options.artifacts:
        _write(options, FORMATS[form][1] if form else _text, given)
    copied = _copy(options.artifacts, given) if options.artifacts else 0
    return max(copied, _judge(options.fail_on, given.report))


def _judge(fail_on: FailOn | None, report: Report) -> int:
    """Exit code 1, with the reason, where runs are not as they must be."""
    from pytest_agenttasks.reports.verdict import why_not_well

    if fail_on is None:
        return 0
    found = [(column.label, why) for column in report.columns if (why := why_not_well(column, fail_on))]
    for label, why in found:
        print(f"--fail-on {fail_on}: {label}: {why}", file=sys.stderr)
    return 1 if found else 0


def _form(options: argparse.Namespace) -> str:
    """The format: as asked for, else by the ending of the file; empty for text."""
    if options.form or not options.output:
        if options.form == "html" and not options.output and sys.stdout.isatty():
            raise Refused("--html on a terminal can't be read: give a file, such as -o report.html")
        return str(options.form or "")
    ending = Path(options.output).suffix
    form = next((name for name, (known, _, _) in FORMATS.items() if known == ending), "")
    if not form:
        known = ", ".join(f"{ending} (--{name})" for name, (ending, _, _) in FORMATS.items())
        raise Refused(f"-o {options.output}: its ending names no format; give one of {known}")
    return form


def _collected(options: argparse.Namespace) -> Collected:
    named = options.runs or ["latest"]
    if options.compare and len(named) < 2:
        raise Refused("--compare needs two runs or more: agenttasks report --compare BEFORE AFTER")
    try:
        found = [find_runs(base_of(Path.cwd()), one) for one in named]
    except RunFolderError as error:
        raise Refused(str(error)) from None
    labels = [_label(one, paths) for one, paths in zip(named, found, strict=True)]
    if options.compare:
        made = [merged(label, paths) for label, paths in zip(labels, found, strict=True)]
    else:
        made = [merged(_label_of_all(labels), [path for paths in found for path in paths])]
    return Collected(Report([column for column, _ in made], time.time()), [folders for _, folders in made])


def _label(named: str, paths: list[Path]) -> str:
    """A run's id where one run is meant, else the folder that was named."""
    is_run = not Path(named).is_dir() or Path(named).resolve() in paths
    return paths[0].name if is_run else named.rstrip("/")


def _label_of_all(labels: list[str]) -> str:
    return ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")


def _write(options: argparse.Namespace, make: Callable[[Collected], str], given: Collected) -> None:
    text = make(given)
    if not options.output:
        _print(text)
        return
    try:
        _save(Path(options.output), text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise Refused(f"{options.output} cannot be written: {error.strerror}") from None
    print(f"written {options.output}", file=sys.stderr)


def _save(path: Path, data: bytes) -> None:
    """Write a file whole, behind a link where it is one; into a pipe or a device, as it is."""
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
    else:
        write_whole(path.resolve(), data, durable=False)


def _print(text: str) -> None:
    """In UTF-8 and with the line ends that the format has, where stdout is no terminal."""
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        tell(text.rstrip("\n"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _copy(named: str, given: Collected) -> int:
    target = Path(named)
    (column,) = given.report.columns
    try:
        copied = copy_artifacts(target, column.entries, given.evidence())
    except OSError as error:
        raise Refused(f"{error.filename or target} cannot be written: {error.strerror}") from None
    there = f", {copied.there} there already" if copied.there else ""
    print(f"{number(copied.written, 'artifact')} copied to {target}{there}", file=sys.stderr)
    _tell_kept(copied)
    return 1 if copied.kept or copied.outside else 0


def _tell_kept(copied: Copied) -> None:
    for paths, why in ((copied.kept, "is there and differs; not replaced"), (copied.outside, "leads elsewhere")):
        for path in paths[:MOST_KEPT]:
            print(f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}: {why}", file=sys.stderr)
        if len(paths) > MOST_KEPT:
            print(f"… and {len(paths) - MOST_KEPT} more", file=sys.stderr)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="RUN",
        help="an id, the begin of one, a run folder, or a folder with run folders in it, such as downloaded "
        "artifacts of CI (default: latest)",
    )
    formats = parser.add_mutually_exclusive_group()
    for name, (_, _, told) in FORMATS.items():
        formats.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=told)
    parser.add_argument("-o", "--output", metavar="FILE", help="write there; its ending names the format, too")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="a column for each RUN, and what changed from the first to the last; otherwise all runs are taken "
        "together, and of each task the last result counts",
    )
    parser.add_argument("--artifacts", metavar="DIR", help="copy the artifacts of all tasks to DIR/TASK/…")

    parser.add_argument(
        "--fail-on",
        choices=("missing", "any"),
        help="end with exit code 1, for a job of CI: with `missing` if a task or a group of tasks is missing, or a "
        "file cannot be read; with `any` also if a task failed, or was an error or a quota",
    )


REPORT = Command(
    "report",
    "Tell what runs did: as text, a page, Markdown, JSON, JUnit or CSV. Runs are taken together, or compared.",
    "agenttasks report -o report.html\n"
    "         agenttasks report shards/ --junit -o report.xml\n"
    "         agenttasks report --compare main/ branch/ --md",
    _options,
    report,
)
