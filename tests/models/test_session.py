"""A task's calls: what is asked, what is kept of the answers, and what becomes of those that never came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import (
    AgentTasksError,
    BudgetError,
    CassetteDriftError,
    GatewayError,
    LimitReached,
    ModelRefusedError,
    ModelUnavailableError,
    QuotaError,
    ToolsUnsupportedError,
    TransientError,
)
from pytest_agenttasks.models import GatewayClient, Preset, Session
from tests.models.answers import Tape, Through, answered, attempt, chain, unanswered
from tests.provider import Answer, Asked, Provider

HELLO = [{"role": "user", "content": "hello"}]


def asked(*replies: Reply | AgentTasksError) -> tuple[Session, Tape]:
    session, tape = Session(chain()), Tape(*replies)
    session.use(tape)
    return session, tape


def test_an_answer_and_who_gave_it() -> None:
    session, tape = asked(answered("hi", served="openrouter/test/other"))
    completion = session.complete(HELLO, [{"type": "function"}], temperature=0.5)
    assert completion.message == {"role": "assistant", "content": "hi"}
    assert completion.finish_reason == "stop"
    assert completion.facts.served == "openrouter/test/other"
    assert tape.bodies == [{"model": "m", "messages": HELLO, "temperature": 0.5, "tools": [{"type": "function"}]}]


def test_without_tools_none_are_sent() -> None:
    session, tape = asked(answered())
    session.complete(HELLO, [])
    assert "tools" not in tape.bodies[0]


def test_messages_are_asked_as_they_were_then() -> None:
    session, tape = asked(answered(), answered())
    messages = list(HELLO)
    session.complete(messages)
    messages.append({"role": "assistant", "content": "x"})
    session.complete(messages)
    assert [len(body["messages"]) for body in tape.bodies] == [1, 2]


def test_calls_tokens_cost_and_waits_are_summed() -> None:
    tries = [attempt(status=429, verdict="retry", waited_s=1.5), attempt(waited_s=2.0)]
    session, _ = asked(answered(cost=0.25, attempts=tries), answered(cost=0.5, tokens=(7, 1)))
    session.complete(HELLO)
    session.complete(HELLO)
    assert len(session.calls) == 2
    assert session.tokens == 128
    assert session.cost_usd == 0.75
    assert session.waited_s == 3.5


def test_no_call_costs_nothing_and_a_call_of_unknown_cost_is_not_free() -> None:
    session, _ = asked(answered(cost=None), answered(cost=1.0))
    assert session.cost_usd == 0
    session.complete(HELLO)
    assert session.cost_usd is None
    session.complete(HELLO)
    assert session.cost_usd is None


def test_free_is_not_unknown() -> None:
    session, _ = asked(answered(cost=0))
    session.complete(HELLO)
    assert session.cost_usd == 0


def test_a_call_that_failed_is_kept_and_has_no_cost() -> None:
    session, _ = asked(unanswered("unavailable"), answered(cost=0.5))
    with pytest.raises(ModelUnavailableError):
        session.complete(HELLO)
    session.complete(HELLO)
    assert [call.status for call in session.calls] == [403, 200]
    assert [call.facts.served for call in session.calls] == [None, "openrouter/test/m"]
    assert session.cost_usd == 0.5


def test_an_answer_without_usage_and_facts() -> None:
    session, _ = asked(Reply(200, {"choices": [{"message": {"content": "x"}}], "usage": None}))
    assert session.complete(HELLO).facts.requested == "m"
    assert session.tokens == 0
    assert session.cost_usd is None


ERRORS = {
    "unavailable": ModelUnavailableError,
    "refused": ModelRefusedError,
    "content_filter": ModelRefusedError,
    "budget": BudgetError,
    "model_not_found": AgentTasksError,
    "litellm_unavailable": AgentTasksError,
}


@pytest.mark.parametrize("code", ERRORS)
def test_codes_of_the_gateway_become_errors_with_its_words(code: str) -> None:
    session, _ = asked(unanswered(code, "no model answered: m was tired"))
    with pytest.raises(AgentTasksError) as caught:
        session.complete(HELLO)
    assert type(caught.value) is ERRORS[code]
    assert str(caught.value) == "no model answered: m was tired"
    assert isinstance(caught.value, TransientError) is (code == "unavailable")
    assert session.failure is caught.value


def test_an_answer_that_says_nothing() -> None:
    session, _ = asked(Reply(502, {}))
    with pytest.raises(AgentTasksError, match=r"^the gateway answered 502$"):
        session.complete(HELLO)


def test_a_quota_knows_its_reset() -> None:
    session, _ = asked(unanswered("quota", resets_at=1.5e9), unanswered("quota"))
    with pytest.raises(QuotaError) as known:
        session.complete(HELLO)
    with pytest.raises(QuotaError) as unknown:
        session.complete(HELLO)
    assert (known.value.resets_at, unknown.value.resets_at) == (1.5e9, None)


def test_a_conversation_that_is_too_long_is_a_limit_and_no_failure() -> None:
    session, _ = asked(unanswered("context_length_exceeded"))
    with pytest.raises(LimitReached) as reached:
        session.complete(HELLO)
    assert reached.value.limit == "context"
    assert session.failure is None


def test_models_without_tools_are_no_failure_yet() -> None:
    session, _ = asked(unanswered("tools_unsupported"))
    with pytest.raises(ToolsUnsupportedError):
        session.complete(HELLO)
    assert session.failure is None


def test_the_first_failure_is_remembered_also_if_it_was_swallowed() -> None:
    drift = CassetteDriftError("message 3 differs")
    session, _ = asked(drift, unanswered("refused"), answered())
    for _ in range(2):
        with pytest.raises(AgentTasksError):
            session.complete(HELLO)
    session.complete(HELLO)
    assert session.failure is drift


def test_a_session_without_a_tape_says_what_to_do() -> None:
    with pytest.raises(AgentTasksError, match="ask for the fixture agent_cassette first"):
        Session(chain()).complete(HELLO)


def test_a_session_without_a_gateway_cannot_go_live() -> None:
    session = Session(chain())
    session.use(Through())
    assert not session.live
    with pytest.raises(GatewayError, match="there is no gateway in this run"):
        session.complete(HELLO)


def test_what_a_preset_says_about_tools() -> None:
    assert Session(chain()).tools
    assert not Session(chain(Preset("m", "openrouter/t/m", tools=False))).tools
    assert not Session(None).tools


class TestOverHttp:
    """Through a real client to a server that answers as the gateway does."""

    @pytest.fixture
    def replies(self) -> list[Reply]:
        return []

    @pytest.fixture
    def server(self, replies: list[Reply]) -> Iterator[Provider]:
        def answer(_: Asked) -> Answer:
            reply = replies.pop(0)
            return Answer(reply.status, reply.body)

        with Provider(answer) as server:
            yield server

    @pytest.fixture
    def session(self, server: Provider) -> Iterator[Session]:
        client = GatewayClient(server.base.removesuffix("/api/v1"), "the-token")
        session = Session(chain("m", Preset("gone", "openrouter/t/gone", retired="yes"), "n"), client)
        session.use(Through())
        yield session
        client.close()

    def test_it_says_who_it_is_and_which_models_to_try(
        self, session: Session, server: Provider, replies: list[Reply]
    ) -> None:
        replies += [answered("hi", served="openrouter/test/n"), answered()]
        assert session.live
        assert session.complete(HELLO, seconds=42).message["content"] == "hi"
        session.complete(HELLO, seconds=0.2)
        first, second = server.asked
        assert first.path == "/v1/chat/completions"
        assert first.body == {"model": "m", "messages": HELLO}
        assert first.headers["authorization"] == "Bearer the-token"
        assert first.headers["x-agenttasks-chain"] == "m,n"
        assert first.headers["x-agenttasks-seconds"] == "42"
        assert "x-agenttasks-last" not in first.headers
        assert second.headers["x-agenttasks-last"] == "openrouter/test/n"
        assert second.headers["x-agenttasks-seconds"] == "1"

    def test_errors_come_over(self, session: Session, replies: list[Reply]) -> None:
        replies += [unanswered("quota", "used up", resets_at=5.0)]
        with pytest.raises(QuotaError, match="used up"):
            session.complete(HELLO)

    def test_text_of_all_kinds_comes_over(self, session: Session, server: Provider, replies: list[Reply]) -> None:
        text = "ü 日本 \U0001f600 \x00 \ud800 </tool>"
        replies += [answered(text)]
        assert session.complete([{"role": "user", "content": text}]).message["content"] == text
        assert server.asked[0].body["messages"][0]["content"] == text


class EndedTape(Tape):
    """A recording that its limit of time ended, all of it played."""

    def ended_by(self) -> str | None:  # type: ignore[override]
        return None if self.replies else "seconds"


def test_a_recording_that_ran_out_of_time_ends_its_replay_in_the_same_way() -> None:
    """After its last answer, and where the last answer was the one that was cut off."""
    session = Session(chain())
    session.use(EndedTape(answered("a")))
    session.complete([])
    with pytest.raises(LimitReached, match="seconds"):
        session.complete([])

    session = Session(chain())
    session.use(EndedTape(unanswered("unavailable")))
    with pytest.raises(LimitReached, match="seconds"):
        session.complete([])
    assert session.failure is None
