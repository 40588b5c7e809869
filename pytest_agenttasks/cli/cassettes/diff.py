"""`agenttasks cassettes diff`: two recordings of a task."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pytest_agenttasks.cassettes import Difference, Recording, call_differences, header_differences
from pytest_agenttasks.cli.command import Command, Refused, tell
from pytest_agenttasks.exceptions import CassetteError
from pytest_agenttasks.reports.rows import number

MOST_TOLD = 5
"""Calls whose differences are told; of the others the number."""


def diff(options: argparse.Namespace) -> int:
    """Print what differs; 0 if nothing does, 1 if something does, as diff(1)."""
    second = options.second is not None
    old_name = str(options.first) if second else f"{options.first} in {options.rev}"
    old = _read(options.first) if second else _committed(options.first, options.rev)
    new = _read(options.second if second else options.first)
    lines = list(told(old, new))
    tell(f"from {old_name}")
    tell(f"to   {options.second if second else options.first}")
    for line in lines or ["nothing differs but ids and times"]:
        tell(line)
    return 1 if lines else 0


def told(old: Recording, new: Recording) -> Iterator[str]:
    """Lines that tell the differences; none if there are none."""
    header = [one for one in header_differences(old, new) if one.where != "header, recorded"]
    calls = list(call_differences(old, new))
    for one in header:
        yield from _lines(one)
    for _, differences in calls[:MOST_TOLD]:
        for one in differences:
            yield from _lines(one)
    if len(calls) > MOST_TOLD:
        yield f"more calls that differ: {', '.join(str(call) for call, _ in calls[MOST_TOLD:])}"
    if header or calls or len(old.calls) != len(new.calls):
        both = min(len(old.calls), len(new.calls))
        yield f"{len(calls)} of {number(both, 'call')} {'differs' if len(calls) == 1 else 'differ'}"
        yield f"calls {len(old.calls)} → {len(new.calls)} · tokens {old.tokens:,} → {new.tokens:,}"


def _lines(one: Difference) -> Iterator[str]:
    yield f"{one.where}:"
    yield f"  - {one.old}"
    yield f"  + {one.new}"


def _read(path: Path) -> Recording:
    try:
        return Recording.read(path)
    except CassetteError as error:
        raise Refused(f"{path}: {error}") from None


def _committed(path: Path, rev: str) -> Recording:
    """A file as a commit has it.

    Raises:
        Refused: git does not know it there, or it is not a whole cassette.
    """
    if rev.startswith("-"):
        raise Refused(f"--rev {rev}: no commit")
    # Variables such as GIT_DIR, which git sets for hooks, would point at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(path.parent), "show", f"{rev}:./{path.name}"]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise Refused(f"git cannot be run: {error.strerror}; name two files") from None
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refused(f"{path} in {rev}: {told[0] if told else 'git does not know it'}")
    try:
        return Recording.of(done.stdout)
    except CassetteError as error:
        raise Refused(f"{path} in {rev}: {error}") from None


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, metavar="A", help="a cassette")
    parser.add_argument("second", type=Path, nargs="?", metavar="B", help="another one (default: A as it is now)")
    parser.add_argument("--rev", default="HEAD", help="without B: the commit whose A is compared (default: HEAD)")


DIFF = Command(
    "diff",
    "Compare two recordings, or a cassette with its version in git: header, then call by call.",
    "agenttasks cassettes diff cassettes/tasks/hello/hello--m.yaml",
    _options,
    diff,
)
