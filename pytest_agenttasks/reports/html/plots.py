"""Where the parts of plots stand, in per cent of their width; the template draws them as SVG."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.collected import Source, Span, Status
from pytest_agenttasks.reports.groups import Tally, counted
from pytest_agenttasks.reports.rows import duration

THINNEST = 0.4
"""Per cent: shorter bars would not be seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar.

    Attributes:
        kind: names its colour: a status, or `wait`.
        x: where it begins.
        width: of it.
        title: what it stands for.
        slug: of the task that it stands for; else empty.
    """

    kind: str
    x: float
    width: float
    title: str
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a plot: its name, what is said beside it, and its parts."""

    name: str
    told: str
    rate: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """What the workers of a run did.

    Attributes:
        run: its id.
        began: for people, in UTC.
        length: for people.
        lanes: worker → parts, in the order of time.
        waited: whether there are waits in it.
    """

    run: str
    began: str
    length: str
    lanes: list[tuple[str, list[Part]]]
    waited: bool


def bars(tallies: Sequence[Tally]) -> list[Bar]:
    """A bar for each kind, as long as its tasks are many."""
    most = max((one.total for one in tallies), default=1)
    return [Bar(one.name, counted(one.counts), one.rate, _parts(one, most)) for one in tallies]


def _parts(tally: Tally, most: int) -> list[Part]:
    parts, x = [], 0.0
    for status in (Status.PASSED, *(one for one in Status if one is not Status.PASSED)):
        width = 100 * tally.counts[status] / most
        if width:
            parts.append(Part(status.value, round(x, 3), round(width, 3), f"{tally.counts[status]} {status}"))
        x += width
    return parts


def time_line(source: Source) -> TimeLine | None:
    """The time line of a run; None where nothing is known of its times."""
    if not source.spans:
        return None
    began = min(span.began for span in source.spans)
    length = max(max(span.ended for span in source.spans) - began, 0.001)
    lanes: dict[str, list[Part]] = {}
    for lane, span in _in_lanes(source.spans):
        lanes.setdefault(lane, []).extend(_drawn(span, began, length))
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(began))
    waited = any(span.waits for span in source.spans)
    return TimeLine(source.id, when, duration(length), sorted(lanes.items()), waited)


def _in_lanes(spans: Sequence[Span]) -> list[tuple[str, Span]]:
    """Workers are lanes; where nobody told which worker it was, as few lanes as keep bars apart."""
    free: list[float] = []
    found = []
    for span in sorted(spans, key=lambda one: one.began):
        if span.worker:
            found.append((span.worker, span))
            continue
        lane = next((at for at, end in enumerate(free) if end <= span.began), len(free))
        free[lane : lane + 1] = [span.ended]
        found.append((f"worker {lane + 1}", span))
    return found


def _drawn(span: Span, began: float, length: float) -> list[Part]:
    def part(kind: str, a: float, b: float, title: str) -> Part:
        x = 100 * (a - began) / length
        width = min(max(100 * (b - a) / length, THINNEST), 100.0)
        return Part(kind, round(min(x, 100 - width), 3), round(width, 3), title, span.slug)

    took = duration(span.ended - span.began)
    waited = sum(b - a for a, b in span.waits)
    rest = f", {duration(waited)} of it waiting for limits" if waited else ""
    title = f"{span.name}: {span.status}, {took}{rest}"
    waits = [part("wait", a, b, f"{span.name}: waited {duration(b - a)} for limits") for a, b in span.waits]
    return [part(span.status.value, span.began, span.ended, title), *waits]
