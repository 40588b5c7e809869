"""On which terms a model is asked: the quotas it draws on, and the accounts it can be asked with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from pytest_agenttasks.models.presets import Account, Preset, Quota


@dataclass(frozen=True, slots=True)
class Cover:
    """Which presets a quota or an account is for.

    Attributes:
        names: presets by name, whatever their server.
        ids: full ids and patterns of them, in which `*` stands for any text, slashes too. They are meant for the
            provider's own server: presets with an `api_base` are left out, since another server that speaks the
            provider's protocol has limits and keys of its own.
    """

    names: frozenset[str]
    ids: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Cover:
        """From a list in which names of chains are spelt out already."""
        every = frozenset(names)
        ids = frozenset(name for name in every if "/" in name)
        return cls(every - ids, ids)

    def __contains__(self, preset: Preset) -> bool:
        if preset.name in self.names:
            return True
        return preset.api_base is None and any(_matches(one, preset.model) for one in self.ids)


@dataclass(frozen=True, slots=True)
class Terms:
    """The quotas and accounts of models.yaml, in its order, each with what it is for."""

    quotas: tuple[tuple[Cover, Quota], ...] = ()
    accounts: tuple[tuple[Cover, Account], ...] = ()

    def given_to(self, preset: Preset) -> Preset:
        """The preset with its quotas and further accounts. No key is there twice: it would be limited twice over."""
        accounts: dict[str | None, Account] = {}
        for cover, account in self.accounts:
            if preset in cover and account.variable != preset.api_key_env:
                accounts.setdefault(account.variable, account)
        quotas = tuple(quota for cover, quota in self.quotas if preset in cover)
        return replace(preset, quotas=quotas, more_accounts=tuple(accounts.values()))


def _matches(pattern: str, model: str) -> bool:
    return _compiled(pattern).fullmatch(model) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
