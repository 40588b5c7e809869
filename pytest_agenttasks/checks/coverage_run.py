"""The check `coverage`: tests that pass cover a file, by coverage.py."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, one_line
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.pytest_run import judge, run_tests
from pytest_agenttasks.checks.scratch import scratch
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import CoverageOptions

REPORT_SECONDS = 60.0
"""Time limit for turning measured data into numbers; it takes well under a second."""

NO_DATA = "No data to report"
"""What `coverage json` says where nothing of the file was ever executed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Lines of one file.

    Attributes:
        covered: statements that ran.
        statements: statements there are.
        missing: lines that did not run.
    """

    covered: int
    statements: int
    missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        """Per cent of lines, 0 where there are none."""
        return 100 * self.covered / self.statements if self.statements else 0.0

    def share(self) -> str:
        """`69.9 %`, rounded down: 69.96 is not yet 70."""
        tenths = 1000 * self.covered // self.statements if self.statements else 0
        return f"{tenths / 10:g} %"


def coverage(options: CoverageOptions, place: Place) -> Finding:
    """Run the tests under coverage.py, with none of the workspace's own settings for it."""
    there = regular(place, options.of)
    if len(there) != 1:
        return missed(nothing_matches(options.of, place))
    with scratch("launcher.py") as folder:
        return _run(options, place, folder, place.name(there[0]))


def _run(options: CoverageOptions, place: Place, folder: Path, of: str) -> Finding:
    (folder / "rc").touch()  # empty settings: those of the workspace are not read
    kept = [f"--rcfile={folder / 'rc'}", f"--data-file={folder / 'data'}", f"--include={of}"]
    # pytest-cov, asked for by a project's `addopts`, would take the place of this measurement.
    arguments = [*shlex.split(options.args), *(["--no-cov"] if find_spec("pytest_cov") else [])]
    run = run_tests(place, folder, arguments, options.seconds, under=["-m", "coverage", "run", *kept])
    tests = judge(run, place, min_passed=1)
    if not tests.passed:
        return tests
    measured = _measure(place, folder, kept, of)
    return _compare(options, of, measured, tests)


def _measure(place: Place, folder: Path, kept: Sequence[str], of: str) -> Measured | None:
    """What coverage.py counted; None if the file was never imported.

    Raises:
        CheckError: there is no report.
    """
    report = folder / "report.json"
    argv = [sys.executable, "-P", "-m", "coverage", "json", *kept, "-o", str(report)]
    result = place.workspace.execute(argv, seconds=REPORT_SECONDS, writable=[folder])
    if result.exit_code != 0 and NO_DATA in result.output:
        return None
    try:
        files = {os.path.normpath(name): facts for name, facts in json.loads(report.read_bytes())["files"].items()}
        facts = files[os.path.normpath(of)]
        summary = facts["summary"]
        return Measured(summary["covered_lines"], summary["num_statements"], tuple(facts["missing_lines"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        said = one_line(" ".join(last_lines(result.output, 1)))
        raise CheckError(f"coverage.py gave no report of {of}: {said or error!r}") from None


def _compare(options: CoverageOptions, of: str, measured: Measured | None, tests: Finding) -> Finding:
    needed = f"{options.min:g} % needed"
    if measured is None:
        verdict = found if options.min == 0 else missed
        return verdict(f"{of} was never imported by the tests: 0 % of its lines covered, {needed}")
    if not measured.statements:
        return missed(f"{of} holds no statement that could be covered, {needed}")
    share = f"{measured.share()} of {of}"
    if measured.percent >= options.min:
        return found(f"{share} covered, {needed} ({tests.message})")
    return missed(f"{share} covered, {needed}; missing lines: {ranges(measured.missing)}")


def ranges(lines: Sequence[int]) -> str:
    """`3-5, 9` for 3, 4, 5, 9 (sorted)."""
    ends = [a for a, b in pairwise(lines) if b != a + 1] + list(lines[-1:])
    starts = list(lines[:1]) + [b for a, b in pairwise(lines) if b != a + 1]
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in zip(starts, ends, strict=True))
