"""Who drives when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_SHIFTS = 5
"""Shifts that a driver may have in a week."""

REST = 11
"""Hours between two shifts of a driver."""


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


@dataclass
class _Week:
    """What is known of the drivers so far: their numbers of shifts, and the hour from which each is free."""

    counts: Counter[str] = field(default_factory=Counter)
    free_from: dict[str, int] = field(default_factory=dict)

    def can_take(self, driver: Driver, shift: Shift) -> bool:
        """Whether a driver may and can drive a shift."""
        begins = shift.day * 24 + shift.start
        return (
            shift.day not in driver.off
            and shift.licence in driver.licences
            and self.counts[driver.name] < MOST_SHIFTS
            and begins >= self.free_from.get(driver.name, begins)
        )

    def give(self, driver: Driver, shift: Shift) -> None:
        """Note that a driver drives a shift."""
        self.counts[driver.name] += 1
        self.free_from[driver.name] = shift.day * 24 + shift.end + REST


def plan_week(shifts: Sequence[Shift], drivers: Sequence[Driver]) -> Plan:
    """Give each shift to the driver with the fewest so far; the first in the list wins a tie.

    Between two shifts a driver rests eleven hours. Shifts are filled in order of day and start.
    """
    plan, week = Plan(), _Week()
    for shift in sorted(shifts, key=lambda one: (one.day, one.start)):
        able = [driver for driver in drivers if week.can_take(driver, shift)]
        if not able:
            plan.unfilled.append(shift)
            continue
        best = min(able, key=lambda driver: week.counts[driver.name])
        plan.drives[shift] = best.name
        week.give(best, shift)
    return plan


def hours(plan: Plan) -> dict[str, int]:
    """Return how many hours each driver of a plan drives, by name in order of the alphabet."""
    found: Counter[str] = Counter()
    for shift, name in plan.drives.items():
        found[name] += shift.end - shift.start
    return dict(sorted(found.items()))
