"""What a benchmark tells: rows of one form, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

HEADINGS = ("name", "what", "value", "target", "unit", "beside")


@dataclass(frozen=True, slots=True)
class Row:
    """One number.

    Attributes:
        name: benchmark, variant and quantity, with dots between them.
        what: what was measured, for people.
        value: ours.
        unit: `×` for a ratio; else what is counted.
        target: what the value must reach; None where there is none.
        best: whether small or large values are good.
        beside: the same quantity of others, taken in the same run.
        detail: what the value was made of; in the JSON only.
    """

    name: str
    what: str
    value: float
    unit: str
    target: float | None = None
    best: Literal["low", "high"] = "low"
    beside: Mapping[str, float] = field(default_factory=dict)
    detail: Json = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.best == "low" else self.value >= self.target

    def to_json(self) -> Json:
        """All of it, `met` included."""
        return {**asdict(self), "met": self.met}


def table(rows: Sequence[Row]) -> str:
    """The rows as lines with columns; a target that is missed is marked with `!`."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≤" if row.best == "low" else "≥"
    target = "" if row.target is None else f"{sign} {_number(row.target)}{'' if row.met else ' !'}"
    beside = ", ".join(f"{name} {_number(value)}" for name, value in row.beside.items())
    return row.name, row.what, _number(row.value), target, row.unit, beside


def _number(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.3g}"
