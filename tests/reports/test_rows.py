"""Totals, and words about money: unknown is never 0."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import ORDER, models, rows, totals
from pytest_agenttasks.results import Outcome, TaskResult
from tests.reports.some import ALL_KINDS, QWEN, result


@pytest.mark.parametrize(
    ("usd", "text"),
    [(None, "unknown"), (0, "0"), (0.0, "0"), (1.0, "1"), (10, "10"), (0.5, "0.5"), (0.0000123, "0.000012"),
     (123.456789, "123.456789"), (0.0000001, "1.0e-07"), (100, "100")],
)  # fmt: skip
def test_cost(usd: float | None, text: str) -> None:
    assert cost(usd) == text


def replayed(**recorded: Any) -> TaskResult:
    return result(cassette="replayed", recorded=recorded)


MONEY: dict[str, list[TaskResult]] = {
    "$0 spent": [result(cost_usd=0)],
    "$0.75 spent": [result(cost_usd=0.5), result(cost_usd=0.25), replayed(cost_usd=3.0)],
    "$0.5 spent and 1 of unknown cost": [result(cost_usd=0.5), result(cost_usd=None)],
    "$0 spent and 2 of unknown cost": [result(cost_usd=None), result(cost_usd=None)],
    "replayed, nothing spent (recorded: $0.75)": [
        replayed(cost_usd=0.5),
        replayed(cost_usd=0.25),
        result(cassette="none"),
    ],
    "replayed, nothing spent (recorded: unknown)": [replayed(cost_usd=0.5), replayed(cost_usd=None)],
    "no model asked": [result(cassette="none")],
}


@pytest.mark.parametrize("words", MONEY)
def test_money(words: str) -> None:
    assert f" · {words} · " in totals(MONEY[words])[0]


def test_what_needs_a_person_comes_first_and_the_order_stays() -> None:
    assert set(ORDER) == set(Outcome)
    assert [row.result.task for row in rows(ALL_KINDS)] == [
        "tests-for[src/inventory.py]", "coupons", "csv", "slug-length", "mixed", "drift"
    ]  # fmt: skip


def test_models_in_the_order_of_their_answers() -> None:
    assert models(result(served=["openrouter/a/b", QWEN])) == "b → qwen3.8-27b:free"
    assert models(result(served=[])) == "–"


def test_at_most_five_of_a_kind_are_told() -> None:
    results = [result(f"t{n}", environment_drift=["x"], unplayed=1) for n in range(9)]
    lines = totals(results)
    assert lines[1] == "environment drift in 9: tools said something else than when it was recorded"
    assert len(lines) == 2 + 5 + 5


def test_answers_left_over_by_an_error_are_no_news() -> None:
    assert len(totals([result(outcome="error", unplayed=3)])) == 1
