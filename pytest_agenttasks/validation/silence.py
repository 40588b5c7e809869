"""Findings that somebody has looked at and does not want to hear of again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
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
    findings = list(findings)
    read = {file: _lines(root / file) for file in {one.file for one in findings}}

    def said(one: Finding) -> set[str]:
        """Codes that comments name where it stands, and in the first line of its task."""
        lines = read[one.file]
        return _named(lines, one.line) | _named(lines, first.get(one.task, one.line))

    return [one for one in findings if one.code not in ignored and one.code not in said(one)]


def _named(lines: list[str], line: int) -> set[str]:
    found = _COMMENT.search(lines[line - 1]) if 0 < line <= len(lines) else None
    return set(re.split(r"\s*,\s*", found[1])) if found else set()


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
