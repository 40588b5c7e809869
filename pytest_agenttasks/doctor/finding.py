"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

Level = Literal["ok", "note", "warning", "error"]

PACKAGES = "Python & packages"
PROJECT = "Project & task files"
MODELS = "Models & keys"
SANDBOX = "Sandbox"
AGENTS = "Agents"
CASSETTES = "Cassettes"
QUOTAS = "Quotas"
DISK = "Disk"
GROUPS = (PACKAGES, PROJECT, MODELS, SANDBOX, AGENTS, CASSETTES, QUOTAS, DISK)
"""Under which headings findings are told, in this order."""

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: `error`: selected tasks would not run, or not as meant; `warning`: they may not; `note`: good to know.
        found: one line.
        mend: a command, or what to do; empty where nothing is wrong.
        check: name of the check that found it.
        group: one of `GROUPS`.
    """

    level: Level
    found: str
    mend: str = ""
    check: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """A check.

    Attributes:
        name: for people and for JSON.
        group: one of `GROUPS`.
        looks_at: what, for the docs.
        run: looks.
    """

    name: str
    group: str
    looks_at: str
    run: Callable[[Subject], Iterable[Finding]]


def ok(found: str) -> Finding:
    """As it should be."""
    return Finding("ok", found)


def note(found: str, mend: str = "") -> Finding:
    """Not wrong; good to know."""
    return Finding("note", found, mend)


def warning(found: str, mend: str) -> Finding:
    """May go wrong."""
    return Finding("warning", found, mend)


def error(found: str, mend: str) -> Finding:
    """Selected tasks would not run, or not as meant."""
    return Finding("error", found, mend)


def advised(told: str) -> tuple[str, str]:
    """What is wrong, and what to do: of a message that says both, with a colon between them."""
    found, colon, mend = told.rpartition(": ")
    return (found, mend) if colon else (told, "")


def examine(checks: Sequence[Check[Subject]], subject: Subject) -> list[Finding]:
    """Run all checks; one that cannot be run is a finding itself."""
    return [finding for check in checks for finding in _run(check, subject)]


def _run(check: Check[Subject], subject: Subject) -> Iterator[Finding]:
    found: list[Finding] = []
    try:
        found += check.run(subject)
    except Exception as trouble:
        words = " ".join(str(trouble).split())
        found.append(
            error(f"the check {check.name} itself failed: {type(trouble).__name__}: {words}", "please report this")
        )
    yield from (replace(one, check=check.name, group=check.group) for one in found)
