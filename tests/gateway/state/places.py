"""Places for tests: SQLite files with a clock that can be set, and a real Redis server whose contents can be aged."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from pytest_agenttasks.gateway.state import Cooldown, Held, Need, State, Taken, Window
from pytest_agenttasks.gateway.state.redis_state import RedisState
from pytest_agenttasks.gateway.state.sqlite import SqliteState

T = TypeVar("T")

AGE = """
for _, key in ipairs(redis.call('KEYS', 'agenttasks:1:*')) do
  if key:find('^agenttasks:1:requests:') then
    for _, ticket in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], ticket) end
  elseif key:find('^agenttasks:1:cooldown:') then
    redis.call('HINCRBYFLOAT', key, 'until', -ARGV[1])
  end
  local left = redis.call('PTTL', key) - ARGV[1] * 1000
  if left > 0 then redis.call('PEXPIRE', key, string.format('%d', left)) else redis.call('DEL', key) end
end
"""
"""Makes all that is there so many seconds older."""


class Place(Protocol):
    """Somewhere to keep what is known."""

    def open(self) -> State:
        """One more user of it."""

    def later(self, seconds: float) -> None:
        """Let time pass."""

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        """Run one step to its end."""


class InLoop:
    """Runs steps in one event loop, as a gateway does."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.opened: list[State] = []

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    def close(self) -> None:
        for state in self.opened:
            self.runner.run(all_of([state.close()]))


async def all_of(steps: Sequence[Awaitable[T]]) -> list[T]:
    """Run steps at the same time."""
    return list(await asyncio.gather(*steps))


class SqlitePlace(InLoop):
    def __init__(self, runner: asyncio.Runner, file: Path) -> None:
        super().__init__(runner)
        self.file = file
        self.ahead = 0.0

    def open(self) -> State:
        self.opened.append(SqliteState(self.file, clock=lambda: time.time() + self.ahead))
        return self.opened[-1]

    def later(self, seconds: float) -> None:
        self.ahead += seconds


class RedisServer:
    """redis-server on a socket of its own, that keeps nothing on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*command, "--dir", str(folder), *options], stdout=subprocess.DEVNULL)
        try:
            self._wait()
        except BaseException:
            self.process.kill()
            raise

    def _wait(self) -> None:
        import redis

        end = time.monotonic() + 20
        while True:
            try:
                self.client().ping()
            except redis.AuthenticationError:
                return
            except redis.ConnectionError:
                assert self.process.poll() is None, "redis-server ended"
                assert time.monotonic() < end, "redis-server does not answer"
                time.sleep(0.01)
            else:
                return

    def client(self) -> Any:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once = Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=str(self.socket), decode_responses=True, retry=once)


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """A server for as long as the block runs; skips where there is none."""
    pytest.importorskip("redis", reason="the package redis is not installed")
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    # A socket's path must be short, which pytest's temporary folders are not.
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        server = RedisServer(Path(folder), *options)
        try:
            yield server
        finally:
            server.process.kill()
            server.process.wait()


class RedisPlace(InLoop):
    def __init__(self, runner: asyncio.Runner, server: RedisServer) -> None:
        super().__init__(runner)
        self.server = server
        self.client = server.client()
        self.client.flushall()

    def open(self) -> State:
        self.opened.append(self.do(RedisState.open(self.server.url)))
        return self.opened[-1]

    def later(self, seconds: float) -> None:
        self.client.eval(AGE, 0, seconds)


def need(*scopes: str, windows: Sequence[Window] = (), counts: Sequence[str] | None = None) -> Need:
    """A candidate that is counted under its scopes unless said otherwise."""
    return Need(scopes, tuple(windows), scopes if counts is None else tuple(counts))


def cooldown(seconds: float, *, strikes: int = 1, status: int | None = 429) -> Cooldown:
    return Cooldown(seconds, "rate_limited", "unavailable", status, strikes)


def taken(found: Taken | list[Held]) -> Taken:
    assert isinstance(found, Taken), found
    return found


def held(found: Taken | list[Held]) -> Held:
    """Why the only candidate is not free."""
    assert isinstance(found, list), found
    (one,) = found
    return one
