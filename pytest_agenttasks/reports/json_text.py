"""The whole report as one JSON document, for programs; docs/reports.md describes it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from pytest_agenttasks.reports.collected import Column, Entry, Report, Source, Status
from pytest_agenttasks.reports.compared import compared
from pytest_agenttasks.reports.groups import Tally, by_category, by_model, tally
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.rates import compared_columns
from pytest_agenttasks.reports.rates_json import compared_json, rates_json
from pytest_agenttasks.results import Json

FORMAT = 1
"""Version of the document, stored in it as `format`. Members may be added without a new one."""


def json_text(report: Report) -> str:
    """The document, with a line end. Lone surrogates are escapes, as JSON has them."""
    document: Json = {
        "format": FORMAT,
        "made": report.made,
        "columns": [_column(column) for column in report.columns],
    }
    if len(report.columns) > 1:
        document["changes"] = [
            {
                "task": line.name,
                "change": line.change,
                "statuses": [cell[0].status.value if len(cell) == 1 else None for cell in line.cells],
                "trials": [Counter(entry.status.value for entry in cell) for cell in line.cells],
                "differs": list(line.differs),
            }
            for line in compared(report)
        ]
        document["compared"] = [compared_json(one) for one in compared_columns(report)]
    return json.dumps(document, indent=1) + "\n"


def _column(column: Column) -> Json:
    return {
        "label": column.label,
        "notes": notes(column),
        "runs": [_run(source) for source in column.sources],
        "totals": _tally(tally("all", column.entries)),
        "by_category": [_tally(one) for one in by_category(column.entries)],
        "by_model": [_tally(one) for one in by_model(column.entries)],
        "rates": rates_json(column.results),
        "tasks": [_task(entry) for entry in column.entries],
    }


def _run(source: Source) -> Json:
    return {name: value for name, value in asdict(source).items() if name != "spans"}


def _tally(one: Tally) -> Json:
    counts = {status.value: one.counts[status] for status in Status}
    return {"name": one.name, **counts, "judged": one.judged, "mixed": one.mixed, "replayed": one.replayed}


def _task(entry: Entry) -> Json:
    return {
        "id": entry.id,
        "slug": entry.slug,
        "run": entry.run,
        "status": entry.status.value,
        "reason": entry.reason,
        "file": entry.file,
        "line": entry.line,
        "task": entry.task,
        "title": entry.title,
        "category": entry.category,
        "agent": entry.agent,
        "preset": entry.requested,
        "earlier": [{"run": run, "status": status.value} for run, status in entry.earlier],
        "not_finished_in": entry.later,
        "result": None if entry.result is None else entry.result.to_json(),
    }
