"""Calls: one answer asked of a model, from the attempts that the gateway made to what a session keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_agenttasks.results import Json

Action = Literal["answered", "retry", "rotate", "give_up"]
"""What follows an attempt."""

Scope = Literal["request", "model", "provider", "account"]
"""What a verdict applies to, from narrow to wide."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP try of a call, as the gateway tells it under `agenttasks.attempts`.

    Attributes:
        model: full litellm id that was asked.
        status: HTTP status of the answer; None if there was none (connection fault, timeout).
        verdict: what followed.
        scope: what the verdict applies to; None for an answer.
        reason: short word of the error policy such as `rate_limited`; empty for an answer.
        waited_s: seconds waited before this attempt because of limits.
        account: name of the account it was made with, where models.yaml knows several for the model.
    """

    model: str
    status: int | None
    verdict: Action
    scope: Scope | None = None
    reason: str = ""
    waited_s: float = 0.0
    account: str = ""

    @property
    def sent(self) -> bool:
        """Whether a request was made: a missing key, or tools that a model is known not to have, are told without."""
        return self.status is not None or self.reason not in ("no_key", "tools_unsupported")

    @property
    def limited(self) -> bool:
        """Whether a limit refused it: with 429 as HTTP status, or inside an HTTP 200."""
        return self.status == 429 or self.reason.startswith("rate_limited")


@dataclass(frozen=True, slots=True)
class CallFacts:
    """Who answered a call and how it came about; what `agenttasks` in an answer holds.

    Attributes:
        requested: the preset or full id at the head of the chain, as asked for.
        served: full id of the model that answered; None if none did.
        attempts: in order; the last one is the answer, if there is one.
        cost_usd: None if nobody knows. Unknown is never 0.
        served_as: what the provider calls the model that answered, where that is another name.
        waited_in_vain_s: seconds waited after the last attempt, by a call that then ended without another.
    """

    requested: str
    served: str | None
    attempts: tuple[Attempt, ...] = ()
    cost_usd: float | None = None
    served_as: str | None = None
    waited_in_vain_s: float = 0.0

    @property
    def answered_by(self) -> str | None:
        """Full id of the model that answered, by the provider's own name for it; None if none did.

        OpenRouter's `openrouter/openrouter/auto` that is served as `qwen/qwen3` is `openrouter/qwen/qwen3`.
        """
        if self.served is None or not self.served_as:
            return self.served
        return f"{self.served.partition('/')[0]}/{self.served_as}"

    @property
    def waited_s(self) -> float:
        """Seconds waited for limits, over all attempts and after them."""
        return sum(attempt.waited_s for attempt in self.attempts) + self.waited_in_vain_s

    @classmethod
    def from_json(cls, data: Json) -> CallFacts:
        """Read the `agenttasks` field of an answer; unknown keys are left out."""
        known = Attempt.__dataclass_fields__
        attempts = tuple(Attempt(**{k: v for k, v in one.items() if k in known}) for one in data.get("attempts", ()))
        return cls(
            str(data.get("requested", "")),
            data.get("served"),
            attempts,
            data.get("cost_usd"),
            data.get("served_as"),
            float(data.get("waited_in_vain_s") or 0.0),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer of the gateway, live or from a cassette.

    Attributes:
        status: HTTP status.
        body: the JSON object of the answer (an OpenAI chat completion, or `{"error": …}`),
            with the `agenttasks` field in both cases.
    """

    status: int
    body: Json


@dataclass(frozen=True, slots=True)
class Call:
    """One answer asked of a model, as the session saw it.

    Attributes:
        facts: who answered and how it came about, as recorded in a replay.
        status: HTTP status of the gateway's answer.
        prompt_tokens: 0 where the provider did not tell.
        completion_tokens: 0 where the provider did not tell.
        seconds: from question to answer in this run.
    """

    facts: CallFacts
    status: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked in one call, and what came back.

    Attributes:
        messages: the conversation as it was sent, OpenAI form. Exchanges that extend each other share their messages.
        answer: the assistant message of the first choice, OpenAI form; empty where no model answered.
        finish_reason: of that choice, as the provider gave it.
        refused: why no model answered, in a word: `context`, `quota`, `unavailable`, … ; empty for an answer.
        facts: who answered.
        usage: OpenAI's `usage` of the answer, with details such as cached tokens; empty where nobody told.
        params: the rest of the request: tools, temperature, …
        seconds: from question to answer in this run.
    """

    messages: list[Json]
    answer: Json
    finish_reason: str
    refused: str
    facts: CallFacts
    usage: Json
    params: Json
    seconds: float

    @property
    def tokens(self) -> tuple[int, int]:
        """Of the prompt and of the completion; 0 where the provider did not tell."""
        return int(self.usage.get("prompt_tokens") or 0), int(self.usage.get("completion_tokens") or 0)
