"""The terminal summary, as people see it."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.terminal import MOST_PASSED, next_steps, summary
from tests.reports.some import ALL_KINDS, result

FOLDER = ".agenttasks/runs/latest/ (run x)"

WIDE = """\
outcome  task                                    answered by           calls  rot.  tokens   cost $    time
failed   code.yaml::tests-for[src/inventory.py]  qwen3.8-27b:free          4     0  10,234   0.0123  12.3 s
error    code.yaml::coupons                      qwen3.8-27b:free          4     0  10,234        0  12.3 s
quota    code.yaml::csv                          –                         4     0  10,234  unknown  12.3 s
passed   code.yaml::slug-length                  qwen3.8-27b:free          4     0  10,234        0  12.3 s
passed   code.yaml::mixed                        b → qwen3.8-27b:free      4     2  10,234        0  12.3 s
passed   code.yaml::drift                        qwen3.8-27b:free          4     0  10,234        0  12.3 s
"""

NARROW = """\
outcome  task                           answered by     tokens   cost $    time
failed   …:tests-for[src/inventory.py]  …n3.8-27b:free  10,234   0.0123  12.3 s
error    code.yaml::coupons             …n3.8-27b:free  10,234        0  12.3 s
quota    code.yaml::csv                 –               10,234  unknown  12.3 s
passed   code.yaml::slug-length         …n3.8-27b:free  10,234        0  12.3 s
passed   code.yaml::mixed               …n3.8-27b:free  10,234        0  12.3 s
passed   code.yaml::drift               …n3.8-27b:free  10,234        0  12.3 s
"""

ENDING = """\
6 tasks: 3 passed, 1 quota, 1 error, 1 failed · 24 calls, 2 rotations · 61,404 tokens · \
$0.0123 spent and 1 of unknown cost · waited 12 s for limits
1 mixed: answered by more than one model, so no single model did them
environment drift in 1: tools said something else than when it was recorded
  tasks/code.yaml::drift: message 3: 'a' became 'b'
  tasks/code.yaml::drift: 2 recorded answers were not asked for
details: .agenttasks/runs/latest/ (run x)
next: the same command with --lf, after 2027-01-15 08:00 UTC
"""


@pytest.mark.parametrize(("width", "table"), [(120, WIDE), (80, NARROW)])
def test_all_kinds_of_results(width: int, table: str) -> None:
    lines = summary(ALL_KINDS, width, FOLDER)
    assert "\n".join(lines) + "\n" == table + ENDING
    assert max(len(line) for line in lines[:7]) < width


def test_brief() -> None:
    assert "\n".join(summary(ALL_KINDS, 80, FOLDER, brief=True)) + "\n" == ENDING


@pytest.mark.parametrize("width", [1, 20, 60, 79, 80, 100, 300])
def test_any_width_gives_a_line_a_task(width: int) -> None:
    assert len(summary(ALL_KINDS, width, FOLDER)) == 7 + 7


def test_names_below_several_folders_stay_whole() -> None:
    text = "\n".join(summary([result(file="a/x.yaml"), result(file="b/x.yaml")], 120, FOLDER))
    assert "a/x.yaml::slug" in text
    assert "b/x.yaml::slug" in text


def test_thousands_that_passed_do_not_hide_what_did_not() -> None:
    results = [result(f"t{n}", "failed" if n % 1000 == 999 else "passed") for n in range(10_000)]
    lines = summary(results, 120, FOLDER)
    assert [line.split()[1] for line in lines[1:11]] == [f"code.yaml::t{n}999" for n in ["", *range(1, 10)]]
    assert lines[11 + MOST_PASSED] == f"… {10_000 - 10 - MOST_PASSED} more that passed"
    assert lines[12 + MOST_PASSED].startswith("10000 tasks: 9990 passed, 10 failed · 40000 calls")


NEXT = {
    "next: the same command with --lf, after 2027-01-15 08:00 UTC": [
        result("a", "quota", resets_at=1.7e9),
        result("b", "quota", resets_at=1.8e9),
        result("c", "failed"),
    ],
    "next: the same command with --lf, after an unknown time": [result("a", "quota")],
    "next: the same command with --lf runs again what did not pass": [
        result("a", "error"),
        result("b", cassette="recorded"),
    ],
    "next: the same command without --agent-cassettes=record replays this, offline": [result(cassette="recorded")],
    "": [result()],
}


@pytest.mark.parametrize("line", NEXT)
def test_what_to_do_next(line: str) -> None:
    assert next_steps(NEXT[line]) == ([line] if line else [])
