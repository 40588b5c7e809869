"""Rates are over what was judged, and a model's over what it did alone."""

from __future__ import annotations

from pytest_agenttasks.reports.collected import Status
from pytest_agenttasks.reports.groups import MIXED, NO_MODEL, NOBODY, by_category, by_model, counted, tally
from tests.reports.some import MIXED as A_MIXED_ONE
from tests.reports.some import OTHER, QWEN, replayed, result
from tests.reports.told import entry, missing

ENTRIES = [
    entry(result("a", category="code")),
    entry(result("b", "failed", category="code")),
    entry(result("c", "error", category="docs")),
    entry(result("d", "quota", category="docs", served=[], purity="")),
    missing("e", category="docs"),
    entry(A_MIXED_ONE),
    entry(replayed("f", served=[OTHER])),
    entry(result("g", requested="", served=[], purity="", cassette="none", calls=0, models=[])),
]


def test_error_quota_and_missing_are_in_no_rate() -> None:
    every = tally("all", ENTRIES)
    assert (every.total, every.judged, every.rate) == (8, 5, "4 of 5 (80 %)")
    assert (every.mixed, every.replayed) == (1, 1)
    assert counted(every.counts) == "4 passed, 1 failed, 1 error, 1 quota, 1 missing"


def test_where_nothing_was_judged_there_is_no_rate() -> None:
    docs = {one.name: one for one in by_category(ENTRIES)}["docs"]
    assert (docs.judged, docs.rate) == (0, "–")
    assert docs.counts == {Status.ERROR: 1, Status.QUOTA: 1, Status.MISSING: 1}


def test_a_task_counts_for_a_model_that_did_it_alone() -> None:
    models = {one.name: one for one in by_model(ENTRIES)}
    assert list(models) == [QWEN, OTHER, MIXED, NOBODY, NO_MODEL]
    assert (models[QWEN].rate, models[OTHER].rate) == ("1 of 2 (50 %)", "1 of 1 (100 %)")
    assert models[QWEN].counts[Status.ERROR] == 1
    assert (models[MIXED].total, models[NOBODY].total, models[NO_MODEL].total) == (1, 2, 1)
