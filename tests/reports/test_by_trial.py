"""Trials of each task, as the terminal tells them; and what docs/repeats.md shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.reports.by_trial import MOST_TASKS, trial_lines
from pytest_agenttasks.reports.markdown import markdown
from pytest_agenttasks.reports.terminal import summary
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import counts
from tests.reports.some import QWEN, result

PAGE = (Path(__file__).parents[2] / "docs/repeats.md").read_text("utf-8")


def trials(task: str, outcomes: str, preset: str = "qwen3.8-27b", **more: Any) -> list[TaskResult]:
    """A trial for each letter: passed, failed, error, quota, or mixed (which passed)."""
    words = {"p": "passed", "f": "failed", "e": "error", "q": "quota", "m": "passed"}
    return [
        result(
            f"{task}[trial{number}-{preset}]", words[letter], unit=task, trial=number, requested=preset,
            file="tasks/a.yaml", **({"purity": "mixed", "served": ["a/b", QWEN]} if letter == "m" else {}), **more,
        )
        for number, letter in enumerate(outcomes, 1)
    ]  # fmt: skip


def lines_of(*results: Sequence[TaskResult]) -> list[str]:
    """Without the file."""
    found = counts(one for several in results for one in several)
    return [line.removeprefix("tasks/a.yaml::") for line in trial_lines(found)]


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        ("pp", "2 of 2 passed"),
        ("ff", "0 of 2 passed"),
        ("pfpf", "2 of 4 passed; failed: trials 2, 4"),
        ("pepq", "2 of 2 passed; left out, error: trial 2; left out, quota: trial 4"),
        ("pmf", "1 of 2 passed; failed: trial 3; left out, mixed: trial 2"),
        ("eq", "no trial counts; left out, error: trial 1; left out, quota: trial 2"),
        ("fffffffp", "1 of 8 passed; failed: trials 1, 2, 3, 4, 5, …"),
    ],
)
def test_what_came_of_the_trials_of_a_task(outcomes: str, line: str) -> None:
    assert lines_of(trials("t", outcomes)) == [f"t: {line}"]


def test_trials_that_were_done_again_or_taken_over_say_so() -> None:
    again = trials("t", "p", earlier_cost_usd=0.5)
    assert lines_of(again, trials("u", "pp", resumed_from="earlier")) == [
        "t: 1 of 1 passed; 1 done again", "u: 2 of 2 passed; 2 taken over",
    ]  # fmt: skip


def test_what_needs_a_person_comes_first() -> None:
    told = lines_of(trials("good", "pp"), trials("bad", "ff"), trials("left", "pe"), trials("flaky", "pf"))
    assert [line.partition(":")[0] for line in told] == ["flaky", "left", "bad", "good"]


def test_many_tasks_are_told_in_short() -> None:
    several = [trials(f"t{number}", "pf" if number == 70 else "pp") for number in range(MOST_TASKS + 30)]
    told = lines_of(*several)
    assert told[0] == "t70: 1 of 2 passed; failed: trial 2"
    assert told[MOST_TASKS:] == ["… 30 more tasks: 30 passed in all trials"]


def test_a_task_without_trials_is_not_told() -> None:
    assert lines_of([result("a"), result("b", "failed")]) == []
    assert lines_of([result("a")], trials("b", "p")) == ["b: 1 of 1 passed"]


SHOWN = [
    *trials("greet", "pfppp"), *trials("slug", "pppeq"),
    *trials("csv", "ppp", resumed_from="earlier"), *trials("csv", "pp"),
]  # fmt: skip


def test_what_the_page_shows_is_what_is_told() -> None:
    assert "\n".join(trial_lines(counts(SHOWN))) in PAGE


def test_the_summary_tells_passes_by_trial_only() -> None:
    lines = summary(SHOWN, 80, "folder")
    table = lines[: lines.index("")]
    assert [line.split()[0] for line in table] == ["outcome", "failed", "error", "quota", "…"]
    assert table[-1] == "… 12 more that passed"
    assert "tasks/a.yaml::greet: 4 of 5 passed; failed: trial 2" in lines
    assert any(line.startswith("15 trials of 3 tasks: 12 passed, 1 quota, 1 error, 1 failed · ") for line in lines)
    assert max(map(len, lines[: lines.index("", len(table) + 1)])) < 80


def test_a_task_that_another_run_did_without_trials_is_no_trial_0() -> None:
    merged = [result("t", "error", unit="t", file="tasks/a.yaml"), *trials("t", "pee")]
    assert trial_lines(counts(merged)) == [
        "tasks/a.yaml::t: 1 of 1 passed; left out, error: trials 2, 3 and the one without number"
    ]


def test_the_next_step_does_not_try_failed_trials_again() -> None:
    assert summary(trials("t", "pf", cassette="recorded"), 80, "f")[-1].startswith("next: the same command without ")
    assert summary(trials("t", "pfe"), 80, "f")[-1] == (
        "next: the same command with --agent-resume does what did not pass, but not what failed"
    )


def test_the_next_step_does_not_try_again_what_failed_in_a_comparison() -> None:
    failed = [result("t", "failed", place=place) for place in (1, 2)]
    assert not summary(failed, 80, "f")[-1].startswith("next: ")
    assert summary([*failed, result("u", "error")], 80, "f")[-1].endswith("does what did not pass, but not what failed")


def test_the_step_summary_tells_them_too() -> None:
    text = markdown(SHOWN, "x")
    assert "### Trials\n\ntasks/a.yaml::greet: 4 of 5 passed; failed: trial 2  \n" in text
    assert "### Trials" not in markdown([result("a"), result("b")], "x")
