"""The terminal summary, as people see it."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.terminal import MOST_PASSED, next_steps, summary
from tests.reports.some import ALL_KINDS, replayed, result, use

FOLDER = ".agenttasks/runs/latest/ (run x)"

WIDE = """\
outcome  task                                    answered by           purity  calls  rot.  tokens   cost $    time
failed   code.yaml::tests-for[src/inventory.py]  qwen3.8-27b:free      single      4     0  10,234   0.0123  12.3 s
error    code.yaml::coupons                      qwen3.8-27b:free      single      4     0  10,234        0  12.3 s
quota    code.yaml::csv                          –                     –           4     0  10,234  unknown  12.3 s
passed   code.yaml::slug-length                  qwen3.8-27b:free      single      4     0  10,234        0  12.3 s
passed   code.yaml::mixed                        b → qwen3.8-27b:free  mixed       4     2  10,234        0  12.3 s
passed   code.yaml::drift                        qwen3.8-27b:free      single      4     0  10,234        0  12.3 s

model                             answers  requests  429s  failed  waited  tokens  cost $   alone
openrouter/qwen/qwen3.8-27b:free       19        19     0       0       0  47,500  0.0123  4 of 5
openrouter/a/b                          1         4     2       1    12 s   2,500       0  0 of 1

1 task moved between models:
  tasks/code.yaml::mixed: mixed, 2 rotations, waited 12 s · b: rate_limited (429); b: server_error (502)

"""

NARROW = """\
outcome  task                        answered by        purity   cost $    time
failed   …sts-for[src/inventory.py]  qwen3.8-27b:free   single   0.0123  12.3 s
error    code.yaml::coupons          qwen3.8-27b:free   single        0  12.3 s
quota    code.yaml::csv              –                  –       unknown  12.3 s
passed   code.yaml::slug-length      qwen3.8-27b:free   single        0  12.3 s
passed   code.yaml::mixed            b → qwen3.8…:free  mixed         0  12.3 s
passed   code.yaml::drift            qwen3.8-27b:free   single        0  12.3 s

model             answers  requests  429s  failed  tokens  cost $   alone
qwen3.8-27b:free       19        19     0       0  47,500  0.0123  4 of 5
b                       1         4     2       1   2,500       0  0 of 1

1 task moved between models:
  tasks/code.yaml::mixed: mixed, 2 rotations, waited 12 s · b: rate_limited
    (429); b: server_error (502)

"""

ENDING = """\
6 tasks: 3 passed, 1 quota, 1 error, 1 failed · 24 calls, 2 rotations · 61,404 tokens · \
$0.0123 spent and 1 of unknown cost · waited 12 s for limits
1 mixed: answered by more than one model, so no single model did them
environment drift in 1: tools said something else than when it was recorded
  tasks/code.yaml::drift: message 3: 'a' became 'b'
  tasks/code.yaml::drift: 2 recorded answers were not asked for
details: .agenttasks/runs/latest/ (run x)
next: the same command with --agent-resume, after 2027-01-15 08:00 UTC
"""


@pytest.mark.parametrize(("width", "table"), [(120, WIDE), (80, NARROW)])
def test_all_kinds_of_results(width: int, table: str) -> None:
    lines = summary(ALL_KINDS, width, FOLDER)
    assert "\n".join(lines) + "\n" == table + ENDING
    assert max(len(line) for line in lines[: lines.index("")]) < width


def test_brief() -> None:
    assert "\n".join(summary(ALL_KINDS, 80, FOLDER, brief=True)) + "\n" == ENDING


@pytest.mark.parametrize("width", [1, 20, 60, 79, 80, 100, 300])
def test_any_width_gives_a_line_a_task_and_a_line_a_model(width: int) -> None:
    lines = summary(ALL_KINDS, width, FOLDER)
    assert lines[7] == lines[11] == ""


IDS = [
    "openrouter/google/gemini-2.5-flash-lite-preview:free", "openrouter/meta-llama/llama-3.3-70b-instruct:free",
    "openrouter/nvidia/nemotron-3-super-120b-a12b:free", "openrouter/qwen/qwen3-235b-a22b-thinking-2507:free",
    "openrouter/deepseek/deepseek-chat-v3.1:free", "gemini/gemini-2.5-flash", "mistral/mistral-small-latest",
    "groq/llama-3.3-70b-versatile", "cerebras/llama-3.3-70b", "sambanova/llama-3.3-70b", "openai/gpt-5-mini",
    "anthropic/claude-haiku-4-5-20251001",
]  # fmt: skip


def by_model(width: int, *ids: str, tokens: int = 2500) -> list[str]:
    """The table by model of a run in which each of these answered 400 calls."""
    results = [
        result(f"t{n}", served=[one], models=[use(one, 400, prompt_tokens=tokens * 400, failed=1, wait_s=99.0)])
        for n, one in enumerate(ids)
    ]
    lines = summary(results, width, FOLDER)
    begin = next(n for n, line in enumerate(lines) if line.startswith("model "))
    return lines[begin : lines.index("", begin)]


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_twelve_models_with_long_ids_fit_and_can_be_told_apart(width: int) -> None:
    heading, *lines = by_model(width, *IDS)
    assert len({line.split("  ")[0] for line in lines}) == 12
    assert max(len(line) for line in lines) < width
    assert {"answers", "requests", "429s", "tokens", "alone"} <= set(heading.split())


def test_full_ids_where_there_is_room() -> None:
    assert [line.split()[0] for line in by_model(160, *IDS)[1:]] == sorted(IDS)


def test_at_most_twenty_models_are_listed() -> None:
    lines = by_model(120, *(f"openrouter/a/m{n}" for n in range(25)))
    assert (len(lines), lines[-1]) == (1 + 20 + 1, "… 5 more")


def test_a_plain_run_with_one_model_is_told_without_a_table_by_model() -> None:
    assert len(summary([result("a"), result("b")], 120, FOLDER)) == 3 + 2


def test_a_replay_tells_the_models_as_recorded() -> None:
    models = [{"asked": one, "model": one, "requests": 2, "answers": 2, "cost_usd": 0.5} for one in ("x/a", "x/b")]
    lines = summary([replayed(recorded={"cost_usd": 1.0, "wait_s": 7.0, "models": models})], 120, FOLDER)
    assert lines[3].split("  ")[0] == "model, as recorded"
    assert [line.split()[0] for line in lines[4:6]] == ["x/a", "x/b"]
    assert "  tasks/code.yaml::slug: waited 7 s when recorded" in lines
    assert "replayed, nothing spent (recorded: $1) · waited 0 s for limits" in "\n".join(lines)


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
    "next: the same command with --agent-resume, after 2027-01-15 08:00 UTC": [
        result("a", "quota", resets_at=1.7e9),
        result("b", "quota", resets_at=1.8e9),
        result("c", "failed"),
    ],
    "next: the same command with --agent-resume, after an unknown time": [result("a", "quota")],
    "next: the same command with --agent-resume does what did not pass": [
        result("a", "error"),
        result("b", cassette="recorded"),
    ],
    "next: the same command without --agent-cassettes=record replays this, offline": [result(cassette="recorded")],
    "": [result()],
}


@pytest.mark.parametrize("line", NEXT)
def test_what_to_do_next(line: str) -> None:
    assert next_steps(NEXT[line]) == ([line] if line else [])
