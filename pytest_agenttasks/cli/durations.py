"""`agenttasks durations`: how long tasks took, as the file by which pytest-split splits them over jobs of CI."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.collect import Durations, durations, find_runs
from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.files import write_whole
from pytest_agenttasks.runs import base_of, runs_in

FILE = ".test_durations"
"""Where pytest-split looks."""


def write_durations(options: argparse.Namespace) -> int:
    """Write them; tests of which the runs know nothing keep theirs."""
    file = Path(options.output)
    known = _known(file)
    base = base_of(Path.cwd())
    named = options.runs or [os.path.relpath(base / "runs")]
    if not options.runs and not runs_in(base):
        raise Refused(f"there are no runs in {named[0]}; run pytest on your tasks first")
    try:
        found = durations([path for one in named for path in find_runs(base, one)])
    except RunFolderError as error:
        raise Refused(str(error)) from None
    if not found.seconds:
        raise Refused(f"no task passed or failed in {', '.join(named)}, so that nothing tells how long they take")
    text = json.dumps({**known, **found.seconds}, indent=4, sort_keys=True)
    try:
        write_whole(file.resolve(), f"{text}\n".encode(), durable=False)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}") from None
    tell(f"{file}: {_told(found)}")
    return 0


def _known(file: Path) -> dict[str, float]:
    """What the file says already."""
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not all(isinstance(seconds, int | float) for seconds in data.values()):
        raise Refused(f"{file} is no file of pytest-split: expected a JSON object, seconds by test")
    return data


def _told(found: Durations) -> str:
    count = f"{len(found.seconds)} {'task' if len(found.seconds) == 1 else 'tasks'}"
    if found.replayed is None:
        return count
    kinds = ("replays", "work for which models were asked")
    kind, other = kinds if found.replayed else kinds[::-1]
    left = f"; results of {other} left out: {found.left_out}" if found.left_out else ""
    return f"{count}, as long as in {kind}{left}"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="RUN",
        help="as for `agenttasks report` (default: all runs of the project)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", default=FILE, help=f"write there (default: {FILE})")


DURATIONS = Command(
    "durations",
    "Write how long tasks took in earlier runs, for pytest-split to split them over several jobs.",
    "agenttasks durations shards/",
    _options,
    write_durations,
)
