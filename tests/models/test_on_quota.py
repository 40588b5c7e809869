"""Waiting for a quota: until when, how often, and what is told of it afterwards."""

from __future__ import annotations

import pytest

from pytest_agenttasks.calls import CallFacts, Reply
from pytest_agenttasks.exceptions import QuotaError
from pytest_agenttasks.models import GatewayClient, QuotaWaiter, Session
from pytest_agenttasks.results import Json
from tests.models.answers import Through, answered, attempt, chain, unanswered
from tests.provider import Answer, Asked, Provider

NOW = 1_000_000.0
LIMITED = attempt(status=429, verdict="give_up", scope="account", reason="daily_quota", waited_s=0.5)


class World:
    """A gateway that gives these replies in turn, and a clock that passes only while somebody sleeps."""

    def __init__(self, *replies: Reply, until: float = NOW + 3600, suspended: float = 0.0) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self.asked: list[tuple[float, Json, dict[str, str]]] = []
        self.waiter = QuotaWaiter(self, until, sleep=self.sleep, clock=lambda: self.now)
        self._replies = list(replies)
        self._suspended = suspended

    def send(self, body: Json, headers: dict[str, str], seconds: float) -> Reply:  # noqa: ARG002
        self.asked.append((self.now - NOW, body, headers))
        return self._replies.pop(0)

    def close(self) -> None:
        self.slept.append(-1)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds + self._suspended
        self._suspended = 0.0

    def ask(self) -> Reply:
        return self.waiter.send({"model": "m"}, {"x": "y"}, 5)


def quota(resets_in: float | None, *attempts: Json) -> Reply:
    """A quota that is refilled so many seconds after the beginning."""
    at = None if resets_in is None else NOW + resets_in
    reply = unanswered("quota", "no model answered: m daily_quota (429)", resets_at=at)
    reply.body["agenttasks"]["attempts"] = list(attempts)
    return reply


def story(reply: Reply) -> list[tuple[int | None, str, float]]:
    return [(one.status, one.verdict, one.waited_s) for one in CallFacts.from_json(reply.body["agenttasks"]).attempts]


def test_it_waits_until_the_quota_is_refilled_and_asks_the_same_again() -> None:
    world = World(quota(90, LIMITED), answered("hi"))
    reply = world.ask()
    assert reply.status == 200
    assert [at for at, _, _ in world.asked] == [0, 90]
    assert [(body, headers) for _, body, headers in world.asked] == [({"model": "m"}, {"x": "y"})] * 2
    assert story(reply) == [(429, "retry", 0.5), (200, "answered", 90.0)]


def test_an_answer_of_another_model_after_the_wait_is_a_rotation() -> None:
    world = World(quota(90, LIMITED), answered(served="openrouter/test/n"))
    facts = CallFacts.from_json(world.ask().body["agenttasks"])
    assert [one.verdict for one in facts.attempts] == ["rotate", "answered"]
    assert (facts.served, facts.waited_s) == ("openrouter/test/n", 90.5)


def test_all_waits_are_counted_also_those_before_an_ask_that_sent_nothing() -> None:
    later = answered(attempts=[attempt(status=500, verdict="retry", waited_s=2.0), attempt(waited_s=1.0)])
    reply = World(quota(10), quota(30), quota(70, LIMITED), later).ask()
    assert story(reply) == [(429, "retry", 30.5), (500, "retry", 42.0), (200, "answered", 1.0)]
    assert CallFacts.from_json(reply.body["agenttasks"]).waited_s == 73.5


@pytest.mark.parametrize("reply", [answered("hi"), unanswered("unavailable"), unanswered("budget"), Reply(500, {})])
def test_anything_else_comes_back_as_it_is(reply: Reply) -> None:
    world = World(reply)
    assert world.ask() is reply
    assert world.slept == []


def test_another_end_after_the_wait_tells_what_was_before() -> None:
    reply = World(quota(90, LIMITED), unanswered("unavailable")).ask()
    assert reply.body["error"]["code"] == "unavailable"
    assert story(reply) == [(429, "retry", 0.5), (429, "give_up", 90.0)]


def test_beyond_the_runs_time_it_does_not_wait_and_says_why() -> None:
    world = World(quota(3601, LIMITED))
    reply = world.ask()
    assert world.slept == []
    assert reply.body["error"]["code"] == "quota"
    assert reply.body["error"]["resets_at"] == NOW + 3601
    assert reply.body["error"]["message"] == (
        "no model answered: m daily_quota (429); not waited for: it is refilled 1970-01-12 14:46 UTC, "
        "the run's time ends 1970-01-12 14:46 UTC (agenttasks_max_run_time)"
    )


def test_a_later_time_told_after_a_wait_may_be_beyond_it() -> None:
    reply = World(quota(600, LIMITED), quota(4000, LIMITED)).ask()
    assert "; waited 600 s, now not waited for: it is refilled" in reply.body["error"]["message"]
    assert story(reply) == [(429, "retry", 0.5), (429, "give_up", 600.5)]


def test_a_time_that_nobody_told_is_not_waited_for_even_without_an_end() -> None:
    world = World(quota(None), until=float("inf"))
    assert world.ask().body["error"]["message"].endswith("; not waited for: nobody told when it is refilled")
    assert world.slept == []


def test_a_run_without_an_end_waits_for_any_time() -> None:
    world = World(quota(86400 * 40), answered(), until=float("inf"))
    assert world.ask().status == 200
    assert world.asked[1][0] == 86400 * 40


def test_an_absurd_time_is_told() -> None:
    assert "9999-12-31" in World(quota(1e30)).ask().body["error"]["message"]


def test_a_time_that_is_over_is_asked_for_less_and_less_often() -> None:
    """A provider whose reset is in the past must not be asked all day, second by second."""
    world = World(*[quota(-5, LIMITED)] * 14)
    assert "not waited for" in world.ask().body["error"]["message"]
    assert [at for at, _, _ in world.asked][:5] == [0, 1, 3, 7, 15]
    assert len(world.asked) == 13, "1 + 2 + … + 512 s, and two times 900 s, are within the hour"


def test_a_machine_that_slept_does_not_wait_longer() -> None:
    world = World(quota(600), answered(), suspended=500)
    world.ask()
    assert sum(world.slept) == 100
    assert world.asked[1][0] == 600


def test_a_session_counts_the_wait_and_none_of_it_as_work() -> None:
    world = World(quota(90, LIMITED), answered("hi"))
    session = Session(chain(), world.waiter)
    session.use(Through())
    assert session.complete([]).message["content"] == "hi"
    assert (session.waited_s, len(session.calls), session.live) == (90.5, 1, True)


def test_it_closes_what_it_asks() -> None:
    world = World()
    world.waiter.close()
    assert world.slept == [-1]


def test_through_a_real_client_each_ask_is_a_call_of_its_own() -> None:
    """What the first one spent before it ended must not hide what the second one spends."""
    replies, world = [quota(-1), answered("hi")], World()

    def answer(_: Asked) -> Answer:
        reply = replies.pop(0)
        return Answer(reply.status, reply.body)

    with Provider(answer) as server:
        client = GatewayClient(server.base.removesuffix("/api/v1"), "t")
        waiter = QuotaWaiter(client, NOW + 3600, sleep=world.sleep, clock=lambda: world.now)
        assert waiter.send({}, {}, 5).status == 200
        waiter.close()
    first, second = (asked.headers["x-agenttasks-call"] for asked in server.asked)
    assert first != second


def test_the_error_has_the_words_and_the_time() -> None:
    session = Session(chain(), World(quota(9999)).waiter)
    session.use(Through())
    with pytest.raises(QuotaError, match="not waited for: it is refilled") as caught:
        session.complete([])
    assert caught.value.resets_at == NOW + 9999
