"""Run the checks of a task, whatever becomes of each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.checks.answer import answer
from pytest_agenttasks.checks.base import Finding, Place
from pytest_agenttasks.checks.call import call
from pytest_agenttasks.checks.command import command
from pytest_agenttasks.checks.coverage_run import coverage
from pytest_agenttasks.checks.data import json, toml, yaml
from pytest_agenttasks.checks.diff import diff
from pytest_agenttasks.checks.files import absent, files
from pytest_agenttasks.checks.hidden import judging
from pytest_agenttasks.checks.judge import judge
from pytest_agenttasks.checks.mutation import mutation
from pytest_agenttasks.checks.pytest_run import pytest
from pytest_agenttasks.checks.python import python
from pytest_agenttasks.checks.text import contains, matches
from pytest_agenttasks.checks.trajectory import trajectory
from pytest_agenttasks.exceptions import AgentTasksError, NotTried
from pytest_agenttasks.results import NOT_TRIED, CheckResult

if TYPE_CHECKING:
    from pytest_agenttasks.spec import Check

CHECKS: dict[str, Callable[[Any, Place], Finding]] = {
    "files": files,
    "absent": absent,
    "contains": contains,
    "matches": matches,
    "json": json,
    "yaml": yaml,
    "toml": toml,
    "command": command,
    "python": python,
    "call": call,
    "pytest": pytest,
    "coverage": coverage,
    "mutation": mutation,
    "diff": diff,
    "answer": answer,
    "trajectory": trajectory,
    "judge": judge,
}
"""What does the work, by the name in a task file. Each takes its own options of `Check`."""

TOOLS = {"pytest": ("pytest",), "coverage": ("coverage", "pytest"), "mutation": ("coverage", "pytest")}
"""Modules that checks need beside the standard library, by check."""


def run_checks(checks: Sequence[Check], place: Place, lines: Sequence[int | None] = ()) -> list[CheckResult]:
    """Run all checks in order, the later ones too where one fails.

    `lines` are the checks' lines in the task file. A check that could not be run, for whatever reason, is an
    `error` and never a pass. `diff` and `judge` see the workspace as the agent left it, wherever they stand.
    """
    given = [*lines, *[None] * len(checks)]
    results = {number: _run(checks[number], place, given[number]) for number in _order(checks)}
    return [results[number] for number in range(len(checks))]


def missing_tools(checks: Sequence[Check]) -> list[str]:
    """What these checks need and this interpreter lacks, one line each, to be told before an agent works."""
    needed: dict[str, str] = {}
    for check in checks:
        needed.update(dict.fromkeys((*TOOLS.get(check.name, ()), *check.options.needs()), check.name))
    return [
        f"{tool} is not installed for {sys.executable}, and the check `{name}` needs it: pip install {tool}"
        for tool, name in needed.items()
        if find_spec(tool) is None
    ]


def _order(checks: Sequence[Check]) -> list[int]:
    """As given, but those first that see what was left: the others run programs, and those leave files."""
    return sorted(range(len(checks)), key=lambda number: checks[number].name not in ("diff", "judge"))


def _run(check: Check, place: Place, line: int | None) -> CheckResult:
    try:
        with judging(check, place) as where:
            finding = where.told(CHECKS[check.name](check.options, where.place))
    except Exception as error:
        return _broken(check, error, line)
    return CheckResult(check.name, "passed" if finding.passed else "failed", finding.message, line)


def _broken(check: Check, error: Exception, line: int | None) -> CheckResult:
    if isinstance(error, NotTried):
        return CheckResult(check.name, "error", f"{NOT_TRIED}{error}", line)
    known = isinstance(error, AgentTasksError)
    message = str(error) if known else f"{type(error).__name__}: {error}"
    return CheckResult(check.name, "error", f"the check could not be run: {message}", line)
