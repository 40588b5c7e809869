"""Whether what a file says is of the form that reports count on: it may come from anywhere."""

from __future__ import annotations

import json
from dataclasses import asdict

from pytest_agenttasks.reports.by_model import model_tables
from pytest_agenttasks.reports.properties import properties
from pytest_agenttasks.reports.rates_json import rates_json
from pytest_agenttasks.reports.rows import rows
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.runs import RunFacts

LATEST_TIME = 1e11
"""Seconds since the epoch, about the year 5138: what is above is no time."""


def is_whole_result(result: TaskResult) -> bool:
    """Whether every report can tell it; its values are of their types, as it was read."""
    times = (result.began, result.ended, result.resets_at)
    try:
        json.dumps(asdict(result), allow_nan=False)
        properties(result)
        rows([result])
        model_tables([result])
        rates_json([result])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return False
    return not any(at and not 0 <= at < LATEST_TIME for at in times)


MOST_SPLITS = 10_000
"""Groups of a run that was split; more are no number of jobs."""


def are_whole_facts(facts: RunFacts) -> bool:
    """Whether its times are times, and its group is one of those that there are."""
    group, splits = facts.group, facts.splits
    is_group = 1 <= group <= splits <= MOST_SPLITS or group == splits == 0
    return is_group and all(0 <= at < LATEST_TIME for at in (facts.began, facts.ended or 0.0))
