"""Runs beside each other: what changed between them, task by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.collected import Column, Entry, Report, Status
from pytest_agenttasks.statistics import CONFIDENCE, Trials, fisher, left_out

Cell = tuple[Entry, ...]
"""The entries of one task in one column: its trials, one where it is not repeated, none where it is not there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One task in all columns.

    Attributes:
        name: as pytest names it, without its trial; with its preset where one column has it on several.
        cells: for each column.
        change: `worse` and `better` from failed to passed and back; of repeated tasks where chance alone hardly does
            as much, else `unclear`; `other` where one of both is no outcome of an agent's work, or no longer differs;
            `same` in all; `only` where one column alone has it. Between the first and the last column that have it.
        alone: whether the columns asked different models for it: then trials of one model alone are compared.
        differs: what makes it another task in some of them: `prompt`, `workspace`, … ; empty where it is not known.
    """

    name: str
    cells: tuple[Cell, ...]
    change: str
    alone: bool = False
    differs: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """How it stands in each column: `passed`; `3 of 5 passed, 1 error`; `–` where it is not there."""
        return tuple(told(cell, alone=self.alone) for cell in self.cells)


OF_THE_TASK = ("prompt", "workspace", "checks", "limits", "artifacts", "solution", "code")
"""Hashes in result.json that say what was to be done; the others say who did it."""

ORDER = ("worse", "better", "unclear", "other", "same", "only")


def compared(report: Report) -> list[Line]:
    """What became worse first."""
    keys = [_by_key(column, _several(report)) for column in report.columns]
    names = list(dict.fromkeys(name for found in keys for name in found))
    lines = [_line(name, tuple(found.get(name, ()) for found in keys)) for name in names]
    return sorted(lines, key=lambda line: ORDER.index(line.change))


def summed(lines: Sequence[Line], labels: Sequence[str]) -> str:
    """`1 worse, 2 better, 5 same, 10 only in main`.

    Args:
        lines: of the comparison.
        labels: of its columns.
    """
    counts = Counter(_kind(line, labels) for line in lines)
    return ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts, key=lambda kind: ORDER.index(kind.split()[0])))


def _kind(line: Line, labels: Sequence[str]) -> str:
    if line.change != "only":
        return line.change
    return f"only in {next(label for label, cell in zip(labels, line.cells, strict=True) if cell)}"


def told(cell: Cell, *, alone: bool) -> str:
    """How a task stands: its status; of several trials how many passed, and those that do not count.

    Args:
        cell: its trials.
        alone: whether only what the model asked for did alone counts; else mixed trials do, and are told.
    """
    if len(cell) < 2:
        return cell[0].status if cell else "–"
    trials = _judged(cell, alone=alone)
    parts = [f"{trials.passed} of {trials.counted} passed"] if trials else []
    mixed = sum(entry.mixed for entry in cell)
    parts += [f"{mixed} mixed"] if mixed and not alone else []
    rest = Counter(_left_out(entry, alone=alone) for entry in cell)
    return ", ".join([*parts, *(f"{count} {why}" for why, count in rest.items() if why)])


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
    there, entries = [cell for cell in cells if cell], [one for cell in cells for one in cell]
    alone = len({entry.requested for entry in entries}) > 1
    change = _change(there, alone=alone) if len(there) > 1 else "only"
    return Line(name, cells, change, alone, _differs(entries))


def _change(there: Sequence[Cell], *, alone: bool) -> str:
    if any(len(cell) > 1 for cell in there):
        return _change_of_trials([_judged(cell, alone=alone) for cell in there])
    entries = [entry for (entry,) in there]
    first, last = entries[0], entries[-1]
    if len({entry.status for entry in entries}) == 1:
        return "same"
    if first.status == last.status or any(_left_out(entry, alone=alone) for entry in (first, last)):
        return "other"
    return "better" if last.status is Status.PASSED else "worse"


def _change_of_trials(told: Sequence[Trials | None]) -> str:
    before, after = told[0], told[-1]
    if before is None or after is None:
        return "other"
    if before.rate == after.rate:
        return "same" if all(one and one.rate == before.rate for one in told) else "other"
    if fisher(before, after) > 1 - CONFIDENCE:
        return "unclear"
    return "better" if after.rate > before.rate else "worse"


def _judged(cell: Cell, *, alone: bool) -> Trials | None:
    statuses = [entry.status for entry in cell if not _left_out(entry, alone=alone)]
    return Trials(statuses.count(Status.PASSED), len(statuses)) if statuses else None


def _left_out(entry: Entry, *, alone: bool) -> str | None:
    """Why it does not count."""
    return entry.status if entry.result is None else left_out(entry.result, of_a_model=alone)


def _differs(there: Sequence[Entry]) -> tuple[str, ...]:
    contents = [entry.result.content for entry in there if entry.result and entry.result.content]
    known = {name: {content[name] for content in contents if name in content} for name in OF_THE_TASK}
    return tuple(name for name, hashes in known.items() if len(hashes) > 1)
