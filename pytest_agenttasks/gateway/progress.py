"""One call under way: what it asks for, what was tried, and how it can end."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pytest_agenttasks.calls import Action, Attempt, CallFacts
from pytest_agenttasks.gateway.candidates import Candidate, candidates_of
from pytest_agenttasks.gateway.error_policy import Ends, Row
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.spending import Bill
from pytest_agenttasks.gateway.upstream import Answer
from pytest_agenttasks.models import Preset
from pytest_agenttasks.results import Json


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller asks for.

    Attributes:
        requested: the name at the head of the chain, as asked for.
        chain: models in order.
        body: the chat request.
        seconds: how long the caller waits for one attempt.
        last: full id of the model that gave the conversation's previous answer, where the caller told.
        task: who asks, so that tasks take turns; empty for callers that do not say.
        bill: whom to charge.
    """

    requested: str
    chain: Sequence[Preset]
    body: Json
    seconds: float
    last: str | None = None
    task: str = ""
    bill: Bill = field(default_factory=Bill)

    @property
    def tools(self) -> bool:
        """Whether the request carries tools."""
        return bool(self.body.get("tools"))

    def same_model(self, preset: Preset) -> bool:
        """Whether all earlier answers in the conversation are this model's, as far as can be known."""
        return self.last == preset.model if self.last else len(self.chain) == 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a model of the chain did not answer.

    Attributes:
        name: the preset's, with the account's where it has several.
        model: full id.
        reason: word of the error policy, or `out_of_pace` for a declared limit that is used up.
        ends: error code that it would give the call.
        status: HTTP status of the last answer; None without one.
        message: the provider's words; empty where an earlier call was told.
        free_in: seconds until the model may be asked again; None if nobody knows.
    """

    name: str
    model: str
    reason: str
    ends: Ends
    status: int | None = None
    message: str = ""
    free_in: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.reason}" + (f" ({self.status})" if self.status else "")


@dataclass(frozen=True, slots=True)
class Served:
    """A call that was answered."""

    answer: Answer
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Unserved:
    """A call that no model answered.

    Attributes:
        facts: what was tried.
        code: what kind of end it is.
        troubles: one for each model of the chain that has one.
        free_in: seconds until the first of them may be asked again, where that is known.
        message: why, where it is not about models.
    """

    facts: CallFacts
    code: Ends
    troubles: Sequence[Trouble] = ()
    free_in: float | None = None
    message: str = ""


class Progress:
    """One call under way.

    Attributes:
        candidates: models with their accounts, in the chain's order.
        tries: attempts that were sent, by candidate.
        failed: what the last attempt of each candidate met.
        out: candidates that this call asks no more.
        useless: candidates known to be no use, until the call passes them over.
        cooled: seconds waited for cooldowns so far.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.candidates = candidates_of(call.chain)
        self.tries: Counter[tuple[str, str]] = Counter()
        self.failed: dict[tuple[str, str], Trouble] = {}
        self.out: set[tuple[str, str]] = set()
        self.useless: dict[tuple[str, str], Failure] = {}
        self.cooled = 0.0
        self._tried: list[tuple[Candidate, Attempt]] = []
        self._waited = 0.0

    @property
    def tried(self) -> int:
        """Attempts so far, those included that were not sent."""
        return len(self._tried)

    @property
    def left(self) -> list[Candidate]:
        """Candidates that may still be asked."""
        return [candidate for candidate in self.candidates if candidate.id not in self.out]

    def wait(self, seconds: float, cooled: float) -> None:
        """Count a wait: in all, and for cooldowns."""
        self._waited += seconds
        self.cooled += cooled

    def unanswered(self) -> CallFacts:
        """The facts of a call that ends without an answer."""
        return CallFacts(self.call.requested, None, self.attempts(), waited_in_vain_s=round(self._waited, 3))

    def answered(self, candidate: Candidate, answer: Answer) -> CallFacts:
        """The facts of a call that ends with an answer."""
        self._note(candidate, 200, None)
        model = candidate.preset.model
        return CallFacts(
            self.call.requested, model, self.attempts(), answer.cost_usd, other_name(model, answer.body.get("model"))
        )

    def failure(self, candidate: Candidate, failure: Failure, row: Row) -> None:
        """Keep a failed attempt, and why."""
        self._note(candidate, failure.http_status, row)
        self.failed[candidate.id] = Trouble(
            shown(candidate), candidate.preset.model, row.reason, row.ends, failure.http_status, failure.message
        )

    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, each with what followed it."""
        followed = [
            _followed(candidate, attempt, following)
            for (candidate, attempt), (following, _) in itertools.pairwise(self._tried)
        ]
        return (*followed, *(attempt for _, attempt in self._tried[-1:]))

    def _note(self, candidate: Candidate, status: int | None, row: Row | None) -> None:
        scope, reason = (row.scope, row.reason) if row else (None, "")
        verdict: Action = "give_up" if row else "answered"
        waited, self._waited = round(self._waited, 3), 0.0
        attempt = Attempt(candidate.preset.model, status, verdict, scope, reason, waited, candidate.label)
        self._tried.append((candidate, attempt))


def shown(candidate: Candidate) -> str:
    """A candidate for people."""
    name = candidate.preset.name
    return f"{name} with {candidate.label}" if candidate.label else name


def other_name(model: str, told: object) -> str | None:
    """What the provider calls the model that answered, where that is not the id that was asked.

    Args:
        model: full litellm id that was asked.
        told: `model` in the answer.
    """
    if not isinstance(told, str) or not told:
        return None
    provider, _, name = model.partition("/")
    return None if told in (model, name) or told == f"models/{name}" else told.removeprefix(f"{provider}/")


def _followed(candidate: Candidate, attempt: Attempt, following: Candidate) -> Attempt:
    verdict: Action = "retry" if following.preset.name == candidate.preset.name else "rotate"
    return replace(attempt, verdict=verdict)
