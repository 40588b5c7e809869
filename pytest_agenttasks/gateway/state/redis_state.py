"""What is known of accounts in Redis: for gateways on several machines."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pytest_agenttasks.gateway.resets import FARTHEST
from pytest_agenttasks.gateway.state import keeping
from pytest_agenttasks.gateway.state.base import Cooldown, Held, Need, Spent, StateError, Taken, Window
from pytest_agenttasks.gateway.state.days import midnights
from pytest_agenttasks.gateway.state.redis_script import SCRIPT

if TYPE_CHECKING:
    from redis.asyncio import Redis

SCHEMES = ("redis", "rediss", "unix")

_SECONDS = 3.0
_CONNECTIONS = 8
"""A step takes less than a millisecond: more callers than that wait for each other."""

INSTALL = "pip install 'pytest-agenttasks[redis]'"


class RedisState:
    """A `State` in Redis. Redis 5 or later, or what speaks its protocol; one server, no cluster."""

    def __init__(self, client: Redis, where: str) -> None:
        """Take a client that decodes answers; `where` is for people."""
        from redis.exceptions import RedisError

        self.where = where
        self._client = client
        self._script = client.register_script(SCRIPT)
        self._errors = (RedisError, OSError)
        self._under_way: set[asyncio.Future[Any]] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and write once.

        Args:
            url: redis://, rediss:// or unix://, with what redis-py's `from_url` reads.

        Raises:
            StateError: the package is missing, the URL cannot be read, or the server does not do what it is asked.
        """
        where = shown(url)
        try:
            from redis.asyncio import BlockingConnectionPool, Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
        except ImportError as error:
            raise StateError(f"{where} needs the package redis: {INSTALL}") from error
        try:
            pool: Any = BlockingConnectionPool.from_url(
                url, max_connections=_CONNECTIONS, decode_responses=True, socket_timeout=_SECONDS,
                socket_connect_timeout=_SECONDS, retry=Retry(NoBackoff(), 1),
            )  # fmt: skip
            state = cls(Redis(connection_pool=pool), where)
            await state._begin()
        except (ValueError, TypeError):  # what they say may hold the password
            raise StateError(f"{where}: its options cannot be read; they are those of redis-py's from_url") from None
        return state

    async def take(self, needs: Sequence[Need]) -> Taken | list[Held]:
        """See `State`."""
        name = secrets.token_hex(8)
        found = await self._do("take", ticket=name, needs=[_need(need) for need in needs])
        if "held" in found:
            return [_held(one) for one in found["held"]]
        index = found["taken"]
        return Taken(index, json.dumps([name, *needs[index].counts]))

    async def give_back(self, ticket: str) -> None:
        """See `State`."""
        name, *keys = json.loads(ticket)
        await self._do("give_back", ticket=name, keys=keys)

    async def cool(self, key: str, cooldown: Cooldown) -> None:
        """See `State`."""
        status = "" if cooldown.status is None else cooldown.status
        await self._do(
            "cool", key=key, seconds=cooldown.seconds, reason=cooldown.reason, ends=cooldown.ends, status=status,
            strikes=cooldown.strikes,
        )  # fmt: skip

    async def cooldowns(self, keys: Collection[str]) -> Mapping[str, Cooldown]:
        """See `State`."""
        found = await self._do("cooldowns", keys=list(keys))
        return {key: Cooldown(**one) for key, one in found.items()}

    async def answered(self, keys: Collection[str]) -> bool:
        """See `State`."""
        return bool(await self._do("answered", keys=list(keys)))

    async def log(self, key: str, seconds: float) -> list[float]:
        """See `State`."""
        return list(await self._do("log", key=key, seconds=seconds))

    async def learn(self, window: Window, lifetime: float) -> None:
        """See `State`."""
        await self._do("learn", window=_window(window, lifetime), lifetime=lifetime)

    async def used(self, window: Window) -> int:
        """See `State`."""
        return int(await self._do("used", window=_window(window)))

    async def spend(self, run: str, call: str, model: str, usd: float | None, tokens: int) -> None:
        """See `State`."""
        await self._do("spend", run=run, call=call, model=model, usd=usd or 0.0, unknown=usd is None, tokens=tokens)

    async def spent(self, run: str) -> Spent:
        """See `State`."""
        found = await self._do("spent", run=run)
        return Spent(float(found["usd"]), int(found["tokens"]), int(found["calls"]), frozenset(found["unknown"]))

    async def close(self) -> None:
        """See `State`."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with suppress(*self._errors):
            await self._client.aclose()
            await self._client.connection_pool.disconnect()

    async def _begin(self) -> None:
        try:
            await self._do("open")
        except StateError as error:
            await self.close()
            raise StateError(
                f"{error}; see that it runs and lets this user in, or name another place (AGENTTASKS_STATE or"
                " agenttasks_state)"
            ) from error

    async def _do(self, method: str, **arguments: Any) -> Any:
        """Run a method of the script, to its end even if the caller is cancelled.

        redis-py (7.4) does not take a connection back into its pool from a caller who is cancelled in the wrong moment;
        after a few of them every call would wait for ever.
        """
        step = asyncio.ensure_future(self._run(method, arguments))
        self._under_way.add(step)
        step.add_done_callback(self._under_way.discard)
        return await asyncio.shield(step)

    async def _run(self, method: str, arguments: dict[str, Any]) -> Any:
        try:
            return json.loads(await self._script(args=[method, json.dumps(arguments)]))
        except self._errors as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise StateError(f"{self.where} does not answer as it should: {said}") from error


def shown(url: str) -> str:
    """A URL of `SCHEMES` without user, password and options.

    Raises:
        StateError: it cannot be taken apart for sure, so that a part of it that looks harmless may be the password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port or 6379
    except ValueError:
        raise _unreadable(url) from None
    rest = parts.path + parts.query + parts.fragment
    if "@" in rest or parts.fragment:
        raise _unreadable(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    if not parts.path.strip("/").isdecimal() and parts.path.strip("/"):
        raise _unreadable(url)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}{parts.path}"


def _unreadable(url: str) -> StateError:
    scheme = url.partition(":")[0]
    return StateError(
        f"the {scheme}:// URL of the state of accounts cannot be read: expected {scheme}://user:password@host:port/0,"
        " with special characters of the password written as in other URLs (%40 for @, %2F for /, %23 for #)"
    )


def _need(need: Need) -> dict[str, Any]:
    counts = [{"key": key, "seconds": keeping.request_seconds(need, key)} for key in need.counts]
    return {"scopes": need.scopes, "windows": [_window(one) for one in need.windows], "counts": counts}


def _window(window: Window, lifetime: float = 0.0) -> dict[str, Any]:
    """With the midnights of its zone, which Redis cannot know, for as long as it is used."""
    found: dict[str, Any] = {
        "key": window.key, "requests": window.requests, "seconds": window.seconds, "zone": window.zone,
    }  # fmt: skip
    if window.zone:
        found["midnights"] = midnights(time.time(), window.zone, min(lifetime, FARTHEST))
    return found


def _held(found: dict[str, Any]) -> Held:
    if "cooldown" in found:
        return Held(found["seconds"], cooldown=Cooldown(**found["cooldown"]))
    window = found["window"]
    return Held(found["seconds"], window=Window(**{key: window[key] for key in ("key", "requests", "seconds", "zone")}))
