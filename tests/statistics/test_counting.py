"""Which trials count for what: infrastructure in no number, and a model's rate over what it did alone."""

from __future__ import annotations

import pytest

from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import LeftOut, Trials, counts, left_out
from tests.reports.some import MIXED, OTHER, QWEN, replayed, result, use

KEY = ("tasks/code.yaml", "t")


def trial(number: int, outcome: str = "passed", task: str = "t", **more: object) -> TaskResult:
    return result(f"{task}[trial{number}]", outcome, unit=task, trial=number, **more)


WHY: dict[str, tuple[TaskResult, LeftOut | None, LeftOut | None]] = {
    "passed": (result(), None, None),
    "failed": (result(outcome="failed"), None, None),
    "error": (result(outcome="error"), LeftOut.ERROR, LeftOut.ERROR),
    "quota": (result(outcome="quota"), LeftOut.QUOTA, LeftOut.QUOTA),
    "mixed": (MIXED, None, LeftOut.MIXED),
    "another model": (result(own=False, served=[OTHER]), None, LeftOut.OTHER),
    "no answer": (result(outcome="failed", served=[], purity=""), None, LeftOut.NOBODY),
    "asks no model": (result(requested="", served=[], purity="", cassette="none"), None, None),
    "a mixed error": (result(outcome="error", purity="mixed"), LeftOut.ERROR, LeftOut.ERROR),
}


@pytest.mark.parametrize("what", WHY)
def test_what_counts_of_the_work_and_of_a_model(what: str) -> None:
    one, of_the_work, of_a_model = WHY[what]
    assert (left_out(one), left_out(one, of_a_model=True)) == (of_the_work, of_a_model)


def test_nothing_of_the_infrastructure_is_in_any_number() -> None:
    every = counts([trial(1), trial(2, "failed"), trial(3, "error"), trial(4, "quota"), trial(5, "error")]).all
    assert every.tasks == {KEY: Trials(1, 2)}
    assert (every.total, every.counted, every.left_out) == (5, 2, {LeftOut.ERROR: 2, LeftOut.QUOTA: 1})
    assert every.rate is not None
    assert every.rate.value == 0.5


def test_only_infrastructure_is_no_rate() -> None:
    found = counts([trial(1, "error"), trial(2, "quota")])
    assert (found.all.rate, found.all.told_k, found.all.passes(1)) == (None, 0, None)
    assert counts([]).all.rate is None


def test_mixed_trials_count_for_the_work_and_for_no_model() -> None:
    found = counts([trial(1), trial(2, purity="mixed", served=[OTHER, QWEN]), trial(3, own=False, served=[OTHER])])
    (model,) = found.models
    assert (found.all.counted, found.all.mixed) == (3, 1)
    assert (model.counted, model.left_out) == (1, {LeftOut.MIXED: 1, LeftOut.OTHER: 1})
    (cell,) = found.cells
    assert (cell.own, cell.judged) == (Trials(1, 1), Trials(3, 3))


def test_what_was_done_again_taken_over_and_replayed_is_counted_and_told() -> None:
    every = counts([
        trial(1, earlier_models=[use()]), trial(2, earlier_cost_usd=None), trial(3, resumed_from="x"),
        replayed("t[trial4]", unit="t", trial=4, environment_drift=["a"]), trial(5, "error", resumed_from="x"),
    ]).all  # fmt: skip
    assert (every.counted, every.rerun, every.taken_over, every.replayed, every.drifted) == (4, 2, 1, 1, 1)


def test_flaky_are_tasks_that_differ_on_one_model_with_one_agent() -> None:
    differs = counts([trial(1), trial(2, "failed")])
    assert [cell.task for cell in differs.flaky] == [KEY]
    on_models = counts([trial(1), trial(1, "failed", requested="other")])
    by_agents = counts([trial(1), trial(1, "failed", agent="openhands")])
    by_infrastructure = counts([trial(1), trial(2, "error")])
    by_another_model = counts([trial(1), trial(2, "failed", purity="mixed")])
    for found in (on_models, by_agents, by_infrastructure, by_another_model):
        assert found.flaky == []


def test_pass_at_k_is_of_one_model_and_agent() -> None:
    found = counts([trial(n, outcome, requested=model) for model in ("a", "b")
                    for n, outcome in enumerate(("passed", "failed", "failed"), 1)])  # fmt: skip
    assert (found.all.told_k, found.all.passes(2)) == (0, None)
    assert [model.told_k for model in found.models] == [3, 3]
    passes = found.models[0].passes(2)
    assert passes is not None
    assert [passes.any_of, passes.all_of, passes.tasks] == pytest.approx([2 / 3, 0, 1])


def test_each_task_on_its_own_model_is_no_mixture() -> None:
    routed = [trial(n, task=task, requested=model) for task, model in (("t", "a"), ("u", "b")) for n in (1, 2)]
    found = counts(routed)
    assert (found.all.told_k, found.repeated, found.compares) == (2, True, False)


def test_results_of_older_versions_have_no_unit() -> None:
    assert list(counts([result("old")]).all.tasks) == [("tasks/code.yaml", "old")]


def test_the_same_name_in_two_files_is_two_tasks() -> None:
    assert len(counts([result("a"), result("a", file="tasks/b.yaml")]).all.tasks) == 2
