"""`::error …` lines, which GitHub Actions shows on the line of a file: format of its workflow commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_agenttasks.reports.collected import Entry, Status, in_order
from pytest_agenttasks.reports.properties import printable

MOST = 10
"""Of a kind in a step; GitHub shows no more."""

LONGEST = 1000
"""Characters of a message; the summary has all."""


def annotated(entries: Sequence[Entry], placed: Callable[[str], str]) -> list[str]:
    """A line for each task that did not pass, up to what GitHub shows; those that need a person first.

    Args:
        entries: all tasks of a run.
        placed: gives the path of a task file, as pytest shows it, from the root of the repository.
    """
    told = [entry for entry in in_order(entries) if entry.status is not Status.PASSED]
    return [_line(entry, placed) for entry in told[:MOST]]


def _line(entry: Entry, placed: Callable[[str], str]) -> str:
    file, line = entry.place
    where = {"file": placed(file), "line": str(line or 1), "title": f"{entry.status}: {entry.task}"}
    properties = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    return printable(f"::error {properties}::{_data(entry.reason[:LONGEST] or entry.status)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
