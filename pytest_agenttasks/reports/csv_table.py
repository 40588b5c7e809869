"""One row a task, for spreadsheets and scripts: RFC 4180, with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pytest_agenttasks.reports.collected import Column, Entry, Report, moment
from pytest_agenttasks.reports.properties import cost, printable
from pytest_agenttasks.statistics import left_out

COLUMNS = (
    "column", "run", "task", "file", "line", "title", "category", "agent", "preset", "status", "reason", "served",
    "purity", "cassette", "calls", "attempts", "rotations", "limited", "wait_s", "tokens_prompt", "tokens_completion",
    "cost_usd", "recorded_cost_usd", "recorded_wait_s", "steps", "seconds", "began", "ended", "resumed_from", "slug",
    "trial", "trial_of", "left_out",
    "judge", "judge_calls", "judge_tokens", "judge_cost_usd", "judge_recorded_cost_usd",
)  # fmt: skip
"""In this order for ever; new ones come at the end."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for a formula at the begin of a cell; such a text gets an apostrophe before it."""


def csv_text(report: Report) -> str:
    """The table; cells of tasks without a result are empty where only a result could tell."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for column in report.columns:
        for entry in column.entries:
            table.writerow([_cell(value) for value in _values(column, entry)])
    return text.getvalue()


def _cell(value: object) -> str:
    """Numbers stay numbers; texts stay texts."""
    if isinstance(value, int | float):
        return str(value)
    text = printable("" if value is None else str(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def _values(column: Column, entry: Entry) -> Iterator[object]:
    yield from (column.label, entry.run, entry.task, entry.file, entry.line, entry.title, entry.category, entry.agent)
    yield from (entry.requested, entry.status.value, entry.reason)
    result = entry.result
    if result is None:
        yield from [None] * (COLUMNS.index("slug") - COLUMNS.index("served"))
    else:
        yield from (",".join(result.served), result.purity, result.cassette, result.calls, result.attempts)
        yield from (result.rotations, sum(use.limited for use in result.told_models), result.wait_s)
        yield from (result.prompt_tokens, result.completion_tokens, _cost(result.cost_usd))
        recorded = result.recorded
        yield _cost(recorded["cost_usd"]) if "cost_usd" in recorded else None
        yield from (recorded.get("wait_s"), result.steps, result.seconds)
        yield from (moment(result.began), moment(result.ended), result.resumed_from)
    yield entry.slug
    if result is None:
        yield from [None] * (COLUMNS.index("judge") - COLUMNS.index("slug") - 1)
    else:
        yield from (result.trial or None, result.unit if result.trial else None, left_out(result, of_a_model=True))
    judge = result.judge if result else None
    if judge is None:
        yield from [None] * 5
    else:
        yield from (",".join(judge.served), judge.calls, judge.tokens)
        yield from (_cost(judge.cost_usd), _cost(judge.recorded_cost_usd))


def _cost(usd: float | None) -> str:
    """A number without an exponent, which not every reader takes; unknown is a word and never 0."""
    return f"{usd:.12f}" if usd is not None and "e" in cost(usd) else cost(usd)
