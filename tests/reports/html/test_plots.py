"""Where the parts of plots stand."""

from __future__ import annotations

from pytest_agenttasks.reports.collected import Span, Status
from pytest_agenttasks.reports.groups import by_category
from pytest_agenttasks.reports.html.plots import bars, time_line
from tests.reports.some import result
from tests.reports.told import entry, missing, source


def test_bars_are_as_long_as_their_tasks_are_many() -> None:
    code = [entry(result(str(n), outcome, category="code")) for n, outcome in enumerate(("failed", "passed", "passed"))]
    first, second = bars(by_category([*code, missing(category="docs")]))
    assert [(part.kind, part.x, part.width) for part in first.parts] == [
        ("passed", 0.0, 66.667), ("failed", 66.667, 33.333),
    ]  # fmt: skip
    assert (first.told, first.rate) == ("2 passed, 1 failed", "2 of 3 (67 %)")
    assert [(part.kind, part.width) for part in second.parts] == [("missing", 33.333)]


def span(worker: str, began: float, ended: float, **more: object) -> Span:
    return Span(worker, f"{began}", "t", Status.PASSED, began, ended, **more)  # type: ignore[arg-type]


def test_the_time_line_of_two_workers() -> None:
    spans = [span("gw0", 1000.0, 1050.0, waits=[(1010.0, 1030.0)]), span("gw1", 1050.0, 1100.0)]
    line = time_line(source(spans=spans))
    assert line is not None
    assert (line.began, line.length, line.waited) == ("1970-01-01 00:16:40 UTC", "1 min 40 s", True)
    (_, first), (_, second) = line.lanes
    assert [(part.kind, part.x, part.width) for part in first] == [("passed", 0.0, 50.0), ("wait", 10.0, 20.0)]
    assert first[0].title == "t: passed, 50 s, 20 s of it waiting for limits"
    assert [(part.x, part.width) for part in second] == [(50.0, 50.0)]


def test_tasks_of_unknown_workers_do_not_cover_each_other() -> None:
    spans = [span("", 0.0, 10.0), span("", 5.0, 20.0), span("", 10.0, 15.0)]
    line = time_line(source(spans=spans))
    assert line is not None
    assert [(name, len(parts)) for name, parts in line.lanes] == [("worker 1", 2), ("worker 2", 1)]


def test_what_took_no_time_is_still_seen_and_inside() -> None:
    line = time_line(source(spans=[span("a", 0.0, 100.0), span("a", 100.0, 100.0)]))
    assert line is not None
    (_, parts) = line.lanes[0]
    assert parts[1].width > 0
    assert parts[1].x + parts[1].width <= 100
    assert time_line(source(spans=[span("a", 5.0, 5.0)])) is not None
    assert time_line(source()) is None
