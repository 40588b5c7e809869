"""What is told first."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_agenttasks.reports.collected import Status
from pytest_agenttasks.reports.notes import notes
from tests.reports.some import result
from tests.reports.told import RUN, column, entry, missing


def test_a_run_that_ended_with_all_done_needs_no_note() -> None:
    assert notes(column(entry(result()))) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"state": "killed"}, f"run {RUN} was killed after 1 of 1 task"),
        ({"state": "killed", "cut_off": ["t::a", "t::b"]}, "; unfinished: t::a, t::b"),
        ({"state": "running", "cut_off": ["t::a"]}, "is still running after 1 of 1 task; in the middle of: t::a"),
        ({"state": "elsewhere", "host": "box"}, "has no end: it was killed on box, or still runs there"),
        ({"damaged": ["runs/x/result.json"]}, f"{RUN}: cannot be read: runs/x/result.json"),
    ],
)
def test_runs(source: dict[str, Any], told: str) -> None:
    (line,) = notes(column(entry(result()), finished=1, **source))
    assert told in line


def test_missing_tasks_are_named_and_those_that_may_still_be_done_are_not() -> None:
    (line,) = notes(column(missing("a"), missing("b", waits=True)))
    assert line == "1 task without a result, and so not passed: tasks/code.yaml::a on m"
    (line,) = notes(column(*(missing(str(n)) for n in range(9))))
    assert line.endswith(" and 4 more")


def test_what_was_taken_over_or_done_again() -> None:
    resumed = entry(result("a", resumed_from="earlier-run"))
    again = entry(result("b"), earlier=[("first-run", Status.FAILED)], later=["last-run"])
    assert notes(column(resumed, again)) == [
        "1 task taken over from an earlier run and not done again: earlier-run",
        "1 task done in more than one run: the last result counts",
        "tasks/code.yaml::b: to be done again in last-run and not finished there",
    ]
