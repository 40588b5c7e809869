"""Whom a call may be put to: a model with an account, and the keys under which things are known of both."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_agenttasks.gateway.error_policy import Row
from pytest_agenttasks.gateway.state import Cooldown, Need, State, Window
from pytest_agenttasks.models import Account, Limit, Preset, Quota, provider_of

_SLACK, _LEAST_SLACK = 0.02, 0.03


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model with one of the accounts that it can be asked with. What follows from both is reckoned once.

    Attributes:
        preset: the model.
        account: whose key is sent.
        key: the key from the environment; None where none is needed, or it is empty.
    """

    preset: Preset
    account: Account
    key: str | None

    @property
    def lacks_key(self) -> bool:
        """Whether the variable that should hold the key is empty."""
        return self.account.variable is not None and self.key is None

    @cached_property
    def id(self) -> tuple[str, str]:
        """Preset and account by name: unique in a chain."""
        return self.preset.name, self.account.name

    @property
    def label(self) -> str:
        """Name of the account, where the model has several."""
        return self.account.name if self.preset.more_accounts else ""

    def key_of(self, scope: str, subset: str = "") -> str:
        """The key under which something about a scope of this candidate is known."""
        server = f"{provider_of(self.preset.model)} {self.preset.api_base or ''}".rstrip()
        name = f"{scope}/{subset}" if subset else scope
        if scope == "provider":
            return f"{name} {server}"
        account = f"{name} {server} {hashlib.sha256((self.key or '').encode()).hexdigest()[:16]}"
        return account if scope == "account" else f"{account} {self.preset.model}"

    def need(self, *, tools: bool) -> Need:
        """What must hold before a call may be put to it."""
        return self._need_with_tools if tools else self._need

    def scopes(self, *, tools: bool) -> tuple[str, ...]:
        """All keys whose cooldown holds back a call."""
        return self.need(tools=tools).scopes

    @cached_property
    def _need(self) -> Need:
        scopes = [self.key_of("model"), self.key_of("account"), self.key_of("provider")]
        windows = tuple(self.window(quota, limit) for quota in self.preset.quotas for limit in quota.limits)
        counted = [self.key_of("model"), self.key_of("account"), *(window.key for window in windows)]
        if is_free(self.preset.model):
            scopes.append(self.key_of("account", "free"))
            counted.append(self.key_of("account", "free"))
        return Need(tuple(scopes), windows, tuple(dict.fromkeys(counted)))

    @cached_property
    def _need_with_tools(self) -> Need:
        return replace(self._need, scopes=(*self._need.scopes, self.key_of("model", "tools")))

    def window(self, quota: Quota, limit: Limit) -> Window:
        """A declared limit as it applies here."""
        key = f"quota {quota.name} {self.key_of(quota.scope)}"
        seconds = limit.seconds if limit.zone else with_slack(limit.seconds)
        return Window(key, limit.requests, seconds, limit.zone)


def candidates_of(chain: Iterable[Preset]) -> list[Candidate]:
    """Each model with each of its accounts, in order; accounts whose key is empty only where there is no other."""
    return [candidate for preset in chain for candidate in _of(preset)]


async def longest_cooldown(state: State, candidate: Candidate, *, tools: bool) -> Cooldown | None:
    """What keeps a candidate from being asked now, for the longest time; None if no cooldown does."""
    known = (await state.cooldowns(candidate.scopes(tools=tools))).values()
    return max((one for one in known if one.seconds > 0), key=lambda one: one.seconds, default=None)


def key_of_row(row: Row, candidate: Candidate) -> str:
    """The key that a verdict on a candidate is about."""
    return candidate.key_of(row.scope, row.subset)


def with_slack(seconds: float) -> float:
    """The length of a window, a little longer: requests overtake each other on their way to the provider."""
    return seconds * (1 + _SLACK) + _LEAST_SLACK


def is_free(model: str) -> bool:
    """Whether an id draws on OpenRouter's free requests, which an account has a number of per day."""
    return model.endswith(":free") or model == "openrouter/openrouter/free"


_known: dict[tuple[str, str, str | None], Candidate] = {}


def _of(preset: Preset) -> Iterator[Candidate]:
    every = [_candidate(preset, account) for account in preset.accounts]
    usable = [candidate for candidate in every if not candidate.lacks_key]
    yield from usable or every[:1]


def _candidate(preset: Preset, account: Account) -> Candidate:
    key = os.environ.get(account.variable) or None if account.variable else None
    name = preset.name, account.name, key
    known = _known.get(name)
    if known is None or (known.preset is not preset and known.preset != preset):
        known = _known[name] = Candidate(preset, account, key)
    return known
