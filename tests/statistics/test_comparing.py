"""Which results are put against which: models of a run, and runs."""

from __future__ import annotations

import pytest

from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import compared_models, compared_runs, contenders, counts
from tests.reports.some import OTHER, result


def on(model: str, passes: str, **more: object) -> list[TaskResult]:
    """A task for each letter: `+` passed, `-` failed, `e` error, `m` passed with another model's help, blank: none."""
    outcomes = {"+": "passed", "-": "failed", "e": "error", "m": "passed"}
    return [
        result(f"t{n}", outcomes[one], requested=model, purity="mixed" if one == "m" else "single", **more)
        for n, one in enumerate(passes)
        if one != " "
    ]


def test_models_are_compared_over_what_both_did_alone() -> None:
    (found,) = compared_models(counts([*on("a", "+++--e+m "), *on("b", "---+-+  +")]))
    assert (found.first, found.second, found.alone) == ("a", "b", True)
    assert (found.comparison.tasks, found.comparison.better, found.comparison.worse) == (5, 3, 1)
    assert found.unpaired == 3, "t5, t6 and t8 have counted trials of one only; t7 has none"


def test_models_stand_in_the_order_given_whichever_ended_first() -> None:
    """Not by what started first; what a run had no order for comes after, by name."""
    good, poor = on("good", "++", place=1), on("a-poor", "--", place=2)
    other = [*on("z", "++"), *on("b", "++")]
    for results in ([*good, *poor, *other], [*other, *reversed(poor), *reversed(good)]):
        found = counts(results)
        assert [name for name, _ in contenders(found)] == ["good", "a-poor", "b", "z"]
        assert (compared_models(found)[0].first, compared_models(found)[0].second) == ("good", "a-poor")


def test_tasks_stand_in_the_order_of_their_files() -> None:
    lines = {"second": ("a.yaml", 9), "third": ("b.yaml", 2), "first": ("a.yaml", 3)}
    found = counts([result(name, file=file, line=line) for name, (file, line) in lines.items()])
    assert [cell.task[1] for cell in found.cells] == ["first", "second", "third"]


def test_agents_are_compared_where_the_model_is_the_same() -> None:
    found = counts([*on("a", "++"), *on("a", "--", agent="openhands")])
    assert contenders(found) == {("a", "loop"): "loop", ("a", "openhands"): "openhands"}
    (one,) = compared_models(found)
    assert (one.first, one.second) == ("loop", "openhands")
    found = counts([*on("a", "+"), *on("b", "-", agent="openhands")])
    assert list(contenders(found).values()) == ["a · loop", "b · openhands"]


def test_models_of_different_tasks_are_not_compared() -> None:
    assert compared_models(counts([*on("a", "++"), *on("b", "  ++")])) == []
    assert compared_models(counts(on("a", "+-+"))) == []
    assert compared_models(counts([*on("a", "ee"), *on("b", "++")])) == []


def test_several_comparisons_are_each_more_careful() -> None:
    few, many = "+" * 6, "-" * 6
    (alone,) = compared_models(counts([*on("a", few), *on("b", many)]))
    three = compared_models(counts([*on("a", few), *on("b", many), *on("c", few)]))
    assert alone.comparison.told_apart
    assert [one.together for one in three] == [3, 3, 3]
    assert not any(one.comparison.told_apart for one in three), "p = 0.031 is above 0.05 / 3"
    assert three[0].comparison.confidence == pytest.approx(1 - 0.05 / 3)


def test_those_told_apart_come_first() -> None:
    best, worst = "+" * 12, "-" * 12
    found = compared_models(counts([*on("a", best), *on("b", best), *on("c", worst)]))
    assert [(one.first, one.second) for one in found] == [("a", "c"), ("b", "c"), ("a", "b")]


def test_runs_on_one_model_count_all_that_was_judged() -> None:
    """A chain of models is compared as what it is, before and after; two models only by their own work."""
    before, after = on("a", "m-"), on("a", "++")
    (same,) = compared_runs([("before", counts(before)), ("after", counts(after))])
    assert (same.first, same.second, same.alone, same.comparison.tasks) == ("after", "before", False, 2)
    assert same.comparison.difference == 0.5
    (other,) = compared_runs([("before", counts(before)), ("after", counts(on("b", "++")))])
    assert (other.alone, other.comparison.tasks, other.unpaired) == (True, 1, 1)


def test_runs_on_several_models_are_compared_model_by_model() -> None:
    before = [*on("a", "--"), *on("b", "++")]
    (found,) = compared_runs([("x", counts(before)), ("y", counts([*on("a", "++"), *on("b", "++", served=[OTHER])]))])
    assert (found.comparison.tasks, found.comparison.better, found.alone) == (4, 2, False)


def test_each_run_is_compared_with_the_first() -> None:
    found = compared_runs([(name, counts(on("a", "+-"))) for name in "xyz"])
    assert [(one.first, one.second, one.together) for one in found] == [("y", "x", 2), ("z", "x", 2)]
    assert compared_runs([("x", counts([])), ("y", counts(on("a", "+")))]) == []
