"""The table by model over a run: nothing is lost, nothing counted twice, unknown is never 0."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_agenttasks.reports.by_model import model_tables
from pytest_agenttasks.results import TaskResult
from tests.reports.some import ALL_KINDS, OTHER, QWEN, replayed, result, use

ROUTER = "openrouter/openrouter/auto"
GLM = "openrouter/z-ai/glm-4.6"
Told = dict[str, dict[str, str]]


def told(*results: TaskResult) -> Told:
    """The only table: cells by short name and heading."""
    (table,) = model_tables(results)
    return {
        name: dict(zip(table.headings[1:], row, strict=True)) for name, row in zip(table.names, table.rows, strict=True)
    }


def asked(*uses: Any, served: list[str] | None = None, **more: Any) -> TaskResult:
    names = dict.fromkeys(one.model for one in uses if one.answers)
    return result(models=list(uses), served=list(names) if served is None else served, **more)


def test_a_run_is_summed_up() -> None:
    assert told(*ALL_KINDS) == {
        "qwen3.8-27b:free": {
            "answers": "19", "requests": "19", "429s": "0", "failed": "0", "waited": "0", "tokens": "47,500",
            "cost $": "0.0123", "alone": "4 of 5",
        },
        "b": {
            "answers": "1", "requests": "4", "429s": "2", "failed": "1", "waited": "12 s", "tokens": "2,500",
            "cost $": "0", "alone": "0 of 1",
        },
    }  # fmt: skip


def test_one_model_that_always_answered_is_not_worth_a_table() -> None:
    assert model_tables([result(), result(models=[use(wait_s=0.9)]), result(cassette="none", models=[])]) == []


def test_one_model_is_worth_a_table_where_it_was_limited_failed_or_waited_for() -> None:
    for trouble in ({"limited": 1}, {"failed": 1}, {"wait_s": 1.0}):
        assert told(asked(use(**trouble)))


def test_columns_of_zeros_are_left_out() -> None:
    (table,) = model_tables([asked(use(), use(OTHER))])
    assert table.headings == ("model", "answers", "requests", "429s", "tokens", "cost $", "alone")


def test_what_is_not_known_is_not_0() -> None:
    table = told(
        asked(use("x/free"), use("x/dear", cost_usd=0.1)),
        asked(use("x/some", cost_usd=0.1, unknown_costs=2), use("x/none", cost_usd=None, unknown_costs=4)),
        asked(use("x/some", cost_usd=0.02, unknown_costs=1), use("x/silent", 0, requests=2, limited=2)),
    )
    costs = {name: row["cost $"] for name, row in table.items()}
    assert costs == {"free": "0", "dear": "0.1", "some": "0.12 + 3 unknown", "none": "unknown", "silent": "–"}
    assert (table["silent"]["tokens"], table["silent"]["alone"]) == ("–", "–")


def test_failures_count_for_the_name_under_which_an_id_answers() -> None:
    table = told(
        asked(use("openai/gpt", 0, requests=2, limited=2)), asked(use("openai/gpt-2025-08-07", 4, "openai/gpt"))
    )
    assert list(table) == ["gpt-2025-08-07"]
    assert (table["gpt-2025-08-07"]["requests"], table["gpt-2025-08-07"]["429s"]) == ("6", "2")


def test_a_router_shows_whom_it_chose() -> None:
    uses = [use(QWEN, 3, ROUTER), use(GLM, 1, ROUTER), use(ROUTER, 0, requests=2, limited=2)]
    table = told(asked(*uses), asked(use(QWEN, 2)))
    assert {name: (row["answers"], row["429s"], row["alone"]) for name, row in table.items()} == {
        "qwen3.8-27b:free via auto": ("3", "0", "0 of 1"),
        "qwen3.8-27b:free": ("2", "0", "1 of 1"),
        "glm-4.6 via auto": ("1", "0", "0 of 1"),
        "auto": ("0", "2", "–"),
    }


def test_names_that_would_look_the_same_are_told_in_full() -> None:
    assert list(told(asked(use("groq/m", 3), use("openrouter/a/m", 2), use("x/n", 1)))) == [
        "groq/m",
        "openrouter/a/m",
        "n",
    ]


def test_attempts_that_a_rerun_replaced_are_counted_and_are_no_tasks() -> None:
    again = asked(use(QWEN, 4))
    again.add_earlier(asked(use(OTHER, 0, requests=3, limited=3), use(QWEN, 1)))
    table = told(again)
    assert (table["qwen3.8-27b:free"]["answers"], table["qwen3.8-27b:free"]["alone"]) == ("5", "1 of 1")
    assert (table["b"]["requests"], table["b"]["429s"]) == ("3", "3")


def test_what_was_replayed_is_a_table_of_its_own() -> None:
    recorded = replayed(recorded={"models": [asdict(use(limited=1, cost_usd=0.5)), asdict(use(OTHER, 1))]})
    live, old = model_tables([asked(use(limited=2)), recorded])
    assert (live.headings[0], old.headings[0]) == ("model", "model, as recorded")
    assert (live.ids, old.ids) == ([QWEN], [QWEN, OTHER])
    assert (live.rows[0][2], old.rows[0][2]) == ("2", "1")
