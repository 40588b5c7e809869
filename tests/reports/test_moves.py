"""Tasks that moved between models or waited: why, and for how long."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.results import TaskResult
from tests.reports.some import MIXED, OTHER, QWEN, replayed, result

LINES: dict[str, TaskResult] = {
    "mixed, 2 rotations, waited 12 s · b: rate_limited (429); b: server_error (502)": MIXED,
    "waited 1.4 s": result(wait_s=1.4),
    "not answered by the model asked for · b: passed_over": result(own=False, moved_on=[f"{OTHER}: passed_over"]),
    "1 rotation · b: timeout; c: timeout; d: timeout; and 2 more": result(
        rotations=1, moved_on=[f"openrouter/a/{one}: timeout" for one in "bcdef"]
    ),
    "mixed · auto: answered as b, qwen3.8-27b:free": result(
        purity="mixed", moved_on=[f"openrouter/openrouter/auto: answered as {OTHER}, {QWEN}"]
    ),
    "1 rotation · b (team): daily_quota (429)": result(rotations=1, moved_on=[f"{OTHER} (team): daily_quota (429)"]),
    "1 rotation, waited 1 min 5 s when recorded": replayed(rotations=1, recorded={"wait_s": 65.0}),
}


@pytest.mark.parametrize("told", LINES)
def test_what_is_told_of_a_task(told: str) -> None:
    assert moves([LINES[told]])[1] == f"  tasks/code.yaml::slug: {told}".replace("slug", LINES[told].task)


def test_tasks_that_stayed_and_did_not_wait_are_not_told() -> None:
    no_key = result(moved_on=["openrouter/a/b: no_key"])
    assert (
        moves([result(), result(wait_s=0.9), no_key, replayed(), result(cassette="none", served=[], purity="")]) == []
    )


def test_those_say_most_that_say_least_about_the_model_asked_for() -> None:
    results = [result("w", wait_s=9.0), MIXED, result("v", wait_s=99.0), result("o", own=False)]
    heading, *lines = moves(results)
    assert heading == (
        "1 task moved between models, 1 task answered by another model from the start, 2 tasks waited for limits:"
    )
    assert [line.split("::")[1].split(":")[0] for line in lines] == ["o", "mixed", "v", "w"]


def test_a_task_moved_where_the_first_model_refused_and_not_where_it_was_never_asked() -> None:
    refused = result("r", own=False, rotations=1, moved_on=[f"{OTHER}: rate_limited (429)"])
    passed_over = result("p", own=False, moved_on=[f"{OTHER}: passed_over"])
    assert moves([refused])[0] == "1 task moved between models:"
    assert moves([passed_over])[0] == "1 task answered by another model from the start:"


def test_at_most_five_are_told() -> None:
    heading, *lines = moves([result(f"t{n}", wait_s=1.0) for n in range(9)])
    assert heading == "9 tasks waited for limits:"
    assert (len(lines), lines[-1]) == (6, "  … 4 more")
