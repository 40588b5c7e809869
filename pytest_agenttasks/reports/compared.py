"""Runs beside each other: what changed between them, task by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.collected import JUDGED, Column, Entry, Report, Status
from pytest_agenttasks.statistics import CONFIDENCE, Trials, fisher

Cell = tuple[Entry, ...]
"""The entries of one task in one column: its trials, one where it is not repeated, none where it is not there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One task in all columns.

    Attributes:
        name: as pytest names it, without its trial; with its preset where one column has it on several.
        cells: for each column.
        change: `worse` and `better` from failed to passed and back; of repeated tasks where chance alone hardly does
            as much, else `unclear`; `other` where one of both is no outcome of an agent's work; `same`. Between the
            first and the last column that have the task.
        differs: what makes it another task in some of them: `prompt`, `workspace`, … ; empty where it is not known.
    """

    name: str
    cells: tuple[Cell, ...]
    change: str
    differs: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """How it stands in each column: `passed`; `3 of 5 passed, 1 error`; `–` where it is not there."""
        return tuple(told(cell) for cell in self.cells)


OF_THE_TASK = ("prompt", "workspace", "checks", "limits", "artifacts", "solution", "code")
"""Hashes in result.json that say what was to be done; the others say who did it."""

ORDER = ("worse", "better", "unclear", "other", "same")


def compared(report: Report) -> list[Line]:
    """What became worse first."""
    keys = [_by_key(column, _several(report)) for column in report.columns]
    names = list(dict.fromkeys(name for found in keys for name in found))
    lines = [_line(name, tuple(found.get(name, ()) for found in keys)) for name in names]
    return sorted(lines, key=lambda line: ORDER.index(line.change))


def summed(lines: Sequence[Line]) -> str:
    """`1 worse, 2 better, 5 same`."""
    counts = {word: sum(line.change == word for line in lines) for word in ORDER}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def told(cell: Cell) -> str:
    """How a task stands: its status; of several trials how many passed, and those that were not judged."""
    if len(cell) < 2:
        return cell[0].status if cell else "–"
    trials = _judged(cell)
    rest = [entry.status for entry in cell if entry.status not in JUDGED]
    parts = [f"{trials.passed} of {trials.counted} passed"] if trials else []
    mixed = sum(entry.mixed for entry in cell)
    parts += [f"{mixed} mixed"] if mixed else []
    return ", ".join([*parts, *(f"{rest.count(status)} {status}" for status in dict.fromkeys(rest))])


def _several(report: Report) -> set[str]:
    """Names that one column has on several presets."""
    found = set()
    for column in report.columns:
        presets: dict[str, set[str]] = {}
        for entry in column.entries:
            presets.setdefault(_name(entry), set()).add(_preset(entry))
        found |= {name for name, some in presets.items() if len(some) > 1}
    return found


def _by_key(column: Column, several: set[str]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for entry in column.entries:
        name = _name(entry)
        key = f"{name} · {_preset(entry)}" if name in several else name
        found[key] = (*found.get(key, ()), entry)
    return found


def _name(entry: Entry) -> str:
    return f"{entry.file}::{entry.unit}"


def _preset(entry: Entry) -> str:
    """As its slug ends, which tells apart full ids, too; a slug from elsewhere may have none."""
    _, mark, preset = entry.slug.rpartition("--")
    return preset if mark else entry.requested


def _line(name: str, cells: tuple[Cell, ...]) -> Line:
    return Line(
        name, cells, _change([cell for cell in cells if cell]), _differs([one for cell in cells for one in cell])
    )


def _change(there: Sequence[Cell]) -> str:
    if any(len(cell) > 1 for cell in there):
        return _change_of_trials(there[0], there[-1])
    statuses = [entry.status for (entry,) in there]
    first, last = statuses[0], statuses[-1]
    if len(set(statuses)) == 1:
        return "same"
    if first == last or not {first, last} <= set(JUDGED):
        return "other"
    return "better" if last is Status.PASSED else "worse"


def _change_of_trials(first: Cell, last: Cell) -> str:
    before, after = _judged(first), _judged(last)
    if before is None or after is None:
        return "other"
    if before.rate == after.rate:
        return "same"
    if fisher(before, after) > 1 - CONFIDENCE:
        return "unclear"
    return "better" if after.rate > before.rate else "worse"


def _judged(cell: Cell) -> Trials | None:
    statuses = [entry.status for entry in cell if entry.status in JUDGED]
    return Trials(statuses.count(Status.PASSED), len(statuses)) if statuses else None


def _differs(there: Sequence[Entry]) -> tuple[str, ...]:
    contents = [entry.result.content for entry in there if entry.result and entry.result.content]
    known = {name: {content[name] for content in contents if name in content} for name in OF_THE_TASK}
    return tuple(name for name, hashes in known.items() if len(hashes) > 1)
