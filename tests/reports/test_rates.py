"""Rates as people read them: a line for a plain run, a table and remarks where there is more to tell."""

from __future__ import annotations

from pytest_agenttasks.reports.collected import Report
from pytest_agenttasks.reports.groups import by_category, tally
from pytest_agenttasks.reports.rates import OTHERS_LEFT_OUT, column_lines, matrix, rate_table, rates_lines, table_lines
from pytest_agenttasks.reports.rates_json import rates_json
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import counts
from tests.reports.some import ALL_KINDS, OTHER, QWEN, replayed, result
from tests.reports.told import column, entry

LETTERS = {"+": "passed", "-": "failed", "e": "error", "q": "quota", "m": "passed"}


def trials(task: str, letters: str, model: str = "qwen", **more: object) -> list[TaskResult]:
    """A trial for each letter: `+` passed, `-` failed, `e` error, `q` quota, `m` mixed."""
    return [
        result(
            f"{task}[{model}-trial{n}]",
            LETTERS[one],
            **{"unit": task, "trial": n, "requested": model, "slug": f"tasks/{task}_{n}--{model}",
               "purity": "mixed" if one == "m" else "single", "served": [OTHER, QWEN] if one == "m" else [QWEN],
               **more},
        )
        for n, one in enumerate(letters, 1)
    ]  # fmt: skip


def test_a_run_without_repeats_has_a_line() -> None:
    assert rates_lines(ALL_KINDS) == [
        "rate: 75 % (30 to 95 %), 3 of 4 tasks passed, 1 mixed among them; 1 error, 1 quota left out"
    ]
    assert rates_lines([result()]) == ["rate: 100 % (21 to 100 %), 1 of 1 task passed"]


def test_where_nothing_was_judged_nothing_is_said() -> None:
    assert rates_lines([result(outcome="error"), result("b", "quota")]) == []
    assert rates_lines([]) == []


REPEATED = [
    *trials("a", "++++-", category="code"), *trials("b", "--e--", category="code"),
    *trials("c", "+++mq", category="docs"),
]  # fmt: skip

TABLE = """\
rate of  passed           rate  95 % interval  pass@4          pass^4         left out
all      8 of 13 trials   60 %  17 to 92 %     67 %            40 %           1 error, 1 quota
code     4 of 9 trials    40 %  6 to 87 %      50 %            10 %           1 error
docs     4 of 4 trials    100 %  51 to 100 %    100 %           100 %          1 quota
qwen     7 of 12 trials   60 %  17 to 92 %     50 % (2 tasks)  10 % (2 tasks)  1 error, 1 quota, 1 mixed
"""


def cells(lines: list[str]) -> list[list[str]]:
    return [" ".join(line.replace("  ", "\t").split()).split() for line in lines]


def test_trials_have_a_table_and_remarks() -> None:
    lines = rates_lines(REPEATED)
    assert cells(lines[:5]) == cells(TABLE.splitlines())
    assert lines[5:] == [
        "pass@4: one of 4 trials passes; pass^4: all do; over tasks with 4 counted trials or more",
        "of 13 counted trials: 1 mixed",
        "each task counts the same in a rate, however many trials it has",
        "flaky, passed at times and at times not: a (4 of 5)",
    ]


def test_models_have_a_table_of_tasks_and_a_verdict() -> None:
    both = [
        one for n in range(7) for one in (*trials(f"t{n}", "++e" if n else "-+m", "gemini"), *trials(f"t{n}", "---"))
    ]
    assert [line.split("  ")[0] for line in table_lines(matrix(counts(both)))] == [
        "task",
        *(f"t{n}" for n in range(7)),
        "rate",
    ]
    assert cells(table_lines(matrix(counts(both)))[1:3]) == cells(
        ["t0  1 of 2, 1 mixed  0 of 3", "t1  2 of 2, 1 error  0 of 3"]
    )
    assert rates_lines(both)[-1].startswith("gemini against qwen: gemini is better by 93 points (")
    assert rates_lines(both)[-1].endswith("; over 7 tasks (14 and 21 trials), p = 0.016")


def test_no_rate_mixes_models_that_are_compared() -> None:
    both = [
        *trials("a", "++", "good", category="code"), *trials("a", "--", "poor", category="code"),
        *trials("b", "+-", "good", category="docs"), *trials("b", "-+", "poor", category="docs"),
    ]  # fmt: skip
    assert [row[0] for row in rate_table(counts(both)).rows] == ["good", "poor"]
    told = rates_json(both)
    assert [one["rate"] for one in (told["all"], *told["by_category"], *told["by_agent"])] == [None] * 4
    assert [one["rate"] for one in told["by_preset"]] == [0.75, 0.25]
    every = tally("all", map(entry, both))
    assert every.told == "4 passed, 4 failed"
    assert [one.rate for one in by_category(map(entry, both))] == ["–", "–"]


def test_single_trials_on_several_models() -> None:
    both = [
        result("a", requested="x"), result("b", "error", requested="x"), result("c", requested="x", own=False),
        result("a", "failed", requested="y"), result("b", requested="y", purity="mixed"),
    ]  # fmt: skip
    assert cells(table_lines(matrix(counts(both)))) == cells([
        "task x y", "a passed failed", "b error passed (mixed)", "c passed (by another model) –",
        "rate 100 % (21 to 100 %) 0 % (0 to 79 %)",
    ])  # fmt: skip


def test_three_models_are_told_to_be_compared_together() -> None:
    every = [one for model in "xyz" for n in range(3) for one in trials(f"t{n}", "+-", model)]
    assert (
        rates_lines(every)[-1]
        == "the intervals of these 3 comparisons hold together at 95 %, and are wider than each alone"
    )


def test_what_was_replayed_taken_over_or_done_again_is_told() -> None:
    some = [
        replayed("a[trial1]", unit="a", trial=1, environment_drift=["x"]), *trials("a", "+", resumed_from="r"),
        *trials("b", "+", earlier_cost_usd=None),
    ]  # fmt: skip
    for one in some:
        one.requested = "qwen"
    assert (
        "of 3 counted trials: 1 done again, 1 taken over from earlier runs, 1 replayed from recordings, "
        "1 with environment drift"
    ) in rates_lines(some, 200)


def test_narrow_terminals_cut_names_and_wrap_remarks() -> None:
    long = "another-model-with-a-name-longer-than-that"
    lines = rates_lines([*trials("a-task-with-a-name", "++-e"), *trials("a-task-with-a-name", "+-+-", long)], 80)
    assert all(len(line) <= 80 for line in lines)
    assert [line.split("  ")[0] for line in lines[:3]] == ["rate of", "…longer-than-that", "qwen"]
    assert "    " in {line[:4] for line in lines}


def test_runs_beside_each_other_are_compared_in_pairs() -> None:
    before = column(*[entry(one) for n in range(8) for one in trials(f"t{n}", "-+-")], label="before")
    after = column(*[entry(one) for n in range(8) for one in trials(f"t{n}", "+++")], label="after")
    assert column_lines(Report([before, after], 0.0)) == [
        "after against before: after is better by 67 points (29 to 82); over 8 tasks (24 and 24 trials), p = 0.008"
    ]
    other = column(*[entry(one) for n in range(8) for one in trials(f"t{n}", "+m", "gemini")], label="gemini")
    first, remark = column_lines(Report([before, other], 0.0))
    assert "over 8 tasks (8 and 24 trials)" in first
    assert remark == OTHERS_LEFT_OUT
