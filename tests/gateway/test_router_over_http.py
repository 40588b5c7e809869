"""Choosing, rotating, waiting: a real gateway, litellm inside, in front of a real HTTP server."""

from __future__ import annotations

import copy
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.gateway.world import Group, Json, Reply, World, request
from tests.provider import Answer, Asked, completion

LIMITED = Answer(429, {"error": {"message": "slow down", "code": 429}}, {"retry-after": "60"})
SOON = Answer(429, {"error": {"message": "slow down", "code": 429}}, {"retry-after": "0.2"})
REAL_429 = json.loads((Path(__file__).parents[1] / "data" / "gateway" / "openrouter_429.json").read_text())[0]


def error(status: int, message: str = "no", headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"message": message, "code": status}}, headers or {})


def body_of(content: str) -> Json:
    body = completion(content).body
    assert isinstance(body, dict)
    return copy.deepcopy(body)


def at_once(group: Group, letters: str, number: int = 5) -> list[Reply]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: group.chat(letters), range(number)))


def test_rotates_on_the_real_429_of_openrouter(group: Group) -> None:
    group.on("a", Answer(REAL_429["status"], REAL_429["body"], REAL_429["headers"]))
    reply = group.chat("ab")
    assert reply.status == 200
    assert reply.story == [("a", 429, "rotate", "rate_limited_upstream"), ("b", 200, "answered", "")]
    facts = reply.body["agenttasks"]
    assert (facts["requested"], facts["served"]) == (group.name("a"), group.id("b"))
    assert reply.body["model"] == "real-b"


def test_a_429_seen_by_one_caller_is_known_to_all(group: Group) -> None:
    group.on("a", LIMITED)
    group.chat("ab")
    replies = at_once(group, "ab")
    assert [reply.story for reply in replies] == [[("b", 200, "answered", "")]] * 5
    assert len(group.asked("a")) == 1


def test_callers_limited_at_once_do_not_come_back_each(group: Group) -> None:
    """All five are under way before the first is refused: five requests, and not one more."""
    together = threading.Barrier(5)

    def limited(_: Asked) -> Answer:
        together.wait(10)
        return LIMITED

    group.scripts["a"] = limited
    assert {reply.status for reply in at_once(group, "ab")} == {200}
    assert (len(group.asked("a")), len(group.asked("b"))) == (5, 5)


def test_waits_for_a_short_limit_where_there_is_no_other_model(group: Group) -> None:
    group.on("a", SOON, completion("later"))
    reply = group.chat("a")
    assert reply.story == [("a", 429, "retry", "rate_limited"), ("a", 200, "answered", "")]
    first, second = group.asked("a")
    assert second.at - first.at >= 0.2
    assert reply.body["agenttasks"]["attempts"][1]["waited_s"] >= 0.2


def test_waits_for_the_earliest_if_all_are_limited(group: Group) -> None:
    group.on("a", LIMITED)
    group.on("b", SOON, completion("later"))
    assert group.chat("ab").story == [
        ("a", 429, "rotate", "rate_limited"), ("b", 429, "retry", "rate_limited"), ("b", 200, "answered", ""),
    ]  # fmt: skip


def test_does_not_wait_longer_than_allowed(group: Group) -> None:
    group.on("a", LIMITED)
    group.on("b", error(404, "No endpoints found"))
    reply = group.chat("ab")
    found = reply.body["error"]
    assert (reply.status, found["code"]) == (403, "unavailable")
    assert found["message"].startswith(
        f"no model answered: {group.name('a')} rate_limited (429), {group.name('b')} model_not_found (404)"
    )
    assert found["resets_at"] == pytest.approx(time.time() + 60, abs=10)
    assert [story[2] for story in reply.story] == ["rotate", "give_up"]


def test_one_that_is_cooled_for_long_is_not_asked_at_all(group: Group) -> None:
    group.on("a", LIMITED)
    group.chat("a")
    reply = group.chat("a")
    assert (reply.status, reply.story, len(group.asked("a"))) == (403, [], 1)
    assert "rate_limited (429)" in reply.body["error"]["message"]


def test_three_tries_a_call_and_no_more(group: Group) -> None:
    group.on("a", Answer(500, {}, {"retry-after": "0.01"}))
    reply = group.chat("a")
    assert (reply.status, len(group.asked("a"))) == (403, 3)


def test_waiting_helps_against_limits_so_that_three_refusals_are_not_the_end(group: Group) -> None:
    soon = Answer(429, {}, {"retry-after": "0.01"})
    group.on("a", soon, soon, soon, soon, completion("at last"))
    assert [status for _, status, _, _ in group.chat("a").story] == [429, 429, 429, 429, 200]
    group.on("a", soon)
    assert group.chat("a").status == 403, "bounded all the same"
    assert len(group.asked("a")) <= 5 + 24


def test_pinned_asks_the_head_only(group: Group) -> None:
    group.on("a", LIMITED)
    reply = group.chat("ab", x_agenttasks_pinned="1")
    assert (reply.status, len(group.asked("b"))) == (403, 0)


def test_a_conversation_stays_with_the_model_that_answered_last(group: Group) -> None:
    reply = group.chat("ab", x_agenttasks_last=group.id("b"))
    assert reply.story == [("b", 200, "answered", "")]
    assert reply.body["agenttasks"]["requested"] == group.name("a")
    group.on("b", LIMITED)
    again = group.chat("ab", x_agenttasks_last=group.id("b"))
    assert again.story == [("b", 429, "rotate", "rate_limited"), ("a", 200, "answered", "")]


@pytest.mark.parametrize(
    ("answer", "reason", "status"),
    [
        (error(500), "server_error", 500), (error(401), "bad_key", 401), (error(404), "model_not_found", 404),
        (error(402), "out_of_credit", 402), (error(503, "Rate limit exceeded"), "overloaded", 503),
        (error(400, "maximum context length is 8192 tokens"), "context_length", 400),
        (error(529, "Overloaded"), "overloaded", 529), (error(408), "timeout", 408),
        (Answer(502, "<html><h1>Bad Gateway</h1></html>", {"content-type": "text/html"}), "server_error", 502),
        (Answer(200, "<html>hello</html>", {"content-type": "text/html"}), "unreadable_answer", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("letter", ["a", "b", "c", "g", "h"])
def test_errors_of_each_provider_rotate(
    group: Group, letter: str, answer: Answer, reason: str, status: int | None
) -> None:
    group.on(letter, answer)
    reply = group.chat(f"{letter}x")
    assert reply.story == [(letter, status, "rotate", reason), ("x", 200, "answered", "")]


@pytest.mark.parametrize("letter", ["a", "b"])
@pytest.mark.parametrize(
    ("error_object", "reason"),
    [({"code": 429, "message": "m"}, "rate_limited"), ({"code": "server_error", "message": "m"}, "server_error"),
     ({"code": "strange", "message": "m"}, "error_in_answer")],
)  # fmt: skip
def test_an_error_inside_a_200(group: Group, letter: str, error_object: dict[str, object], reason: str) -> None:
    group.on(letter, Answer(200, {"error": error_object}))
    assert group.chat(f"{letter}x").story == [(letter, 200, "rotate", reason), ("x", 200, "answered", "")]


@pytest.mark.parametrize("letter", ["a", "b"])
def test_an_error_inside_a_choice(group: Group, letter: str) -> None:
    body = body_of("")
    body["choices"] = [{"index": 0, "finish_reason": "error", "error": {"code": 502, "message": "upstream died"},
                        "message": {"role": "assistant", "content": "half an"}}]  # fmt: skip
    group.on(letter, Answer(200, body))
    assert group.chat(f"{letter}x").story[0] == (letter, 200, "rotate", "server_error")


@pytest.mark.parametrize("letter", ["a", "b"])
@pytest.mark.parametrize("empty", [completion(""), completion(None), completion(" \n")])
def test_an_empty_answer_is_asked_for_again(group: Group, letter: str, empty: Answer) -> None:
    group.on(letter, empty, completion("words"))
    assert group.chat(letter).story == [(letter, 200, "retry", "empty_answer"), (letter, 200, "answered", "")]


def test_no_choices(group: Group) -> None:
    body = body_of("") | {"choices": []}
    group.on("a", Answer(200, body), completion("words"))
    assert group.chat("a").story[0] == ("a", 200, "retry", "empty_answer")


@pytest.mark.parametrize("letter", ["a", "b", "c", "g", "h"])
def test_a_hang_up_is_tried_again(group: Group, letter: str) -> None:
    group.on(letter, Answer(hang_up=True), error(404))
    assert group.chat(letter).story == [
        (letter, None, "retry", "connection_lost"), (letter, 404, "give_up", "model_not_found"),
    ]  # fmt: skip


@pytest.mark.parametrize("provider", ["openrouter", "openai"])
def test_nobody_listens(world: World, group: Group, provider: str) -> None:
    body = {"model": f"dead-{provider}", "messages": [{"role": "user", "content": "x"}]}
    chain = f"dead-{provider},{group.name('b')}"
    reply = request(world.port, "POST", "/v1/chat/completions", body, x_agenttasks_chain=chain)
    assert reply.story == [("q", None, "rotate", "unreachable"), ("b", 200, "answered", "")]


@pytest.mark.parametrize("letter", ["a", "b"])
def test_too_slow_for_the_caller(group: Group, letter: str) -> None:
    done = threading.Event()

    def slow(_: Asked) -> Answer:
        done.wait(10)
        return Answer(hang_up=True)

    group.scripts[letter] = slow
    reply = group.chat(f"{letter}x", x_agenttasks_seconds="0.3")
    done.set()
    assert reply.story == [(letter, None, "rotate", "timeout"), ("x", 200, "answered", "")]


def test_a_day_used_up_holds_for_all_free_models_of_the_account(group: Group) -> None:
    reset = str(int((time.time() + 5000) * 1000))
    group.on("a", error(429, "Rate limit exceeded: free-models-per-day", {"x-ratelimit-reset": reset}))
    reply = group.chat("ad")
    assert (reply.status, reply.body["error"]["code"]) == (403, "quota")
    assert reply.body["error"]["resets_at"] == pytest.approx(time.time() + 5000, abs=10)
    assert len(group.asked("d")) == 0
    assert group.chat("adp").story == [("p", 200, "answered", "")], "not free, hence not affected"
    assert group.chat("ae").story == [("e", 200, "answered", "")], "another account"


def test_a_wrong_key_rules_out_its_account_only(group: Group) -> None:
    group.on("a", error(401, "No auth credentials found"))
    assert group.chat("ade").story == [("a", 401, "rotate", "bad_key"), ("e", 200, "answered", "")]
    assert [one.headers["authorization"] for one in group.asked()] == ["Bearer secret-key-one", "Bearer secret-key-two"]


def test_a_key_that_is_not_set_costs_no_request(group: Group) -> None:
    assert group.chat("kb").story == [("k", None, "rotate", "no_key"), ("b", 200, "answered", "")]
    reply = group.chat("k")
    assert (reply.status, reply.body["error"]["code"], len(group.asked("k"))) == (403, "refused", 0)
    assert reply.body["error"]["models"][0]["message"] == "KEY_NOT_SET is not set"


TOOLS = {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]}


def test_models_without_tools_are_passed_over_for_calls_with_tools(group: Group) -> None:
    assert group.chat("nb", TOOLS).story == [("n", None, "rotate", "tools_unsupported"), ("b", 200, "answered", "")]
    assert group.chat("nb").story == [("n", 200, "answered", "")]


def test_no_host_with_tools_cools_calls_with_tools_only(group: Group) -> None:
    group.on("a", error(404, "No endpoints found that support tool use"), completion("plain"))
    reply = group.chat("a", TOOLS)
    assert (reply.status, reply.body["error"]["code"]) == (403, "tools_unsupported")
    assert group.chat("a").story == [("a", 200, "answered", "")]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(error(400, "maximum context length is 8192"), "context_length_exceeded"),
     (error(403, "your input was flagged"), "content_filter"), (error(402), "refused"),
     (error(400, "unsupported_value"), "refused"), (LIMITED, "unavailable")],
)  # fmt: skip
def test_the_code_says_what_kind_of_end_it_is(group: Group, answer: Answer, code: str) -> None:
    group.on("b", answer)
    reply = group.chat("b")
    assert (reply.status, reply.body["error"]["code"]) == (403, code)


def test_what_passes_outweighs_what_does_not(group: Group) -> None:
    group.on("a", error(404))
    group.on("b", LIMITED)
    assert group.chat("ab").body["error"]["code"] == "unavailable"


def test_a_provider_is_sent_nothing_of_ours_or_of_litellms(group: Group) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    group.on("a", completion("done"))
    assert group.chat("a", {"tools": [tool]}).status == 200
    (asked,) = group.asked("a")
    assert asked.body.keys() - {"model", "messages", "tools", "stream", "usage", "max_tokens", "temperature"} == set()
