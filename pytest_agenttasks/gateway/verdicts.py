"""What a line of the error policy is made of, and what becomes of a failure that it is held against."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from pytest_agenttasks.calls import Scope
from pytest_agenttasks.gateway.failure import Failure, Fault

Policy = Literal["retry", "rotate", "give_up"]
"""`retry`: the model may be asked again in this call once the cooldown is over. `rotate`: not again in this
call, the next one is asked. `give_up`: no model would do better."""

Blame = Literal["provider", "account", "request", "us"]

Ends = Literal[
    "unavailable", "quota", "refused", "context_length_exceeded", "content_filter", "tools_unsupported",
    "litellm_unavailable", "budget",
]  # fmt: skip
"""The error code of a call that ends with such a failure."""

Subset = Literal["", "free", "tools"]
"""Part of a scope that a verdict is limited to: an account's free models, a model's calls with tools."""


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on a failure; all that are given must hold.

    Attributes:
        faults: how the attempt failed; default: an HTTP error, or an error inside an HTTP 200.
        statuses: HTTP statuses; empty for any.
        says: regular expressions on the provider's words in lower case, one of which must be found.
        providers: first parts of model ids.
        tools: whether only requests with tools are meant.
        beyond: seconds; the provider names a time that is further away.
        patience: seconds that the attempt was given at least.
    """

    faults: Collection[Fault] = ("http", "answer")
    statuses: Collection[int] = ()
    says: tuple[str, ...] = ()
    providers: Collection[str] = ()
    tools: bool = False
    beyond: float = 0.0
    patience: float = 0.0

    def holds(self, failure: Failure, hint: float | None = None) -> bool:
        """Whether the failure is of this kind; `hint`: seconds until the time that the provider names."""
        return (
            failure.fault in self.faults
            and (not self.statuses or failure.status in self.statuses)
            and (not self.providers or failure.provider in self.providers)
            and (not self.tools or failure.tools)
            and (not self.beyond or (hint or 0.0) > self.beyond)
            and (failure.seconds is None or failure.seconds >= self.patience)
            and (not self.says or any(re.search(pattern, failure.text) for pattern in self.says))
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the error policy.

    Attributes:
        reason: the word that attempts and messages carry.
        scope: what the verdict applies to.
        action: what follows.
        cooldown: seconds that the scope is left alone where the provider names no time; it doubles with
            each such failure in a row.
        blame: whose fault it is.
        ends: error code of a call that has no other model left.
        means: for people.
        example: a provider and what it says.
        match: when the row applies.
        subset: part of the scope that is meant.
        until: midnight of this time zone instead of what the provider says, which misleads here.
        or_until: midnight of this time zone where the provider says nothing.
    """

    reason: str
    scope: Scope
    action: Policy
    cooldown: float
    blame: Blame
    ends: Ends
    means: str
    example: str
    match: Match
    subset: Subset = ""
    until: str = ""
    or_until: str = ""

    @property
    def heeds_hints(self) -> bool:
        """Whether a time that the provider names counts: what is refused does not pass with time."""
        return bool(self.cooldown) and self.ends in ("unavailable", "quota") and not self.until


@dataclass(frozen=True, slots=True)
class Verdict:
    """A failure judged.

    Attributes:
        row: the line of the table.
        seconds: how long the scope is left alone.
        hinted: whether that time is known rather than a default.
    """

    row: Row
    seconds: float
    hinted: bool
