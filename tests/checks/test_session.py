from __future__ import annotations

import pytest

from pytest_agenttasks.checks.session import Session
from pytest_agenttasks.results import Json


def reported(where: str, *reports: str) -> list[Json]:
    """Records of one test: `when outcome`, and `!` for one that has to do with xfail."""
    found: list[Json] = [{"kind": "start", "id": where}]
    for when, outcome in (report.split() for report in reports):
        facts = {"when": when, "outcome": outcome.rstrip("!"), "xfail": outcome.endswith("!")}
        found.append({"kind": "test", "id": where, "reason": "oh", "text": "oh", **facts})
    return found


def states(*records: list[Json]) -> dict[str, str]:
    return Session.of(record for several in records for record in several).states


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        (["call passed"], "passed"),
        (["call failed"], "failed"),
        (["setup skipped"], "skipped"),
        (["call skipped"], "skipped"),
        (["call skipped!"], "xfailed"),
        (["call passed!"], "xpassed"),
        (["setup failed"], "failed"),
        (["call passed", "teardown failed"], "failed"),
    ],
)
def test_states(reports: list[str], state: str) -> None:
    assert states(reported("a", *reports)) == {"a": state}


def test_the_last_try_of_a_rerun_test_counts_once() -> None:
    assert states(reported("a", "call rerun", "call passed")) == {"a": "passed"}
    assert states(reported("a", "call rerun", "call failed")) == {"a": "failed"}


def test_a_failure_is_not_undone_by_a_later_report() -> None:
    assert states(reported("a", "call failed", "call passed")) == {"a": "failed"}


def test_a_skipped_part_does_not_skip_the_test() -> None:
    assert states(reported("a", "call skipped", "call passed")) == {"a": "passed"}


def test_what_is_not_of_the_form_is_passed_over() -> None:
    session = Session.of([{}, {"kind": "collected", "count": "9"}, {"kind": "test", "id": 3}, {"kind": "x"}])
    assert session == Session()
