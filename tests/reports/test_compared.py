"""Runs beside each other."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.collected import Entry, Report
from pytest_agenttasks.reports.compared import compared, summed
from tests.reports.some import result
from tests.reports.told import column, entry, missing


def both(first: list[Entry], last: list[Entry]) -> Report:
    return Report([column(*first, label="before"), column(*last, label="after")], 0.0)


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [
        ("failed", "passed", "better"),
        ("passed", "failed", "worse"),
        ("passed", "passed", "same"),
        ("quota", "quota", "same"),
        ("error", "passed", "other"),
        ("passed", "quota", "other"),
    ],
)
def test_only_what_was_judged_twice_is_worse_or_better(first: str, last: str, change: str) -> None:
    (line,) = compared(both([entry(result("t", first))], [entry(result("t", last))]))
    assert line.change == change


def test_a_missing_task_is_neither_worse_nor_better() -> None:
    (line,) = compared(both([entry(result("lost"))], [missing("lost")]))
    assert line.change == "other"


def test_what_became_worse_comes_first() -> None:
    before = [entry(result("a")), entry(result("b", "failed")), entry(result("c"))]
    after = [entry(result("a")), entry(result("b")), entry(result("c", "failed")), entry(result("new"))]
    told = compared(both(before, after))
    assert [(line.name.partition("::")[2], line.change) for line in told] == [
        ("c", "worse"), ("b", "better"), ("a", "same"), ("new", "only"),
    ]  # fmt: skip
    assert summed(told, ["before", "after"]) == "1 worse, 1 better, 1 same, 1 only in after"
    assert told[-1].cells[0] == ()


def test_presets_are_told_apart_where_a_column_has_several() -> None:
    def on(preset: str) -> Entry:
        return entry(result("t", slug=f"tasks/code/t--{preset}"))

    told = compared(both([on("a"), on("b")], [on("b")]))
    assert [line.name for line in told] == ["tasks/code.yaml::t · b", "tasks/code.yaml::t · a"]
    assert [len(cell) for cell in told[1].cells] == [1, 0]
    (line,) = compared(both([on("a")], [on("b")]))
    assert line.name == "tasks/code.yaml::t", "one preset against another"


def test_another_task_under_the_same_name_is_told() -> None:
    before = entry(result("t", content={"prompt": "1", "checks": "2", "agent": "3"}))
    after = entry(result("t", content={"prompt": "9", "checks": "2", "agent": "4", "solution": "5"}))
    (line,) = compared(both([before], [after]))
    assert line.differs == ("prompt",), "another agent is what is compared"
    (line,) = compared(both([before], [entry(result("t"))]))
    assert line.differs == (), "hashes of one side say nothing"


def trials(letters: str, task: str = "t", preset: str = "m") -> list[Entry]:
    """A trial for each letter: `+` passed, `-` failed, `e` error."""
    outcomes = {"+": "passed", "-": "failed", "e": "error"}
    return [
        entry(result(f"{task}[trial{n}]", outcomes[one], unit=task, trial=n, slug=f"tasks/{task}_{n}--{preset}"))
        for n, one in enumerate(letters, 1)
    ]


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [
        ("-----", "+++++", "better"),
        ("+++++", "-----", "worse"),
        ("++++-", "++---", "unclear"),
        ("++--", "+-", "same"),
        ("+-", "ee", "other"),
        ("+", "---", "unclear"),
    ],
)
def test_trials_are_compared_together(first: str, last: str, change: str) -> None:
    (line,) = compared(both(trials(first), trials(last)))
    assert (line.name, line.change) == ("tasks/code.yaml::t", change)


@pytest.mark.parametrize(
    ("columns", "change"),
    [(["+++", "+-", "+"], "other"), (["+++", "++", "+"], "same"), (["+++", "e", "+"], "other")],
)
def test_trials_are_the_same_only_where_all_columns_agree(columns: list[str], change: str) -> None:
    report = Report([column(*trials(one), label=str(n)) for n, one in enumerate(columns)], 0.0)
    (line,) = compared(report)
    assert line.change == change


def test_only_a_models_own_trials_count_against_another_model() -> None:
    """Where both columns asked the same one, its chain is what is compared."""
    before, after = trials("+++++"), trials("-----")
    for one in before:
        assert one.result is not None
        one.result.purity = "mixed"
    (line,) = compared(both(before, after))
    assert (line.change, line.told) == ("worse", ("5 of 5 passed, 5 mixed", "0 of 5 passed"))
    for one in after:
        one.requested = "other"
    (line,) = compared(both(before, after))
    assert (line.change, line.told) == ("other", ("5 mixed", "0 of 5 passed"))
    (line,) = compared(both(before[:1], after[:1]))
    assert line.change == "other"


def test_trials_are_told_as_numbers() -> None:
    (line,) = compared(both(trials("++-e"), [entry(result("t", purity="mixed"))]))
    assert line.told == ("2 of 3 passed, 1 error", "passed")
    (line,) = compared(both([entry(result("t[1]", unit="t", purity="mixed", slug="tasks/t_9--m")), *trials("-")], []))
    assert line.told == ("1 of 2 passed, 1 mixed", "–")


def test_trials_on_several_presets_are_lines_of_their_own() -> None:
    told = compared(both([*trials("++", preset="a"), *trials("--", preset="b")], trials("+-", preset="a")))
    assert [(line.name, [len(cell) for cell in line.cells]) for line in told] == [
        ("tasks/code.yaml::t · a", [2, 2]), ("tasks/code.yaml::t · b", [2, 0]),
    ]  # fmt: skip
