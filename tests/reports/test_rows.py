"""Totals, and words about money: unknown is never 0."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import ORDER, duration, rows, totals
from pytest_agenttasks.results import Outcome, TaskResult
from tests.reports.some import ALL_KINDS, QWEN, replayed, result, use


@pytest.mark.parametrize(
    ("usd", "text"),
    [(None, "unknown"), (0, "0"), (0.0, "0"), (1.0, "1"), (10, "10"), (0.5, "0.5"), (0.0000123, "0.000012"),
     (123.456789, "123.456789"), (0.0000001, "1.0e-07"), (100, "100")],
)  # fmt: skip
def test_cost(usd: float | None, text: str) -> None:
    assert cost(usd) == text


def recorded(cost_usd: float | None) -> TaskResult:
    return replayed(recorded={"cost_usd": cost_usd})


MONEY: dict[str, list[TaskResult]] = {
    "$0 spent": [result(cost_usd=0)],
    "$0.75 spent": [result(cost_usd=0.5), result(cost_usd=0.25), recorded(3.0)],
    "$0.5 spent and 1 of unknown cost": [result(cost_usd=0.5), result(cost_usd=None)],
    "$0 spent and 1 of unknown cost": [result(cost_usd=0.0), result(cost_usd=None)],
    "2 of unknown cost": [result(cost_usd=None), result(cost_usd=None)],
    "$0.12 spent and 1 of unknown cost": [result(cost_usd=None, models=[use(cost_usd=0.12, unknown_costs=3)])],
    "$0.62 spent and 1 of unknown cost": [
        result(cost_usd=0.5, earlier_cost_usd=None, earlier_models=[use(cost_usd=0.12, unknown_costs=1)])
    ],
    "replayed, nothing spent (recorded: $0.75)": [recorded(0.5), recorded(0.25), result(cassette="none")],
    "replayed, nothing spent (recorded: $0.5 and 1 of unknown cost)": [recorded(0.5), recorded(None)],
    "replayed, nothing spent (recorded: 1 of unknown cost)": [recorded(None)],
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


def test_presets_and_agents_are_told_where_they_differ() -> None:
    def names(*results: TaskResult) -> list[str]:
        return [row.cells[1].partition("::")[2] for row in rows(results)]

    assert names(result("a"), result("b", requested="other")) == ["a", "b"], "a route for each category is nothing odd"
    assert names(result("a"), result("a", requested="other")) == ["a · qwen3.8-27b", "a · other"]
    assert names(result("a"), result("b", requested="", agent="nop")) == ["a · loop", "b · nop"]
    assert names(result("a"), result("a", requested="", agent="nop")) == [
        "a · qwen3.8-27b · loop",
        "a · no model · nop",
    ]


def answered_by(*served: str) -> str:
    (row,) = rows([result(served=list(served))])
    return row.cells[2]


def test_models_in_the_order_of_their_answers() -> None:
    assert answered_by("openrouter/a/b", QWEN) == "b → qwen3.8-27b:free"
    assert answered_by() == "–"
    assert answered_by("x/a", "x/b", "x/c") == "a → b → c"
    assert answered_by("x/a", "x/b", "x/c", "x/d") == "a → b → 2 more"


def test_models_that_would_look_the_same_are_told_in_full() -> None:
    found = [row.cells[2] for row in rows([result(served=[one]) for one in ("groq/m", "openrouter/a/m", "groq/n")])]
    assert found == ["groq/m", "openrouter/a/m", "n"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.02, "0 s"),
        (0.42, "0.4 s"),
        (3.0, "3 s"),
        (12.4, "12 s"),
        (59.7, "1 min 0 s"),
        (3900, "1 h 5 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_at_most_five_of_a_kind_are_told() -> None:
    results = [result(f"t{n}", environment_drift=["x"], unplayed=1) for n in range(9)]
    lines = totals(results)
    assert lines[1] == "environment drift in 9: tools said something else than when it was recorded"
    assert len(lines) == 2 + 5 + 5


def test_answers_left_over_by_an_error_are_no_news() -> None:
    assert len(totals([result(outcome="error", unplayed=3)])) == 1
