"""Who drives when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_SHIFTS = 5
"""Shifts that a driver may have in a week."""


@dataclass(frozen=True)
class Shift:
    """One tour on one day; `start` and `end` are hours, and a night shift ends after 24."""

    day: int
    start: int
    end: int
    licence: str = "B"


@dataclass(frozen=True)
class Driver:
    """Who can drive: the licences they hold, and the days on which they are off."""

    name: str
    licences: str = "B"
    off: frozenset[int] = frozenset()


@dataclass
class Plan:
    """The shifts of a week with their drivers, and those that nobody can take."""

    drives: dict[Shift, str] = field(default_factory=dict)
    unfilled: list[Shift] = field(default_factory=list)


def plan_week(shifts: Sequence[Shift], drivers: Sequence[Driver]) -> Plan:
    """Give each shift to the driver with the fewest so far; the first in the list wins a tie.

    Between two shifts a driver rests eleven hours. Shifts are filled in order of day and start.
    """
    plan = Plan()
    counts: Counter[str] = Counter()
    free_from: dict[str, int] = {}
    for shift in sorted(shifts, key=lambda one: (one.day, one.start)):
        best = None
        for driver in drivers:
            if shift.day not in driver.off:
                if shift.licence in driver.licences:
                    if counts[driver.name] < MOST_SHIFTS:
                        if driver.name in free_from:
                            if shift.day * 24 + shift.start >= free_from[driver.name]:
                                if best is None:
                                    best = driver
                                else:
                                    if counts[driver.name] < counts[best.name]:
                                        best = driver
                        else:
                            if best is None:
                                best = driver
                            else:
                                if counts[driver.name] < counts[best.name]:
                                    best = driver
        if best is None:
            plan.unfilled.append(shift)
        else:
            plan.drives[shift] = best.name
            counts[best.name] += 1
            free_from[best.name] = shift.day * 24 + shift.end + 11
    return plan


def hours(plan: Plan) -> dict[str, int]:
    """Return how many hours each driver of a plan drives, by name in order of the alphabet."""
    found: Counter[str] = Counter()
    for shift, name in plan.drives.items():
        found[name] += shift.end - shift.start
    return dict(sorted(found.items()))
