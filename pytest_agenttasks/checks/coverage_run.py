"""The check `coverage`: tests that pass cover a file, by coverage.py."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed, one_line, some
from pytest_agenttasks.checks.files import content, nothing_matches, regular
from pytest_agenttasks.checks.pytest_run import judge, run_tests
from pytest_agenttasks.checks.scratch import scratch, with_job
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from pytest_agenttasks.spec import CoverageOptions

SETTINGS = "[report]\nexclude_lines =\npartial_branches =\n"
"""Instead of the workspace's own: without them, `# pragma: no cover` in a file would take lines out of the count."""


@dataclass(frozen=True, slots=True)
class Share:
    """Lines or branches of one file.

    Attributes:
        covered: how many ran.
        all: how many there are.
        missing: those that did not, as they are told.
    """

    covered: int
    all: int
    missing: str = ""

    def reaches(self, percent: float) -> bool:
        """Whether it is at least so many per cent; nothing is all of nothing."""
        return 100 * self.covered >= percent * self.all

    def __str__(self) -> str:
        """`69.9 %`, rounded down: 69.96 is not yet 70."""
        tenths = 1000 * self.covered // self.all if self.all else 0
        return f"{tenths / 10:g} %"


@dataclass(frozen=True, slots=True)
class Measured:
    """What ran of one file; of one that was never imported, nothing is known of its lines."""

    name: str
    lines: Share | None
    branches: Share


def coverage(options: CoverageOptions, place: Place) -> Finding:
    """Run the tests under coverage.py, with none of the workspace's own settings for it."""
    names: dict[str, None] = {}
    for pattern in options.of:
        there = [place.name(path) for path in regular(place, pattern)]
        if not there:
            return missed(nothing_matches(pattern, place))
        names.update(dict.fromkeys(there))
    with scratch("start.py", "launcher.py", "measured.py") as folder:
        return _run(options, place, folder, list(names))


def _run(options: CoverageOptions, place: Place, folder: Path, names: Sequence[str]) -> Finding:
    settings, report = folder / "settings", folder / "report.json"
    settings.write_text(SETTINGS)
    branch = options.min_branches is not None
    job = with_job(folder, {"include": names, "branch": branch, "settings": str(settings), "report": str(report)})
    # pytest-cov, asked for by a project's `addopts`, would take the place of this measurement.
    arguments = [*shlex.split(options.args), *(["--no-cov"] if find_spec("pytest_cov") else [])]
    before = {name: content(place, name) for name in names}
    run = run_tests(place, folder, arguments, options.seconds, program=("measured", job))
    tests = judge(run, place, min_passed=1)
    if not tests.passed:
        return tests
    # What was measured is counted by the lines that the file has now.
    if changed := [name for name in names if content(place, name) != before[name]]:
        return missed(f"the tests changed or deleted what they should cover: {some(changed, 5)}")
    return _compare(options, _measured(report, names), tests)


def _measured(report: Path, names: Sequence[str]) -> list[Measured]:
    """What coverage.py counted; there is no report where nothing ran.

    Raises:
        CheckError: the report is none.
    """
    if not report.is_file() or report.is_symlink():
        return [Measured(name, None, Share(0, 0)) for name in names]
    try:
        counted = json.loads(report.read_bytes())
        if "error" in counted:
            raise CheckError(f"coverage.py gave no report: {one_line(counted['error'])}")
        files = {os.path.normpath(name): facts for name, facts in counted["files"].items()}
        return [_of_file(name, files.get(os.path.normpath(name))) for name in names]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CheckError(f"coverage.py gave no report: {error!r}") from None


def _of_file(name: str, facts: Json | None) -> Measured:
    if facts is None:
        return Measured(name, None, Share(0, 0))
    summary = facts["summary"]
    lines = Share(summary["covered_lines"], summary["num_statements"], ranges(facts["missing_lines"]))
    # A branch is told as where it leaves and where it leads; a negative line is the end of what begins there.
    left = ", ".join(f"{start}→{end if end > 0 else 'end'}" for start, end in facts.get("missing_branches", ()))
    return Measured(name, lines, Share(summary.get("covered_branches", 0), summary.get("num_branches", 0), left))


def _compare(options: CoverageOptions, measured: Sequence[Measured], tests: Finding) -> Finding:
    wanting = [reason for one in measured for reason in _wanting(options, one, alone=len(measured) == 1)]
    if wanting:
        return missed(wanting[0], [f"also: {reason}" for reason in wanting[1:]])
    return found(f"{'; '.join(_told(options, one) for one in measured)} ({tests.message})")


def _wanting(options: CoverageOptions, one: Measured, *, alone: bool) -> Iterator[str]:
    """What a file lacks. One without statements lacks nothing among others: an `__init__.py`, as a rule."""
    if one.lines is None:
        if options.min or options.min_branches:
            needed = f"{max(options.min or 0, options.min_branches or 0):g} % needed"
            yield f"{one.name} was never imported by the tests: 0 % of its lines covered, {needed}"
        return
    if not one.lines.all:
        if alone:
            needed = f"{options.min or options.min_branches:g} % needed"
            yield f"{one.name} holds no statement that could be covered, {needed}"
        return
    if options.min is not None and not one.lines.reaches(options.min):
        yield f"{one.lines} of {one.name} covered, {options.min:g} % needed; missing lines: {one.lines.missing}"
    if options.min_branches is not None and not one.branches.reaches(options.min_branches):
        needed = f"{options.min_branches:g} % needed"
        yield f"{one.branches} of the branches of {one.name} covered, {needed}; missing: {one.branches.missing}"


def _told(options: CoverageOptions, one: Measured) -> str:
    parts = []
    if options.min is not None:
        parts.append(f"{one.lines or Share(0, 0)} of {one.name} covered, {options.min:g} % needed")
    if options.min_branches is not None:
        branches = f"{one.branches} of its branches" if one.branches.all else "no branches"
        parts.append(f"{branches}, {options.min_branches:g} % needed" if parts else f"{branches} of {one.name} covered")
    return ", ".join(parts)


def ranges(lines: Sequence[int]) -> str:
    """`3-5, 9` for 3, 4, 5, 9 (sorted)."""
    ends = [a for a, b in pairwise(lines) if b != a + 1] + list(lines[-1:])
    starts = list(lines[:1]) + [b for a, b in pairwise(lines) if b != a + 1]
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in zip(starts, ends, strict=True))
