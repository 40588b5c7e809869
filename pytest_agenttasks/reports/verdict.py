"""Whether runs are what they should be, for a job of CI that ends red if they are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pytest_agenttasks.reports.collected import Column, Source, Status
from pytest_agenttasks.reports.rows import number

NO_TESTS = 5
"""pytest's exit code where nothing was selected."""

FailOn = Literal["missing", "any"]


def why_not_well(column: Column, fail_on: FailOn) -> str:
    """What is missing and, with `any`, what did not pass, in a line; empty where all is as it should be.

    A run that says neither what it was to do nor what it did is missing, too; so is what cannot be read.
    """
    counts = Counter(entry.status for entry in column.entries)
    found = [number(counts[Status.MISSING], "task") + " missing"] if counts[Status.MISSING] else []
    found += [told for source in column.sources for told in _lacks(source)]
    if fail_on == "any":
        wrong = (Status.FAILED, Status.ERROR, Status.QUOTA)
        found += [f"{counts[status]} {status}" for status in wrong if counts[status]]
        found += [f"run {one.id} ended with exit code {one.exit_code}" for one in column.sources if one.unexplained]
    return ", ".join(found)


def _lacks(source: Source) -> Iterator[str]:
    if source.state == "absent" and source.planned is None:
        yield f"{source.id} missing"
    # Of a group the other ones know the tasks.
    elif not (source.group or source.planned or source.finished or source.exit_code in (0, NO_TESTS)):
        yield f"run {source.id} does not say what it was to do"
    if source.damaged:
        yield f"{number(len(source.damaged), 'file')} of run {source.id} cannot be read"
