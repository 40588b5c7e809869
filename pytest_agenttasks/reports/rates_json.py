"""Rates, pass@k and comparisons as JSON; docs/reports.md describes it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_agenttasks.results import Json, TaskResult
from pytest_agenttasks.statistics import CONFIDENCE, Cell, Compared, Group, Interval, LeftOut, compared_models, counts

MOST_K = 100
"""The largest k of which pass@k is told."""


def rates_json(results: Sequence[TaskResult]) -> Json:
    """All numbers of a run, or of runs taken together."""
    found = counts(results)
    return {
        "confidence": CONFIDENCE,
        "all": _group(found.all),
        "by_category": [_group(group) for group in found.categories],
        "by_preset": [_group(group) for group in found.models],
        "by_agent": [_group(group) for group in found.agents],
        "by_task": [_cell(cell) for cell in found.cells],
        "compared": [compared_json(one) for one in compared_models(found)],
    }


def compared_json(one: Compared) -> Json:
    """A comparison of two models or two runs."""
    of = one.comparison
    return {
        "first": one.first,
        "second": one.second,
        "verdict": one.verdict,
        "difference": of.difference,
        "interval": _interval(of.interval),
        "confidence": of.confidence,
        "p": of.p,
        "tasks": of.tasks,
        "better": of.better,
        "worse": of.worse,
        "rates": [of.first.value, of.second.value],
        "trials": [of.first.counted, of.second.counted],
        "unpaired": one.unpaired,
        "alone": one.alone,
    }


def _group(group: Group) -> Json:
    rate = None if group.mixes else group.rate
    passes = [told for k in range(1, min(group.most, MOST_K) + 1) if (told := group.passes(k))]
    return {
        "name": group.name,
        "rate": rate.value if rate else None,
        "interval": _interval(rate.interval) if rate else None,
        "passed": sum(trials.passed for trials in group.tasks.values()),
        "counted": group.counted,
        "tasks": len(group.tasks),
        "worth": rate.worth if rate else 0,
        "passes": [{"k": one.k, "pass@k": one.any_of, "pass^k": one.all_of, "tasks": one.tasks} for one in passes],
        "left_out": {why.value: group.left_out[why] for why in LeftOut if group.left_out[why]},
        "mixed": group.mixed,
        "rerun": group.rerun,
        "taken_over": group.taken_over,
        "replayed": group.replayed,
        "environment_drift": group.drifted,
    }


def _cell(cell: Cell) -> Json:
    file, task = cell.task
    told = _group(cell.group)
    del told["name"]
    return {"file": file, "task": task, "preset": cell.asked, "agent": cell.agent, "flaky": cell.flaky, **told}


def _interval(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
