"""How accounts stand: what is left of the day's requests, and what is left alone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from pytest_agenttasks.gateway.candidates import Candidate, candidates_of, is_free, longest_cooldown
from pytest_agenttasks.gateway.error_policy import TABLE
from pytest_agenttasks.gateway.resets import until_midnight
from pytest_agenttasks.gateway.state import Cooldown, State
from pytest_agenttasks.models import Preset, provider_of
from pytest_agenttasks.results import Json

_log = logging.getLogger(__name__)

OPENROUTER = "https://openrouter.ai/api/v1"
ASKING = 5.0
"""Seconds that a provider has to tell how an account stands."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A day's requests that presets draw on together.

    Attributes:
        what: for people.
        presets: names.
        left: requests.
        limit: requests a day.
        resets_in: seconds.
        source: `models.yaml`, or the provider that told.
        account: name of the account whose they are.
    """

    what: str
    presets: tuple[str, ...]
    left: int
    limit: int
    resets_in: float
    source: str
    account: str


class Standing:
    """Answers for a gateway how its accounts stand."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def of(self, presets: Sequence[Preset], *, ask_providers: bool = True) -> Json:
        """Pools, those that providers tell only if they may be asked, and presets that no account may ask now."""
        candidates = [one for one in candidates_of(presets) if not one.lacks_key]
        groups = _free_accounts(candidates) if ask_providers else []
        told = await asyncio.gather(*(self._ask_openrouter(group) for group in groups))
        pools = [*await self._declared(candidates), *(pool for pool in told if pool is not None)]
        return {"pools": [asdict(pool) for pool in pools], "blocked": await self._blocked(candidates)}

    async def _declared(self, candidates: Iterable[Candidate]) -> list[Pool]:
        pools: dict[str, Pool] = {}
        for candidate in candidates:
            for quota in candidate.preset.quotas:
                for limit in (limit for limit in quota.limits if limit.zone):
                    window = candidate.window(quota, limit)
                    names = pools[window.key].presets if window.key in pools else ()
                    left = max(0, limit.requests - await self._state.used(window))
                    what = f"{quota.name} of {candidate.account.name or candidate.preset.name}"
                    resets_in = until_midnight(time.time(), limit.zone)
                    presets = (*names, candidate.preset.name)
                    account = candidate.account.name
                    pools[window.key] = Pool(what, presets, left, limit.requests, resets_in, "models.yaml", account)
        return list(pools.values())

    async def _blocked(self, candidates: Sequence[Candidate]) -> Json:
        found: dict[str, list[Cooldown | None]] = {}
        for candidate in candidates:
            longest = await longest_cooldown(self._state, candidate, tools=False)
            found.setdefault(candidate.preset.name, []).append(longest)
        blocked = {
            name: min((one for one in held if one), key=lambda one: one.seconds)
            for name, held in found.items()
            if None not in held
        }
        return {name: {"reason": one.reason, "resets_in": one.seconds} for name, one in blocked.items()}

    async def _ask_openrouter(self, group: Sequence[Candidate]) -> Pool | None:
        """OpenRouter tells what is left of an account's free requests of the day (GET /key, its API reference)."""
        import aiohttp

        first = group[0]
        url = f"{first.preset.api_base or OPENROUTER}/key"
        headers = {"authorization": f"Bearer {first.key}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ASKING)) as client,
                client.get(url, headers=headers) as answer,
            ):
                told = (await answer.json(content_type=None))["data"]["free_model_daily_requests"]
                left, limit = int(told["remaining"]), int(told["limit"])
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
            _log.info("%s does not tell what is left of the day: %s", url, type(error).__name__)
            return None
        resets_in = until_midnight(time.time(), "UTC")
        if left <= 0:
            row = next(row for row in TABLE if row.reason == "daily_quota")
            await self._state.cool(first.key_of(row.scope, row.subset), Cooldown(resets_in, row.reason, row.ends))
        names = tuple(candidate.preset.name for candidate in group)
        account = first.account.name
        return Pool(f"free models of {account}", names, max(0, left), limit, resets_in, "openrouter", account)


def _free_accounts(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Candidates that draw on OpenRouter's free requests, by account."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.key and provider_of(candidate.preset.model) == "openrouter" and is_free(candidate.preset.model):
            groups.setdefault(candidate.key_of("account", "free"), []).append(candidate)
    return list(groups.values())
