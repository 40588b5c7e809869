"""Findings that somebody has looked at and does not want to hear of again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from pytest_agenttasks.validation.facts import TaskFacts
from pytest_agenttasks.validation.finding import Finding

_COMMENT = re.compile(r"#\s*validate:\s*ignore=([\w-]+(?:\s*,\s*[\w-]+)*)")
"""`# validate: ignore=no-limits, idle-check`"""


def heard(
    findings: Iterable[Finding], tasks: Iterable[TaskFacts], root: Path, ignored: Collection[str]
) -> list[Finding]:
    """Those that are left.

    Args:
        findings: all.
        tasks: that they are of.
        root: what their files are relative to.
        ignored: codes that nobody wants to hear of.
    """
    first = {task.id: task.line for task in tasks}
    return [
        one
        for one in findings
        if one.code not in ignored
        and not any(one.code in _said(root / one.file, line) for line in (one.line, first.get(one.task, one.line)))
    ]


def _said(file: Path, line: int) -> set[str]:
    """Codes that a comment in a line of a file names."""
    lines = _lines(file)
    found = _COMMENT.search(lines[line - 1]) if 0 < line <= len(lines) else None
    return set(re.split(r"\s*,\s*", found[1])) if found else set()


@cache
def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
