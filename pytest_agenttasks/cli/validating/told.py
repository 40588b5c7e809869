"""Findings on a terminal, and as JSON."""

from __future__ import annotations

import json
import os
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pytest_agenttasks.cli.command import visible
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Json
from pytest_agenttasks.validation import Finding, TaskFacts, Tried, paired

LEVELS = ("problem", "warning", "note")

MOST_NAMED = 3
"""Tasks that a finding names which is the same for several."""

INDENT = "    "


@dataclass(frozen=True)
class Told:
    """What there is to tell.

    Attributes:
        root: what names of files are relative to.
        tasks: that were looked at.
        nop: how they ended with nothing done, by node id; none where nothing was run.
        solution: how they ended with their solutions, once for each time.
        findings: in order.
        silenced: findings that somebody did not want to hear of.
    """

    root: Path
    tasks: Sequence[TaskFacts]
    nop: Mapping[str, Tried]
    solution: Mapping[str, Sequence[Tried]]
    findings: Sequence[Finding]
    silenced: int

    @property
    def counted(self) -> Counter[str]:
        """Findings by level."""
        return Counter(finding.level for finding in self.findings)

    def exit_code(self, *, strict: bool) -> int:
        """1 if there is a problem, or where it is strict a warning."""
        return int(bool(self.counted["problem"] or (strict and self.counted["warning"])))


def lines(told: Told, columns: int, *, verbose: bool) -> Iterator[str]:
    """Each finding with what mends it, then what it comes to."""
    mended: set[str] = set()
    for alike in _alike(told.findings):
        yield from _finding(alike, told, columns, mend=alike[0].code not in mended)
        mended.add(alike[0].code)
    if told.findings:
        yield ""
    if verbose:
        yield from _table(told)
        yield ""
    yield summary(told)


def summary(told: Told) -> str:
    """`12 tasks, tried with nothing done and with their solutions: 1 problem (idle-check)`."""
    counts = [_count(told.findings, level) for level in LEVELS]
    silenced = f"{told.silenced} silenced" if told.silenced else ""
    how = "tried with nothing done and with their solutions" if told.nop or told.solution else _not_tried(told)
    wrong = ", ".join(filter(None, [*counts, silenced])) or "nothing is wrong"
    return f"{number(len(told.tasks), 'task')}, {how}: {wrong}"


def _not_tried(told: Told) -> str:
    unread = {one.file for one in told.findings if one.code == "unreadable"}
    if told.tasks or not unread:
        return "read, not tried"
    return f"not tried, since {'the file' if len(unread) == 1 else f'{len(unread)} files'} cannot be read"


def json_of(told: Told, code: int) -> str:
    """All of it."""
    data = {
        "problems": told.counted["problem"],
        "warnings": told.counted["warning"],
        "notes": told.counted["note"],
        "silenced": told.silenced,
        "exit_code": code,
        "tasks": [_task(task, told) for task in told.tasks],
        "findings": [{"level": one.level, **asdict(one), "mend": one.mend} for one in told.findings],
    }
    return json.dumps(data, indent=1)


def _task(task: TaskFacts, told: Told) -> Json:
    nop = told.nop.get(task.id)
    return {
        "id": task.id,
        "file": task.file,
        "line": task.line,
        "nop": _tried(task, nop) if nop else None,
        "solution": [_tried(task, one) for one in told.solution.get(task.id, ())],
    }


def _tried(task: TaskFacts, tried: Tried) -> Json:
    checks = [{**asdict(one), "shown": check.shown} for check, one in paired(task, tried)]
    return {"outcome": tried.outcome, "reason": tried.reason, "seconds": tried.seconds, "checks": checks}


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """What is the same for several tasks of a matrix, put together; two checks in one line are not the same."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for one in findings:
        place = (one.file, one.line, one.code)
        nth = seen[one.task, *place]
        seen[one.task, *place] += 1
        groups.setdefault((*place, nth), []).append(one)
    return list(groups.values())


def _finding(alike: Sequence[Finding], told: Told, columns: int, *, mend: bool) -> Iterator[str]:
    """What is the same for several tasks of a matrix is told once."""
    first = alike[0]
    place = f"{_shown(told.root / first.file)}:{first.line}"
    yield from _wrapped(f"{place}: {first.level} {first.code}: ", first.message, columns)
    names = [one.task.partition("::")[2] for one in alike if one.task]
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield visible(f"{INDENT}in {', '.join(names[:MOST_NAMED])}{more}")
    yield from (visible(f"{INDENT}| {line}") for line in first.evidence)
    if mend:
        yield from _wrapped("mend: ", first.mend, columns, indent=INDENT)


def _wrapped(head: str, text: str, columns: int, indent: str = "") -> list[str]:
    # Line ends, too, would let one finding pass for two.
    return textwrap.wrap(
        visible(head + " ".join(text.split())),
        max(columns, 40),
        initial_indent=indent,
        subsequent_indent=INDENT * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _count(findings: Sequence[Finding], level: str) -> str:
    codes = [one.code for one in findings if one.level == level]
    return f"{number(len(codes), level)} ({', '.join(dict.fromkeys(codes))})" if codes else ""


def _table(told: Told) -> Iterator[str]:
    """How the checks of each task came out."""
    names = [task.id for task in told.tasks]
    width = max(map(len, names), default=0)
    for task, name in zip(told.tasks, names, strict=True):
        nop, solution = told.nop.get(task.id), told.solution.get(task.id, ())
        done = f"solution: {', '.join(_came_out(one) for one in solution) or 'not tried'}"
        yield visible(f"{name:<{width}}  nothing done: {_came_out(nop) if nop else 'not tried':<24}  {done}")


def _came_out(tried: Tried) -> str:
    if not tried.checks:
        return f"{tried.outcome} in {tried.seconds:.1f} s"
    passed = sum(one.status == "passed" for one in tried.checks)
    return f"{passed} of {len(tried.checks)} pass in {tried.seconds:.1f} s"


def _shown(path: Path) -> str:
    return os.path.relpath(path)
