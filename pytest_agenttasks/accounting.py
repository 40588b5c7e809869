"""What the calls of a task add up to: who answered, what was asked of whom, what it cost, why it moved on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise

from pytest_agenttasks.calls import Attempt, Call, CallFacts, Exchange
from pytest_agenttasks.models import Chain, Session
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.usage import ModelUse


def account(result: TaskResult, session: Session, chain: Chain, *, live: bool) -> None:
    """Put what the session's calls say into the result.

    Args:
        result: of the task.
        session: all of the task's calls.
        chain: the models that were to be asked.
        live: whether they were; if not, costs, waits and the table by model are the recording's.
    """
    facts = [call.facts for call in session.calls]
    sent = [attempt for one in facts for attempt in one.attempts if attempt.sent]
    result.calls, result.attempts = len(facts), len(sent)
    result.rotations = sum(a.model != b.model for a, b in pairwise(sent))
    result.prompt_tokens = sum(call.prompt_tokens for call in session.calls)
    result.completion_tokens = sum(call.completion_tokens for call in session.calls)
    result.served = served_by(facts)
    result.accounts = _each_once(attempt.account for attempt in sent)
    result.moved_on = moves(facts, chain.presets[0].model)
    result.own = not result.served or chain.presets[0].model in {one.served for one in facts}
    result.purity = purity(result.served, pinned=chain.pinned)
    cost, waited, uses = session.cost_usd, round(session.waited_s, 3), model_uses(session.calls)
    if live:
        result.cost_usd, result.wait_s, result.models = cost, waited, uses
    else:
        result.recorded = {"cost_usd": cost, "wait_s": waited, "models": [asdict(use) for use in uses]}


def call_of(exchange: Exchange) -> Call:
    """A call that was written down, as its session had known it."""
    return Call(exchange.facts, 200 if exchange.answer else 0, *exchange.tokens, exchange.seconds)


def served_by(facts: Iterable[CallFacts]) -> list[str]:
    """Full ids of the models that answered these calls, in order of use."""
    return _each_once(one.answered_by for one in facts)


def purity(served: Sequence[str], *, pinned: bool) -> str:
    """How much an outcome says about one model.

    `mixed` stands over `pinned`: a router of the provider's (`openrouter/openrouter/auto`) may answer as several
    models though nothing of ours rotated. Empty where no model answered and none was pinned.
    """
    if len(served) > 1:
        return "mixed"
    if pinned:
        return "pinned"
    return "single" if served else ""


def model_uses(calls: Iterable[Call]) -> list[ModelUse]:
    """The table by model of these calls, in the order of first requests."""
    found: dict[tuple[str, str], ModelUse] = {}
    for call in calls:
        for use in _uses_of(call):
            found.setdefault((use.asked, use.model), ModelUse(use.asked, use.model)).add(use)
    return list(found.values())


def moves(calls: Sequence[CallFacts], head: str) -> list[str]:
    """Why other models were asked than the first, each reason once: `openrouter/a/b: rate_limited (429)`.

    A model that was left alone without a request, since it was known to be limited, is `passed_over`.
    An id behind which the provider chose several models is `answered as` them.
    """
    told, at = [], head
    for call in calls:
        models = [attempt.model for attempt in call.attempts]
        if models and at not in models:
            told.append(f"{at}: passed_over")
        told += [_why(attempt) for attempt in call.attempts if attempt.reason]
        at = call.served or at
    return _each_once([*told, *_routed(calls)])


def _uses_of(call: Call) -> Iterable[ModelUse]:
    facts = call.facts
    for attempt in facts.attempts:
        if attempt.sent:
            yield _use_of(attempt, facts.answered_by)
    if facts.served and facts.answered_by:
        yield ModelUse(
            facts.served,
            facts.answered_by,
            answers=1,
            prompt_tokens=call.prompt_tokens,
            completion_tokens=call.completion_tokens,
            cost_usd=facts.cost_usd,
            unknown_costs=int(facts.cost_usd is None),
        )


def _use_of(attempt: Attempt, answered_by: str | None) -> ModelUse:
    if attempt.verdict == "answered":
        return ModelUse(attempt.model, answered_by or attempt.model, requests=1, wait_s=attempt.waited_s)
    return ModelUse(
        attempt.model,
        attempt.model,
        requests=1,
        limited=int(attempt.limited),
        failed=int(not attempt.limited),
        wait_s=attempt.waited_s,
    )


def _why(attempt: Attempt) -> str:
    account = f" ({attempt.account})" if attempt.account else ""
    return f"{attempt.model}{account}: {attempt.reason}" + (f" ({attempt.status})" if attempt.status else "")


def _routed(calls: Sequence[CallFacts]) -> list[str]:
    names = {
        asked: _each_once(call.answered_by for call in calls if call.served == asked)
        for asked in _each_once(call.served for call in calls)
    }
    return [f"{asked}: answered as {', '.join(several)}" for asked, several in names.items() if len(several) > 1]


def _each_once(words: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))
