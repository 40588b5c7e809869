"""How a run stands, event by event, and how long it will still take."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from pytest_agenttasks.runs import Planned, RunFacts, RunStatus, left


def slug(name: str) -> str:
    return f"tasks/t/{name}--m"


class Run:
    """A run whose events a test tells; a second passes before each, unless it says when."""

    def __init__(self, *names: str, workers: int = 2, action: str = "live") -> None:
        tasks = [Planned(f"tasks/t.yaml::{n}", slug(n), n, "tasks/t.yaml", 1, action=action) for n in names]
        self.status = RunStatus(RunFacts("r", 0.0, workers=workers, tasks=tasks))
        self._clock = count(1)

    def tell(self, event: str, name: str, worker: str = "gw0", **more: Any) -> None:
        self.status.add([(worker, {"at": float(next(self._clock)), "event": event, "task": slug(name), **more})])

    def done(self, name: str, *, at: float, seconds: float, outcome: str = "passed") -> None:
        self.tell("began", name, at=at - seconds)
        self.tell("ended", name, at=at, outcome=outcome, seconds=seconds)


def test_a_task_from_beginning_to_end() -> None:
    run = Run("a", "b")
    task = run.status.tasks[slug("a")]
    assert (task.name, task.running, run.status.total) == ("tasks/t.yaml::a", False, 2)
    run.tell("began", "a", "gw1")
    run.tell("phase", "a", "gw1", phase="agent")
    run.tell("asking", "a", "gw1", call=1)
    (task,) = run.status.running
    assert (task.worker, task.began, task.phase, task.call, task.asking_since) == ("gw1", 1.0, "agent", 1, 3.0)
    run.tell(
        "call", "a", "gw1", call=1, live=True, model="x/m", tokens=7, cost_usd=0.5, waited_s=2.0, limited=1, moved=1
    )
    assert (task.asking_since, task.model, task.tokens) == (None, "x/m", 7)
    run.tell("ended", "a", "gw1", outcome="failed", seconds=4.0)
    assert run.status.running == []
    assert run.status.outcomes == {"failed": 1}
    spend = run.status.spend
    assert (spend.calls, spend.tokens, spend.usd, spend.unknown, spend.waited_s, spend.moved) == (1, 7, 0.5, 0, 2.0, 1)


def test_what_is_replayed_is_not_spent() -> None:
    run = Run("a", action="replay")
    run.tell("began", "a")
    run.tell("call", "a", call=1, live=False, model="x/m", tokens=7, cost_usd=0.5, waited_s=2.0, limited=1, moved=1)
    spend = run.status.spend
    assert (spend.replayed, spend.calls, spend.tokens, spend.usd, spend.waited_s) == (1, 0, 0, 0.0, 0.0)
    assert run.status.refused(5.0) == 0


def test_an_unknown_cost_is_not_nothing_and_no_answer_has_none() -> None:
    run = Run("a")
    run.tell("began", "a")
    run.tell("call", "a", call=1, live=True, model="x/m", cost_usd=None)
    run.tell("call", "a", call=2, live=True, model=None, cost_usd=None, refused="quota")
    assert (run.status.spend.calls, run.status.spend.unknown) == (2, 1)


def test_a_rerun_counts_once_and_what_it_spent_twice() -> None:
    run = Run("a")
    for outcome in ("failed", "passed"):
        run.tell("began", "a")
        assert not run.status.outcomes
        run.tell("call", "a", call=1, live=True, model="x/m", tokens=5)
        run.tell("ended", "a", outcome=outcome)
    assert run.status.outcomes == {"passed": 1}
    assert run.status.spend.tokens == 10
    assert run.status.tasks[slug("a")].tokens == 5


def test_the_end_of_an_attempt_that_was_replaced_ends_nothing() -> None:
    """Events of two workers lie in two files, and the later one may be read first."""
    run = Run("a")
    run.tell("began", "a", "gw0", at=1.0)
    run.tell("began", "a", "gw1", at=9.0)
    run.tell("ended", "a", "gw0", at=8.0, outcome="error")
    assert [task.worker for task in run.status.running] == ["gw1"]


def test_somebody_else_tells_the_end_of_what_a_dead_worker_did() -> None:
    run = Run("a")
    run.tell("began", "a", "gw0")
    run.tell("ended", "a", "controller", outcome="error")
    assert run.status.outcomes == {"error": 1}
    assert run.status.tasks[slug("a")].worker == "gw0"


def test_what_is_resumed_is_done_and_says_nothing_of_time() -> None:
    run = Run("a", "b")
    run.tell("ended", "a", "controller", outcome="passed", seconds=100.0, resumed=True)
    assert run.status.outcomes == {"passed": 1}
    assert run.status.tasks[slug("a")].resumed
    assert left(run.status, 10.0) is None


def test_refusals_are_those_of_the_last_minute() -> None:
    run = Run("a")
    run.tell("began", "a", at=0.0)
    run.tell("call", "a", at=10.0, live=True, limited=2)
    run.tell("call", "a", at=60.0, live=True, limited=3)
    assert [run.status.refused(now) for now in (61.0, 70.0, 119.0, 121.0)] == [5, 3, 3, 0]


def test_a_quota_is_waited_for_until_something_goes_on() -> None:
    run = Run("a", "b")
    run.tell("began", "a", at=0.0)
    run.tell("waiting", "a", at=10.0, until=500.0)
    run.tell("began", "b", at=11.0)
    assert run.status.waiting_until == 500.0
    run.tell("call", "a", at=510.0, call=1, live=True, model="x/m", waited_s=500.0)
    assert run.status.waiting_until is None
    assert run.status.tasks[slug("a")].worked(520.0) == 20.0


@pytest.mark.parametrize("event", [
    {"event": "call", "task": slug("a")},
    {"event": "call", "task": slug("a"), "tokens": "many", "cost_usd": {}, "call": None, "limited": [], "model": 7},
    {"event": "ended", "task": slug("a")},
    {"event": "began", "task": slug("unknown")},
    {"event": "began", "task": ["a"]},
    {"event": "a later version's", "task": slug("a")},
    {"event": ["call"], "task": slug("a")},
    {"event": "waiting", "task": slug("a"), "until": "soon"},
    {"event": "_task", "task": slug("a")},
])  # fmt: skip
def test_damaged_and_unknown_events_do_no_harm(event: dict[str, Any]) -> None:
    run = Run("a")
    run.status.add([("gw0", {"at": 1.0, **event})])
    assert run.status.total in (1, 2)


def test_nothing_is_foretold_before_something_is_done() -> None:
    run = Run("a", "b")
    run.tell("began", "a")
    assert left(run.status, 100.0) is None


@pytest.mark.parametrize(("workers", "waiting", "expected"), [(1, 6, 60.0), (2, 6, 30.0), (2, 1, 10.0), (5, 1, 10.0)])
def test_what_is_left_is_shared_by_the_workers(workers: int, waiting: int, expected: float) -> None:
    run = Run("done", *map(str, range(waiting)), workers=workers)
    run.done("done", at=20.0, seconds=10.0)
    assert left(run.status, 20.0) == pytest.approx(expected)


def test_tasks_in_the_middle_make_the_usual_time_longer_and_need_some_still() -> None:
    """Else the short ones, which end first, would speak for all."""
    run = Run("short", "long", workers=2)
    run.done("short", at=10.0, seconds=10.0)
    run.tell("began", "long", at=0.0)
    assert left(run.status, 10.0) == pytest.approx(10.0)  # usual is (10 + 10) / 1, of which 10 are over
    assert left(run.status, 1000.0) == pytest.approx(0.25 * 1010.0)


def test_what_was_done_ahead_of_its_turn_keeps_nobody() -> None:
    run = Run("over", "ready", "next", workers=1)
    run.done("over", at=10.0, seconds=5.0)
    run.tell("began", "ready", at=5.0)
    run.tell("phase", "ready", at=10.0, phase="done")
    assert left(run.status, 10.0) == pytest.approx(10.0)  # usual is (5 + 5) / 1


def test_work_for_one_does_not_end_before_those_that_wait_for_a_quota() -> None:
    run = Run("done", "waits", "next", workers=1)
    run.done("done", at=10.0, seconds=10.0)
    run.tell("began", "waits", at=10.0)
    run.tell("waiting", "waits", at=10.0, until=3600.0)
    assert left(run.status, 20.0) == pytest.approx(3580.0 + 10.0 + 10.0)


def test_replayed_tasks_say_nothing_of_those_that_are_asked() -> None:
    run = Run("asked")
    for name in "bcd":
        run.tell("began", name)
        run.tell("ended", name, outcome="passed", seconds=0.1)
    assert left(run.status, 100.0) is None
    run.done("asked", at=200.0, seconds=50.0)
    assert left(run.status, 200.0) == 0.0


def test_five_thousand_tasks_are_told_in_order() -> None:
    run = Run(*map(str, range(5000)), workers=100)
    for n in range(300):
        run.done(str(n), at=10.0, seconds=5.0)
    assert left(run.status, 10.0) == pytest.approx(4700 * 5.0 / 100)
