"""Quotas, accounts, budgets: a real gateway, litellm inside, in front of a real HTTP server."""

from __future__ import annotations

import copy
import http.client
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.world import A_DAY, PACE, TOKEN, Group, Json, Reply, World, request
from tests.provider import Answer, Asked, completion


def day_over() -> Answer:
    """The account's free requests of the day are used up, for 5,000 seconds."""
    error = {"message": "Rate limit exceeded: free-models-per-day. Add 10 credits", "code": 429}
    return Answer(429, {"error": error}, {"x-ratelimit-reset": str(int((time.time() + 5000) * 1000))})


def priced(usd: float | None, *, prompt: int = 100, completion_tokens: int = 20) -> Answer:
    body = completion("done").body
    assert isinstance(body, dict)
    body = copy.deepcopy(body)
    body["usage"] |= {"prompt_tokens": prompt, "completion_tokens": completion_tokens, "cost": usd}
    if usd is None:
        del body["usage"]["cost"]
    return Answer(200, body)


def at_once(group: Group, letters: str, number: int) -> list[Reply]:
    def ask(one: int) -> Reply:
        return group.chat(letters, x_agenttasks_task=f"task{one}")

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(ask, range(number)))


def enforcing(requests: int, seconds: float) -> Callable[[Asked], Answer]:
    """A provider that allows so many requests in any stretch of time, and says when there is room again."""
    allowed: deque[float] = deque()
    lock = threading.Lock()

    def answer(_: Asked) -> Answer:
        with lock:
            now = time.monotonic()
            while allowed and allowed[0] <= now - seconds:
                allowed.popleft()
            if len(allowed) < requests:
                allowed.append(now)
                return completion("done")
            return Answer(
                429, {"error": {"message": "slow down"}}, {"retry-after": f"{allowed[0] + seconds - now:.3f}"}
            )

    return answer


def test_a_declared_limit_is_paced_and_never_overdrawn(group: Group) -> None:
    replies = at_once(group, "q", 5)
    assert [reply.story for reply in replies] == [[("q", 200, "answered", "")]] * 5
    arrived = sorted(one.at for one in group.asked("q"))
    # Two a second: the fifth may go two seconds after the first. A busy machine delivers the first one late.
    assert arrived[-1] - arrived[0] > 1.4
    waits = sorted(reply.body["agenttasks"]["attempts"][0]["waited_s"] for reply in replies)
    assert waits[-1] >= 1.9 * float(PACE["seconds"])


def test_a_model_out_of_pace_is_passed_over_where_there_is_another(group: Group) -> None:
    replies = at_once(group, "qb", 6)
    served = sorted(reply.story[0][0] for reply in replies)
    assert served == ["b"] * 4 + ["q"] * 2
    assert all(reply.body["agenttasks"]["attempts"][0]["waited_s"] < 0.9 * float(PACE["seconds"]) for reply in replies)


def test_a_days_requests_are_counted_over_all_that_draw_on_them(group: Group) -> None:
    assert [group.chat(letter).status for letter in "rs"] == [200] * A_DAY
    reply = group.chat("rs")
    error = reply.body["error"]
    assert (reply.status, error["code"], reply.story) == (403, "quota", [])
    assert "out_of_pace" in error["message"]
    assert 0 < error["resets_at"] - time.time() <= 86400
    assert error["resets_at"] % 86400 == pytest.approx(0, abs=5) or error["resets_at"] % 86400 > 86395
    assert len(group.asked()) == A_DAY
    assert group.chat("rsb").story == [("b", 200, "answered", "")]


def test_a_limit_is_learnt_and_then_kept(group: Group) -> None:
    group.scripts["b"] = enforcing(5, 1)
    replies = [group.chat("b") for _ in range(14)]
    assert {reply.status for reply in replies} == {200}
    refused = [status for reply in replies for _, status, _, _ in reply.story].count(429)
    assert 1 <= refused <= 2, "told once, known from then on; once more where requests overtook each other"


def test_a_busy_upstream_teaches_no_limit(group: Group) -> None:
    upstream = {"error": {"message": "Provider returned error", "code": 429,
                          "metadata": {"raw": "temporarily rate-limited upstream", "provider_name": "X"}}}  # fmt: skip
    fine = completion("done")
    group.on("a", fine, fine, fine, Answer(429, upstream, {"retry-after": "1"}), fine)
    replies = [group.chat("a") for _ in range(60)]
    waits = [attempt["waited_s"] for reply in replies for attempt in reply.body["agenttasks"]["attempts"]]
    assert 1 <= sum(waits) < 2.9, "once, for the upstream; three a second would take two seconds more"


def test_an_answer_that_says_it_was_the_last_one_is_believed(group: Group) -> None:
    last = Answer(200, completion("done").body, {
        "x-ratelimit-limit-requests": "30", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60s",
    })  # fmt: skip
    group.on("b", last)
    assert group.chat("bx").story == [("b", 200, "answered", "")]
    assert group.chat("bx").story == [("x", 200, "answered", "")]


def test_another_account_goes_on_where_one_is_used_up(group: Group) -> None:
    group.scripts["w"] = lambda asked: day_over() if "key-one" in asked.headers["authorization"] else completion("done")
    reply = group.chat("w")
    assert reply.story == [("w", 429, "retry", "daily_quota"), ("w", 200, "answered", "")]
    assert [one["account"] for one in reply.body["agenttasks"]["attempts"]] == ["KEY_ONE", f"second{group.number}"]
    assert group.chat("w").story == [("w", 200, "answered", "")], "and the first is not asked again"


def test_with_all_accounts_used_up_nothing_is_sent(group: Group) -> None:
    group.on("w", day_over())
    first = group.chat("wa")
    assert (first.status, first.body["error"]["code"]) == (403, "quota")
    assert [story[0] for story in first.story] == ["w", "w"], "a draws on the same account as w"
    second = group.chat("wa")
    assert (second.status, second.body["error"]["code"], second.story) == (403, "quota", [])
    assert "w" in second.body["error"]["message"]
    assert "with KEY_ONE" in second.body["error"]["message"]
    assert second.body["error"]["resets_at"] == pytest.approx(time.time() + 5000, abs=300)


def test_what_the_provider_calls_the_model_is_told_where_it_is_another_name(group: Group) -> None:
    group.on("a", completion("x", model=f"t/a{group.number}:free"), completion("x", model="google/gemma-4"))
    same, other = group.chat("a").body["agenttasks"], group.chat("a").body["agenttasks"]
    assert (same["served"], same["served_as"]) == (group.id("a"), None)
    assert (other["served"], other["served_as"]) == (group.id("a"), "google/gemma-4")


def test_the_price_of_models_yaml_counts_where_nobody_else_knows(group: Group) -> None:
    group.on("v", priced(None), priced(0.25))
    assert group.chat("v").body["agenttasks"]["cost_usd"] == pytest.approx((100 * 1 + 20 * 2) / 1e6)
    assert group.chat("v").body["agenttasks"]["cost_usd"] == 0.25


def charged(group: Group, letters: str, call: int, *, usd: str = "", tokens: str = "") -> Reply:
    run = f"run{group.number}"
    return group.chat(
        letters, None, x_agenttasks_run=run, x_agenttasks_call=f"{run}-{call}",
        x_agenttasks_budget_usd=usd, x_agenttasks_budget_tokens=tokens,
    )  # fmt: skip


def test_a_budget_in_dollars_ends_the_run(group: Group) -> None:
    group.on("a", priced(0.04))
    replies = [charged(group, "ab", call, usd="0.1") for call in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 403, 403]
    assert replies[-1].body["error"]["code"] == "budget"
    assert replies[-1].body["error"]["message"] == "the run's budget is spent: $0.1200 of $0.1"
    assert len(group.asked()) == 3
    assert group.chat("a", x_agenttasks_run="another", x_agenttasks_budget_usd="0.1").status == 200


def test_a_budget_in_tokens_ends_the_run(group: Group) -> None:
    group.on("b", priced(None))
    replies = [charged(group, "b", call, tokens="300") for call in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 403]
    assert "360 of 300 tokens" in replies[-1].body["error"]["message"]


def test_a_call_sent_twice_is_charged_once(group: Group) -> None:
    group.on("b", priced(None))
    replies = [charged(group, "b", call, tokens="300") for call in (1, 1, 1, 2, 3, 4)]
    assert [reply.status for reply in replies] == [200] * 5 + [403]


def test_a_model_of_unknown_cost_is_asked_once_under_a_budget_in_dollars(group: Group) -> None:
    group.on("b", priced(None))
    group.on("a", priced(0.01))
    assert charged(group, "ba", 1, usd="5").story == [("b", 200, "answered", "")]
    assert charged(group, "ba", 2, usd="5").story == [("a", 200, "answered", "")]
    reply = charged(group, "b", 3, usd="5")
    assert (reply.status, reply.body["error"]["code"]) == (403, "budget")
    assert "give it a price in models.yaml" in reply.body["error"]["models"][0]["message"]
    assert len(group.asked("b")) == 1


@pytest.mark.parametrize("name", ["x_agenttasks_budget_usd", "x_agenttasks_budget_tokens"])
@pytest.mark.parametrize("value", ["0", "-1", "much", "nan"])
def test_budgets_that_are_none(group: Group, name: str, value: str) -> None:
    assert group.chat("b", None, **{name: value}).status == 400


def test_a_model_that_keeps_failing_is_asked_after_the_others(group: Group) -> None:
    bad = Answer(500, {"error": {"message": "x"}}, {"retry-after": "0.01"})
    group.on("a", bad)
    stories = [group.chat("ab").story for _ in range(60)]
    assert len(group.asked("a")) == 3
    assert stories[-1] == [("b", 200, "answered", "")], "a would be free, and is not asked"
    group.on("a", completion("well again"))
    group.on("b", Answer(404, {"error": {"message": "gone"}}))
    assert group.chat("ab").story[-1] == ("a", 200, "answered", "")
    assert group.chat("ab").story == [("a", 200, "answered", "")], "its answer gives it its place back"


def test_a_caller_that_gives_up_while_it_waits_leaves_nothing_behind(world: World, group: Group) -> None:
    group.on("a", Answer(429, {"error": {"message": "slow down", "code": 429}}, {"retry-after": "1"}))
    connection = http.client.HTTPConnection("127.0.0.1", world.port)
    body = json.dumps({"model": group.name("a"), "messages": [{"role": "user", "content": "x"}]})
    connection.request("POST", "/v1/chat/completions", body,
                       {"authorization": f"Bearer {TOKEN}", "x-agenttasks-pinned": "1"})  # fmt: skip
    until(lambda: len(group.asked("a")) == 1 and health(world)["waiting"] == 1)
    connection.close()
    until(lambda: health(world)["waiting"] == 0)
    assert health(world)["in_flight"] == 0
    assert len(group.asked("a")) == 1


def test_how_a_declared_day_stands(group: Group) -> None:
    group.chat("r")
    told = group.standing("rsb")
    (pool,) = told["pools"]
    assert pool["presets"] == [group.name("r"), group.name("s")]
    assert (pool["left"], pool["limit"], pool["source"], pool["account"]) == (1, A_DAY, "models.yaml", "KEY_ONE")
    assert 0 < pool["resets_in"] <= 86400
    assert (told["blocked"], told["trouble"]) == ({}, [])


def test_how_openrouter_says_an_account_stands(group: Group) -> None:
    group.account = {"label": "k", "free_model_daily_requests": {"used": 12, "limit": 50, "remaining": 38}}
    (pool,) = group.standing("ad")["pools"]
    assert pool["what"] == "free models of KEY_ONE"
    assert (pool["left"], pool["limit"], pool["source"], pool["account"]) == (38, 50, "openrouter", "KEY_ONE")
    assert pool["presets"] == [group.name("a"), group.name("d")]
    assert group.provider.looked_up[-1].headers["authorization"] == "Bearer secret-key-one"


def test_a_day_that_is_over_is_known_before_the_first_request(group: Group) -> None:
    group.account = {"free_model_daily_requests": {"used": 50, "limit": 50, "remaining": 0}}
    told = group.standing("ap")
    assert list(told["blocked"]) == [group.name("a")]
    assert told["blocked"][group.name("a")]["reason"] == "daily_quota"
    reply = group.chat("a")
    assert (reply.status, reply.body["error"]["code"], group.asked()) == (403, "quota", [])


@pytest.mark.parametrize("account", [{}, {"free_model_daily_requests": None}, {"free_model_daily_requests": {"a": 1}}])
def test_an_account_that_does_not_say_how_it_stands(group: Group, account: Json) -> None:
    group.account = account
    assert group.standing("a") | {"where": ""} == {"where": "", "trouble": [], "pools": [], "blocked": {}}


@pytest.mark.parametrize("body", [{}, {"presets": "a"}, {"presets": [1]}])
def test_standing_of_what_makes_no_sense(world: World, body: Json) -> None:
    assert request(world.port, "POST", "/v1/agenttasks/standing", body).status == 400
    assert request(world.port, "POST", "/v1/agenttasks/standing", {"presets": ["no-such"]}).status == 404


def health(world: World) -> Json:
    return request(world.port, "GET", "/health").body


def until(true: Callable[[], bool]) -> None:
    """Ask again and again; a failure after ten seconds."""
    end = time.monotonic() + 10
    for _ in itertools.takewhile(lambda _: not true(), itertools.count()):
        assert time.monotonic() < end, "it does not come true"
