"""What is known of a model that can be asked: its preset, the accounts it is asked with, its limits and its price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

DAY = 86400.0
"""Seconds of a day's limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """A key to a provider.

    Attributes:
        name: as models.yaml calls it; the variable where it calls it nothing; empty without a key.
        variable: holds the key; None if none is needed.
    """

    name: str = ""
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests in a time.

    Attributes:
        requests: how many.
        seconds: any stretch of this length; `DAY` where there is a zone.
        zone: for a day's limit: the time zone at whose midnight the count begins anew.
    """

    requests: int
    seconds: float
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits that presets draw on.

    Attributes:
        name: as models.yaml calls it.
        scope: `account`: all its presets together; `model`: each model for itself; both for each account.
        limits: all of them hold.
    """

    name: str
    scope: Literal["account", "model"]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, for models whose cost neither provider nor litellm knows."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class Preset:
    """A short name for a model, ready to be asked.

    Attributes:
        name: short name; the full id itself where no preset was used.
        model: full litellm id.
        api_base: base URL of the server; None for the provider's own.
        api_key_env: variable that holds the key; None if none is needed.
        params: parameters of each call, such as temperature; those of a call win.
        retired: why the model is no longer offered; None if it is.
        tools: whether the model can call tools; otherwise agents use a text protocol.
        more_accounts: further accounts to ask it with, in order, after that of `api_key_env`.
        quotas: limits that it draws on.
        price: for its cost where nobody else knows it.
    """

    name: str
    model: str
    api_base: str | None = None
    api_key_env: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    retired: str | None = None
    tools: bool = True
    more_accounts: tuple[Account, ...] = ()
    quotas: tuple[Quota, ...] = ()
    price: Price | None = None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Whom it can be asked with, the preset's own key first."""
        return (Account(self.api_key_env or "", self.api_key_env), *self.more_accounts)
