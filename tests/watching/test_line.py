"""One line: what it says, and what is left out first."""

from __future__ import annotations

import calendar

import pytest

from pytest_agenttasks.runs import GatewayFacts, Spend
from pytest_agenttasks.watching import clock, fitted, line, rough
from pytest_agenttasks.watching.line import money, short
from tests.runs.test_status import Run

NOON = float(calendar.timegm((2026, 3, 1, 12, 0, 0)))


def test_a_run_in_full() -> None:
    run = Run(*map(str, range(41)), workers=5)
    for n in range(3):
        run.done(str(n), at=NOON - 10, seconds=120.0, outcome=("passed", "failed", "quota")[n])
    run.tell("began", "3", at=NOON)
    run.tell("call", "3", at=NOON, live=True, model="x/m", tokens=310_400, cost_usd=0.123, waited_s=200.0, limited=12)
    run.tell("call", "3", at=NOON, live=True, model="x/m", cost_usd=None)
    run.tell("waiting", "3", at=NOON, until=NOON + 43_200)
    assert fitted(line(run.status, NOON, GatewayFacts(waiting=2))) == (
        "3/41 done: 1 passed, 1 failed, 1 quota · 1 running · waiting for quota until 00:00 UTC · 2 calls · "
        "310k tokens · $0.12 + unknown · 429: 12 in the last minute · 2 waiting for limits · waited 3 min · "
        "about 12 h 2 min left"
    )
    assert fitted(line(run.status, NOON, over=True)) == (
        "3/41 done: 1 passed, 1 failed, 1 quota · 2 calls · 310k tokens · $0.12 + unknown · waited 3 min"
    )


def test_the_least_important_goes_first() -> None:
    run = Run(*map(str, range(9)), workers=1)
    run.done("0", at=NOON, seconds=300.0)
    run.tell("began", "1", at=NOON)
    run.tell("call", "1", at=NOON, live=True, model="x/m", tokens=812, cost_usd=0.0)
    parts = line(run.status, NOON)
    full = fitted(parts)
    assert full == "1/9 done: 1 passed · 1 running · 1 call · 812 tokens · $0 · about 40 min left"
    seen = list(dict.fromkeys(fitted(parts, width) for width in range(len(full), 9, -1)))
    assert seen[:6] == [
        full,
        "1/9 done: 1 passed · 1 running · 1 call · $0 · about 40 min left",
        "1/9 done: 1 passed · 1 running · $0 · about 40 min left",
        "1/9 done: 1 passed · 1 running · about 40 min left",
        "1/9 done: 1 passed · 1 running",
        "1/9 done: 1 passed",
    ]
    assert all(len(fitted(parts, width)) <= width for width in range(1, 100))


def test_a_replay_spends_nothing() -> None:
    run = Run("a", "b", action="replay")
    run.tell("began", "a")
    run.tell("call", "a", live=False, model="x/m", tokens=900, cost_usd=0.5)
    assert fitted(line(run.status, 3.0)) == "0/2 done · 1 running · 1 call replayed · time left: –"


@pytest.mark.parametrize(("spend", "told"), [
    (Spend(), "$0"),
    (Spend(usd=1.239), "$1.24"),
    (Spend(usd=0.00123), "$0.00123"),
    (Spend(usd=0.5, unknown=1), "$0.50 + unknown"),
    (Spend(unknown=3), "cost unknown"),
])  # fmt: skip
def test_money(spend: Spend, told: str) -> None:
    assert money(spend) == told


def test_numbers_and_times_are_as_exact_as_one_wants() -> None:
    assert [short(n) for n in (0, 999, 1000, 310_400, 999_499, 999_500)] == ["0", "999", "1k", "310k", "999k", "1.0M"]
    assert [rough(s) for s in (0, 59.4, 60, 3599, 4800)] == ["0 s", "59 s", "1 min", "1 h 0 min", "1 h 20 min"]
    assert clock(NOON + 60, NOON) == "12:01 UTC"
    assert clock(NOON + 43_200, NOON) == "00:00 UTC"
    assert clock(NOON + 200_000, NOON) == "2026-03-03 19:33 UTC"
