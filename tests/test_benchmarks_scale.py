"""The simulation of large runs: cases that can be reckoned by hand. No time of this machine is in them."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.scale import rows_of
from benchmarks.scale_load import Kind, Pool, Step, Steps, quota_bound, worker_bound
from benchmarks.scale_run import outcome
from benchmarks.virtual import simulate

FREE = Pool("openai")
LATE = 0.05
"""Share by which a sliding window is kept longer than it is told, and a little more; see `candidates.with_slack`."""


def tasks(number: int, calls: int, latency: float = 1.0, tools: float = 0.0, tokens: int = 0) -> list[Steps]:
    return [[Step(latency, tools, tokens)] * calls for _ in range(number)]


def test_one_worker_without_limits_takes_the_sum_of_all() -> None:
    work = tasks(3, 4, latency=2.0, tools=0.5)
    ran = outcome([FREE], work, 1)
    assert ran.seconds == pytest.approx(3 * 4 * 2.5) == worker_bound(1, work)
    assert (ran.done, ran.left, ran.requests) == (3, 0, {"answered": 12})


def test_workers_share_what_there_is() -> None:
    assert outcome([FREE], tasks(10, 4), 5).seconds == pytest.approx(8.0)
    assert outcome([FREE], tasks(3, 4), 100).seconds == pytest.approx(4.0)


def test_a_server_works_at_so_many_at_once() -> None:
    work = tasks(10, 2, latency=3.0)
    pools = [Pool("hosted_vllm", at_once=5)]
    assert outcome(pools, work, 10).seconds == pytest.approx(12.0) == quota_bound(pools, work)


def test_twenty_requests_a_minute() -> None:
    work = tasks(10, 10)
    pools = [Pool("openrouter", rpm=20)]
    assert quota_bound(pools, work) == 4 * 60 + 1.0
    ran = outcome(pools, work, 10)
    assert 4 * 60 + 1.0 <= ran.seconds <= (4 * 60 + 1.0) * (1 + LATE)
    assert ran.requests == {"answered": 100}, "none is refused: the limit is declared"


def test_a_day_of_requests_makes_the_others_wait_for_midnight() -> None:
    pools = [Pool("openrouter", rpd=30)]
    work = tasks(10, 10)
    four_days = 3 * 86400 - 300 + 1.0  # it begins five minutes past midnight; the calls of the fourth day are at once
    assert quota_bound(pools, work) == pytest.approx(four_days, abs=1.0)
    ran = outcome(pools, work, 1)
    assert four_days <= ran.seconds <= four_days + 60
    assert (ran.done, ran.repeated, ran.requests) == (10, 0, {"answered": 100})


def test_a_run_each_day_asks_again_what_was_cut_off() -> None:
    # 25 calls a day for tasks of 10: two are done each day, and half of a third one is lost
    ran = outcome([Pool("openrouter", rpd=25)], tasks(4, 10), 1, "resume")
    assert (ran.done, ran.repeated, ran.requests) == (4, 5, {"answered": 45})
    # with five workers each has 5 calls of its task: no day ends one
    given_up = outcome([Pool("openrouter", rpd=25)], tasks(5, 10), 5, "resume")
    assert (given_up.done, given_up.left, given_up.repeated) == (0, 5, 75)


def test_accounts_and_models_add_up_where_their_limits_are_their_own() -> None:
    work = tasks(20, 4)
    assert quota_bound([Pool("gemini", models=2, rpm=10, accounts=2, per_model=True)], work) == 60 + 1.0
    assert quota_bound([Pool("gemini", models=2, rpm=10, accounts=2)], work) == 3 * 60 + 1.0
    pools = [Pool("gemini", models=2, rpm=10, per_model=True), Pool("groq", accounts=2, rpm=10)]
    ran = outcome(pools, work, 20)
    assert 61.0 <= ran.seconds <= 61.0 * (1 + LATE)
    assert ran.done == 20


def test_tokens_of_a_minute_are_met_by_being_refused() -> None:
    pools = [Pool("openai", tpm=1000)]
    work = tasks(4, 5, tokens=100)
    assert quota_bound(pools, work) == 60 + 1.0
    ran = outcome(pools, work, 4)
    assert ran.done == 4
    assert ran.requests["answered"] == 20
    assert ran.requests["refused"] >= 1
    assert ran.seconds >= 61.0


def test_a_dead_model_costs_requests_and_no_task() -> None:
    ran = outcome([Pool("dead", death="gone"), FREE], tasks(20, 3), 1)
    assert (ran.done, ran.requests) == (20, {"gone": 1, "answered": 60})
    silent = outcome([Pool("dead", death="hangs"), FREE], tasks(1, 3), 1)
    assert silent.seconds == pytest.approx(603.0), "its first call waited for the silent model, the others did not"


def test_the_bounds_hold() -> None:
    work = Kind(calls=8).made(40)
    for pools in ([Pool("openrouter", rpm=20, rpd=100)], [Pool("groq", rpm=30, accounts=2)], [FREE]):
        ran = outcome(pools, work, 7)
        assert ran.done == 40
        assert ran.seconds >= max(quota_bound(pools, work), worker_bound(7, work))


def test_tasks_are_the_same_for_a_seed() -> None:
    assert Kind().made(5) == Kind().made(9)[:5] != Kind().made(5, seed=2)
    calls = [len(task) for task in Kind().made(4000)]
    assert sum(calls) / len(calls) == pytest.approx(20, abs=0.5)
    assert max(calls) <= Kind().most


def test_waiting_for_nothing_is_told() -> None:
    async def stuck() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing is left that could happen"):
        simulate(stuck())


def test_rows() -> None:
    found = {row.name: row for row in rows_of(6, (20,))}
    assert {"scale.free.20", "scale.chain.20", "scale.paid.20", "scale.cost.resume-20"} < found.keys()
    assert all(row.value >= 1 for row in found.values())
    assert found["scale.own.20"].beside["lost"] == 0
    assert found["scale.cost.hangs"].value > found["scale.own.20"].value
