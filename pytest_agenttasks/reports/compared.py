"""Runs beside each other: what changed between them, task by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.collected import JUDGED, Column, Entry, Report, Status


@dataclass(frozen=True, slots=True)
class Line:
    """One task in all columns.

    Attributes:
        name: as pytest names it; with its preset where one column has it on several.
        entries: for each column, None where it has no such task.
        change: `worse` and `better` from failed to passed and back; `other` where one of both is no outcome of an
            agent's work; `same`. Between the first and the last column that have the task.
        differs: what makes it another task in some of them: `prompt`, `workspace`, … ; empty where it is not known.
    """

    name: str
    entries: tuple[Entry | None, ...]
    change: str
    differs: tuple[str, ...] = ()


OF_THE_TASK = ("prompt", "workspace", "checks", "limits", "artifacts", "solution", "code")
"""Hashes in result.json that say what was to be done; the others say who did it."""

ORDER = ("worse", "better", "other", "same")


def compared(report: Report) -> list[Line]:
    """What became worse first."""
    keys = [_by_key(column, _several(report)) for column in report.columns]
    names = list(dict.fromkeys(name for found in keys for name in found))
    told = [_line(name, tuple(found.get(name) for found in keys)) for name in names]
    return sorted(told, key=lambda line: ORDER.index(line.change))


def summed(told: Sequence[Line]) -> str:
    """`1 worse, 2 better, 5 same`."""
    counts = {word: sum(line.change == word for line in told) for word in ORDER}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _several(report: Report) -> set[str]:
    """Names that one column has more than once: on several presets."""
    found = set()
    for column in report.columns:
        names = [entry.name for entry in column.entries]
        found |= {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    return found


def _by_key(column: Column, several: set[str]) -> dict[str, Entry]:
    return {
        f"{entry.name} · {entry.slug.rpartition('--')[2]}" if entry.name in several else entry.name: entry
        for entry in column.entries
    }


def _line(name: str, entries: tuple[Entry | None, ...]) -> Line:
    there = [entry for entry in entries if entry is not None]
    return Line(name, entries, _change(there), _differs(there))


def _change(there: Sequence[Entry]) -> str:
    first, last = there[0].status, there[-1].status
    if len({entry.status for entry in there}) == 1:
        return "same"
    if first == last or not {first, last} <= set(JUDGED):
        return "other"
    return "better" if last is Status.PASSED else "worse"


def _differs(there: Sequence[Entry]) -> tuple[str, ...]:
    contents = [entry.result.content for entry in there if entry.result and entry.result.content]
    known = {name: {content[name] for content in contents if name in content} for name in OF_THE_TASK}
    return tuple(name for name, hashes in known.items() if len(hashes) > 1)
