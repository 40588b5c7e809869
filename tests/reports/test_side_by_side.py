"""The table tasks by models, in the terminal and in Markdown."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.markdown import markdown
from pytest_agenttasks.reports.side_by_side import MOST_ROWS, SideBySide, side_by_side
from pytest_agenttasks.reports.terminal import summary
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import counts
from tests.reports.some import result
from tests.reports.test_by_trial import PAGE, trials

A, B = "gemini-flash", "llama-3.3-8b"


def once(task: str, preset: str, outcome: str = "passed", **more: object) -> TaskResult:
    """A task that is not repeated."""
    return result(f"{task}[{preset}]", outcome, unit=task, requested=preset, file="tasks/a.yaml", **more)


def table_of(results: list[TaskResult]) -> SideBySide:
    """The table that there must be."""
    table = side_by_side(counts(results))
    assert table is not None
    return table


def block(lines: list[str], begin: str = "task ") -> list[str]:
    """A table of the summary."""
    first = next(number for number, line in enumerate(lines) if line.startswith(begin))
    return lines[first : lines.index("", first)]


def test_there_is_none_where_no_task_was_done_twice() -> None:
    assert side_by_side(counts([once("a", A), once("b", B)])) is None
    assert side_by_side(counts(trials("a", "pfp"))) is None


def test_cells_of_single_tasks_are_words() -> None:
    table = table_of([
        once("a", A), once("a", B, "failed"), once("b", A, "quota"),
        once("b", B, purity="mixed", served=["x/a", "x/b"]), once("c", B, own=False),
    ])  # fmt: skip
    assert table.names == (A, B)
    assert [row for _, row in table.rows.items()] == [("passed", "failed"), ("quota", "passed M"), ("–", "passed O")]
    assert table.rates == ("1/1 100 % 1Q", "0/1 0 % 1M 1O")
    assert table.shortened()[1] == ["in no rate: Q quota, M mixed, O by another model"]


def test_what_the_page_shows_is_what_is_told() -> None:
    results = [*trials("greet", "ppppp", A), *trials("greet", "pfpfp", B),
               *trials("slug", "ppppe", A), *trials("slug", "pffpf", B)]  # fmt: skip
    assert "\n".join(block(summary(results, 80, "f"))) in PAGE
    text = markdown(results, "x")
    assert f"| task | {A} | {B} |\n| --- | --- | --- |\n| tasks/a.yaml::greet | 5/5 | 3/5 |\n" in text
    assert "in no rate: E error  \n" in text


def many(count: int, differing: int) -> list[TaskResult]:
    """So many tasks, of which the first ones fail on the second preset."""
    return [
        one
        for number in range(count)
        for one in (once(f"t{number}", A), once(f"t{number}", B, "failed" if number < differing else "passed"))
    ]


@pytest.mark.parametrize(
    ("count", "differing", "rows", "notes"),
    [
        (MOST_ROWS, 1, MOST_ROWS, []),
        (300, 3, 3, ["… 297 tasks came out the same on all: 297 passed"]),
        (300, 0, 0, ["… 300 tasks came out the same on all: 300 passed"]),
        (100, 100, MOST_ROWS, [f"… {100 - MOST_ROWS} more that differ"]),
    ],
)
def test_of_many_tasks_those_are_shown_that_differ(count: int, differing: int, rows: int, notes: list[str]) -> None:
    results = many(count, differing)
    shown, told = table_of(results).shortened()
    assert (len(shown), told) == (rows, notes)
    lines = block(summary(results, 80, "f"))
    assert len(lines) == 1 + rows + 1 + len(notes)
    assert max(map(len, lines)) < 80


@pytest.mark.parametrize("models", [2, 3, 5, 12])
def test_any_number_of_models_fits_into_80_columns(models: int) -> None:
    names = [f"openrouter/maker{number}/model-of-that-maker-{number}:free" for number in range(models)]
    results = [
        one for name in names for task in ("a", "tests-for[src/inventory.py]") for one in trials(task, "pfe", name)
    ]
    lines = summary(results, 80, "f")
    first = next(number for number, line in enumerate(lines) if line.startswith("task "))
    blocks = lines[first : next(n for n, line in enumerate(lines) if line.startswith("in no rate"))]
    assert max(map(len, blocks)) < 80
    assert sum(line.count("1/2 1E") for line in blocks) == 2 * models
    assert sum(line.startswith("all ") for line in blocks) == sum(line.startswith("task ") for line in blocks) >= 1


def test_agents_beside_each_other_are_told_by_name() -> None:
    assert table_of([once("a", A), once("a", A, agent="openhands")]).names == ("loop", "openhands")
