"""How a run stands, for people: as much as there is room for, what needs a person first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_agenttasks.cli.monitor.look import Look
from pytest_agenttasks.cli.monitor.words import clean, doing, event_told, heading, in_common, lines_of
from pytest_agenttasks.reports.rows import short_names
from pytest_agenttasks.watching import clock, rough

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

LOG_WIDTH = 120
"""Columns where nobody tells how many there are."""

PRINTED = 120
"""Rows of a run that is printed and not followed."""

BETWEEN = "  "
"""Columns."""

AT_LEAST = 3
"""Rows that each section gets before the first ones get more."""

TOLD = ("began", "call", "waiting", "ended")
"""Events that are news; the others are seen at the tasks that are in the middle."""

COLOURS = {"failed": "red", "error": "red", "quota": "yellow"}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the view.

    Attributes:
        title: says what it is.
        rows: cells, the most important row first.
        wide: the column that takes the room that is left, and is cut.
        newest_last: whether it is the last rows that matter.
    """

    title: str
    rows: Sequence[tuple[str, ...]]
    wide: int
    newest_last: bool = False


def view(look: Look, width: int, height: int) -> Group:
    """What fits into so many columns and rows."""
    from rich.console import Group
    from rich.text import Text

    top = [Text(one, style="bold" if place == 0 else "", no_wrap=True, overflow="ellipsis")
           for place, one in enumerate([heading(look), *lines_of(look, width)])]  # fmt: skip
    sections = [section for section in _sections(look) if section.rows]
    shares = shared([len(section.rows) for section in sections], height - len(top) - 1)
    shown = [(section, rows) for section, rows in zip(sections, shares, strict=True) if rows]
    return Group(*top, *(part for section, rows in shown for part in _drawn(section, rows, width)))


def shared(wanted: Sequence[int], room: int) -> list[int]:
    """How many rows each section gets; each has a heading besides, with an empty row above it.

    Args:
        wanted: rows, the most important section first.
        room: rows that there are.
    """
    given = [0] * len(wanted)
    for least in (AT_LEAST, None):
        for place, count in enumerate(wanted):
            costs = 0 if given[place] else 2
            more = min(count if least is None else min(least, count), given[place] + room - costs) - given[place]
            if more > 0:
                given[place] += more
                room -= more + costs
    return given


def _sections(look: Look) -> Iterable[Section]:
    status, now = look.watch.status, look.now
    shown = in_common([task.name for task in status.tasks.values()])
    names = short_names(model for task in status.tasks.values() if (model := task.model))
    yield Section(
        f"not passed: {len(look.not_passed)}",
        [(task.outcome, shown(task.name), clean(look.reason(task))) for task in reversed(look.not_passed)][:PRINTED],
        2,
    )
    running = sorted(status.running, key=lambda task: task.waiting_until is not None)
    yield Section(
        f"running: {len(running)}" if look.goes_on else f"in the middle when it ended: {len(running)}",
        [(clean(task.worker), shown(task.name), *doing(task, names, now)) for task in running],
        1,
    )
    if look.gateway is None:
        return (yield from _events(look))
    yield Section(
        "left alone",
        [(clean(one.preset), clean(one.reason), _for(one.until, now)) for one in look.gateway.cooldowns],
        0,
    )
    yield Section(
        "left of the day",
        [
            (clean(one.what), f"{one.left} of {one.limit}", f"until {clock(one.until, now)}" if one.until else "")
            for one in look.gateway.quotas
        ],
        0,
    )
    yield from _events(look)


def _events(look: Look) -> Iterable[Section]:
    shown = in_common([task.name for task in look.watch.status.tasks.values()])
    names = {slug: shown(task.name) for slug, task in look.watch.status.tasks.items()}
    rows = [
        event_told(worker, event, names[event["task"]])
        for worker, event in look.watch.status.latest
        if event["event"] in TOLD and look.state != "ended"
    ]
    yield Section("last events", rows, 2, newest_last=True)


def _for(until: float | None, now: float) -> str:
    if until is None:
        return "until nobody knows when"
    return f"for {rough(until - now)}" if until > now else "just over"


def _drawn(section: Section, count: int, width: int) -> Iterable[RenderableType]:
    from rich.text import Text

    yield ""
    hidden = len(section.rows) - count
    yield Text(section.title + (f" ({hidden} more)" if hidden else ""), style="bold")
    yield _table(section.rows[-count:] if section.newest_last else section.rows[:count], section.wide, width)


def _table(rows: Sequence[tuple[str, ...]], wide: int, width: int) -> Table:
    """Columns as wide as they need be; if that is too much, one of them is cut."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    needed = sum(max(map(cell_len, column)) + len(BETWEEN) for column in zip(*rows, strict=True)) - len(BETWEEN)
    table = Table.grid(padding=(0, len(BETWEEN), 0, 0), expand=needed > width)
    for place in range(len(rows[0])):
        cut = needed > width and place == wide
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1 if cut else None)
    for row in rows:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    return table
