"""`agenttasks validate`: whether tasks tell good work from none."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from signal import SIGINT

from pytest_agenttasks.cli.command import Command

INTERRUPTED = 128 + SIGINT
"""Exit code after Ctrl-C, as shells have it."""


def validate(options: argparse.Namespace) -> int:
    """Print findings; the exit code is 1 if one is a problem, or with --strict a warning."""
    from pytest_agenttasks.cli.validating.work import report

    try:
        return report(options)
    except KeyboardInterrupt:
        print("agenttasks: interrupted", file=sys.stderr)
        return INTERRUPTED


def _options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="task files, folders of them or node ids (default: the task folders)")
    add("-k", metavar="EXPRESSION", dest="keyword", help="only tasks that pytest's -k selects. Options behind -- go to "
        "pytest too")  # fmt: skip
    add("-n", metavar="N", dest="workers", type=_count, default=os.cpu_count() or 1,
        help="tasks that are tried at once (default: as many as there are processors)")  # fmt: skip
    add("--lint", action="store_true", help="only read the task files, and run nothing")
    add("--times", metavar="N", type=_count, default=1,
        help="try each solution N times, to find checks that do not come to the same every time")  # fmt: skip
    add("--strict", action="store_true", help="exit code 1 for warnings too")
    add("--ignore", metavar="CODE", action="append", default=[],
        help="leave out findings of this kind (more than once: of several); in a task file: a comment "
        "`# validate: ignore=CODE` in the line that is told, or in the first one of the task")  # fmt: skip
    add("--keep", metavar="FOLDER", type=Path, help="keep run folders, with what each check saw, in FOLDER")
    add("--json", action="store_true", help="print JSON")
    add("-v", "--verbose", action="store_true", help="tell of every task how its checks came out")


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 on")
    return count


VALIDATE = Command(
    "validate",
    "Check that checks bite: on nothing done one must fail, on the task's solution all must pass. Asks no model.",
    "agenttasks validate tasks/ --strict",
    _options,
    validate,
    passes_on=True,
)
