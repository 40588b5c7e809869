"""The page: what stands where, and the template that is filled with it."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.reports.by_model import ModelTable, model_tables
from pytest_agenttasks.reports.collected import Column, Entry, Evidence, Report, Status, in_order, moment
from pytest_agenttasks.reports.compared import compared, summed
from pytest_agenttasks.reports.groups import Tally, by_agent, by_category, by_model, tally
from pytest_agenttasks.reports.html.plots import Bar, TimeLine, bars, time_line
from pytest_agenttasks.reports.html.rates import RatesView, rates_view
from pytest_agenttasks.reports.html.task import TaskView, task_view
from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.rates import column_lines
from pytest_agenttasks.reports.rows import duration, money, totals
from pytest_agenttasks.reports.texts import first_line, size, visible

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")

MOST_OF_ALL = 24_000_000
"""Characters of all transcripts together, so that a phone can open the page."""

MOST_OF_ONE = 400_000
LEAST_OF_ONE = 20_000
"""Characters of one task's transcript."""

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.ERROR: "!", Status.QUOTA: "◷", Status.MISSING: "?"}
"""Colours are not the only signal."""


@dataclass(slots=True)
class Held:
    """What the tasks left behind, counted while the page is filled."""

    bytes: int = 0


@dataclass(slots=True)
class ColumnView:
    """A column as the template needs it.

    Attributes:
        column: its runs and tasks.
        number: of the column, from 1.
        entries: its tasks, those that need a person first.
        all: counts of all tasks.
        totals: lines that sum it up.
        notes: what must be told first.
        rates: with intervals.
        moves: tasks that did not stay with the model asked for.
        plots: title, what it counts, bars.
        tables: by model.
        lines: of time.
        most: characters of each task's transcript.
    """

    column: Column
    number: int
    entries: list[Entry]
    all: Tally
    totals: list[str]
    notes: list[str]
    rates: RatesView
    moves: list[str]
    plots: list[tuple[str, str, list[Bar]]]
    tables: list[ModelTable]
    lines: list[TimeLine]
    most: int
    anchors: dict[tuple[str, str], str] = field(default_factory=dict)


def page(report: Report, evidence: Callable[[Entry], Evidence]) -> str:
    """The report as an HTML document.

    Args:
        report: what it tells.
        evidence: gives what a task left behind; it is asked for one after the other, so that never all is in memory.
    """
    held = Held()
    count = sum(len(column.entries) for column in report.columns)
    most = min(MOST_OF_ONE, max(LEAST_OF_ONE, MOST_OF_ALL // max(count, 1)))
    css, script = _part("page.css"), _part("page.js")

    def views(column: ColumnView) -> Iterator[TaskView]:
        for entry in column.entries:
            view = task_view(entry, evidence(entry), column.anchors[entry.run, entry.slug], column.most)
            held.bytes += view.evidence.size
            yield view

    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=_title(report),
            policy=f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; base-uri 'none'; "
            "form-action 'none'",
            css=_safe(css),
            script=_safe(script),
            columns=[_column(column, number, most) for number, column in enumerate(report.columns, 1)],
            views=views,
            changes=compared(report) if len(report.columns) > 1 else [],
            summed=summed,
            compared=column_lines(report) if len(report.columns) > 1 else [],
            made=moment(report.made),
            held=held,
        )
    )


def _title(report: Report) -> str:
    labels = [column.label for column in report.columns]
    return "Agent tasks: " + " and ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")


def _column(column: Column, number: int, most: int) -> ColumnView:
    entries, results = in_order(column.entries), column.results
    plots = [
        ("By model", "tasks that one model did alone", bars(by_model(entries))),
        ("By category", "tasks", bars(by_category(entries))),
    ]
    agents = by_agent(entries)
    plots += [("By agent", "tasks", bars(agents))] if len(agents) > 1 else []
    return ColumnView(
        column,
        number,
        entries,
        tally("all", entries),
        totals(results) if results else [],
        notes(column),
        rates_view(results),
        moves(results),
        plots,
        model_tables(results),
        [line for source in column.sources if (line := time_line(source))],
        most,
        {(entry.run, entry.slug): f"t{number}-{place}" for place, entry in enumerate(entries, 1)},
    )


def _part(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _hash(text: str) -> str:
    """By which a content security policy knows a script or a style: sha256 of what stands in the element."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _safe(text: str) -> object:
    """A file of this package, which is no text of an agent."""
    from markupsafe import Markup

    return Markup(text)


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "size": size,
        "duration": duration,
        "moment": moment,
        "money": money,
        "day": _day,
        "first_line": first_line,
    }
    environment.globals |= {"Status": Status, "MARKS": MARKS}
    return environment


def _finalize(value: Any) -> Any:
    """Every text that goes into the page: nothing hidden is left in it."""
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _day(at: float | None) -> str:
    """A time for people, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at)) if at else "unknown"
