"""One row a task, that spreadsheets and scripts read alike."""

from __future__ import annotations

import csv
import io

import pytest

from pytest_agenttasks.reports.collected import Entry
from pytest_agenttasks.reports.csv_table import COLUMNS, csv_text
from tests.reports.some import replayed, result
from tests.reports.told import entry, missing, report


def rows(*entries: Entry) -> list[dict[str, str]]:
    text = csv_text(report(*entries))
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_columns_keep_their_places() -> None:
    assert csv_text(report()).splitlines() == [",".join(COLUMNS)]


def test_a_row() -> None:
    (row,) = rows(entry(result("t", "failed", reason="pytest: 1 failed, 2 passed", began=1.79e9, cost_usd=0.5)))
    assert row["status"] == "failed"
    assert row["reason"] == "pytest: 1 failed, 2 passed"
    assert (row["tokens_prompt"], row["cost_usd"], row["seconds"]) == ("10000", "0.5", "12.34")
    assert row["began"] == "2026-09-21T14:13:20Z"
    assert row["ended"] == "", "not known"


def test_unknown_costs_are_not_zero_and_a_replay_spends_nothing() -> None:
    unknown, recorded, small = rows(
        entry(result(cost_usd=None)), entry(replayed(recorded={"cost_usd": 0.25})), entry(result(cost_usd=2e-7))
    )
    assert unknown["cost_usd"] == "unknown"
    assert (recorded["cost_usd"], recorded["recorded_cost_usd"]) == ("0", "0.25")
    assert small["cost_usd"] == "0.000000200000"


def test_a_missing_task_has_no_numbers() -> None:
    (row,) = rows(missing())
    assert (row["status"], row["reason"], row["slug"]) == ("missing", "did not run", "lost")
    assert {row[name] for name in COLUMNS[COLUMNS.index("served") : COLUMNS.index("slug")]} == {""}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_texts_are_no_formulas(text: str) -> None:
    (row,) = rows(entry(result(text, reason=text, wait_s=-1.0)))
    assert (row["task"], row["reason"]) == (f"'{text}", f"'{text}")
    assert row["wait_s"] == "-1.0", "a number is none"


def test_any_text_is_one_cell() -> None:
    text = 'a,"b"\nc;\udcff'
    (row,) = rows(entry(result(text)))
    assert row["task"] == 'a,"b"\nc;\\udcff'
