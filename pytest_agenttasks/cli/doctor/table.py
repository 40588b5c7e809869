"""Findings on a terminal, and as JSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from pytest_agenttasks.doctor import GROUPS, Finding
from pytest_agenttasks.reports.rows import number

WIDEST = 100
"""Columns of a line at most: longer ones are hard to read."""

INDENT = " " * 11
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def lines(findings: Sequence[Finding], columns: int) -> Iterator[str]:
    """By group, each with what mends it, and what it comes to."""
    for group in GROUPS:
        inside = [finding for finding in findings if finding.group == group]
        if inside:
            yield group
            for finding in inside:
                yield from _told(finding, min(columns, WIDEST))
    yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """`1 error (agents), 2 warnings (keys, sandbox)`."""
    parts = [_count(findings, level) for level in ("error", "warning")]
    return ", ".join(filter(None, parts)) or "nothing is wrong"


def json_of(findings: Sequence[Finding], code: int) -> str:
    """All of it."""
    counted = Counter(finding.level for finding in findings)
    data = {
        "errors": counted["error"],
        "warnings": counted["warning"],
        "exit_code": code,
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(data, indent=1)


def _count(findings: Sequence[Finding], level: str) -> str:
    names = [finding.check for finding in findings if finding.level == level]
    return f"{number(len(names), level)} ({', '.join(dict.fromkeys(names))})" if names else ""


def _told(finding: Finding, columns: int) -> Iterator[str]:
    first = f"  {finding.level:<9}"
    yield from textwrap.wrap(
        _plain(finding.found),
        max(columns, 40),
        initial_indent=first,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if finding.mend:
        yield f"{INDENT}mend: {_plain(finding.mend)}"  # never broken: it is there to be copied


def _plain(text: str) -> str:
    """In one line, and without what would command a terminal."""
    return _CONTROL.sub(" ", text)
