"""A place that fails later on: the run goes on with what it noted itself, and its user is told once."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pytest_agenttasks.gateway.state import Spent, State, Taken, Window, open_state
from pytest_agenttasks.gateway.state.fallback import FallbackState
from pytest_agenttasks.gateway.state.sqlite import SqliteState
from tests.gateway.state.places import RedisServer, all_of, cooldown, held, need, redis_server, taken

ROOT = Path(__file__).parents[3]
WANTED = [need("model", "account", windows=[Window("account", 3, 3600)])]


class Story:
    """What a run does before a fault, and what must be so afterwards."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.do = runner.run
        self.lines: list[str] = []

    def before(self, state: State) -> str:
        """Answers the ticket of a request."""
        self.do(state.take(WANTED))
        ticket = taken(self.do(state.take(WANTED))).ticket
        self.do(state.cool("bad model", cooldown(3600, strikes=2)))
        self.do(state.cool("good model", cooldown(0)))
        self.do(state.answered(["good model"]))
        self.do(state.learn(Window("slow model", 0, 60), 3600))
        self.do(state.spend("run", "1", "model", 0.5, 5))
        assert self.lines == []
        return ticket

    def after(self, state: State, ticket: str, why: str) -> None:
        self.do(state.spend("run", "1", "model", 0.5, 5))
        self.do(all_of([state.spend("run", str(n), "model", None, 5) for n in range(2, 12)]))
        assert self.do(state.spent("run")) == Spent(0.5, 55, 11, frozenset({"model"}))
        taken(self.do(state.take(WANTED)))
        held(self.do(state.take(WANTED)))
        self.do(state.give_back(ticket))
        taken(self.do(state.take(WANTED)))
        assert len(self.do(state.log("account", 3600))) == self.do(state.used(WANTED[0].windows[0])) == 3
        assert held(self.do(state.take([need("slow model")]))).window is not None
        assert self.do(state.cooldowns(["bad model", "good model"])).keys() == {"bad model"}
        assert state.where.startswith("memory, in place of ")
        (line,) = self.lines
        assert why in line
        assert "limits are known to this run only" in line
        assert "\n" not in line
        self.do(state.close())


@pytest.fixture
def story(runner: asyncio.Runner) -> Story:
    return Story(runner)


def delete(file: Path) -> None:
    file.unlink()


def delete_folder(file: Path) -> None:
    for one in file.parent.iterdir():
        one.unlink()
    file.parent.rmdir()


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(file.read_bytes())
    other.replace(file)


def corrupt(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA user_version = 1")  # a write: what the state has read of the file is void
    for one in (file, file.with_name(file.name + "-wal")):
        one.write_bytes(b"\xaa" * one.stat().st_size)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (delete, "is gone"),
        (delete_folder, "is gone"),
        (replace, "has been replaced"),
        (corrupt, "is damaged"),
    ],
)
def test_a_file_that_is_harmed(tmp_path: Path, story: Story, harm: Callable[[Path], None], why: str) -> None:
    file = tmp_path / "folder" / "a.sqlite"
    state = story.do(open_state(str(file), story.lines.append))
    ticket = story.before(state)
    harm(file)
    story.after(state, ticket, f"{file} {why}")


def test_a_file_that_stays_locked(tmp_path: Path, story: Story) -> None:
    file = tmp_path / "a.sqlite"
    state = FallbackState(SqliteState(file, busy=0.05), story.lines.append)
    ticket = story.before(state)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        story.after(state, ticket, f"{file} has been locked by another process for too long")


def test_a_file_that_is_locked_for_a_moment(tmp_path: Path, story: Story) -> None:
    file = tmp_path / "a.sqlite"
    state = FallbackState(SqliteState(file), story.lines.append)
    script = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "other.execute('BEGIN IMMEDIATE'); print(flush=True); sys.stdin.read(); other.execute('COMMIT')\n"
    )
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        release = threading.Timer(0.1, other.stdin.close)
        release.start()
        taken(story.do(state.take(WANTED)))
        release.join()
    assert story.lines == []
    assert state.where == str(file)
    story.do(state.close())


def test_a_disk_that_fills_up(small_disk: Path, story: Story) -> None:
    file = small_disk / "a.sqlite"
    state = story.do(open_state(str(file), story.lines.append))
    ticket = story.before(state)
    with (small_disk / "ballast").open("wb", 0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1024))
    story.after(state, ticket, f"{file} cannot be used: database or disk is full")


def test_a_file_that_may_grow_no_further(tmp_path: Path) -> None:
    script = (
        "import asyncio, resource, sys\n"
        "from pytest_agenttasks.gateway.state import *\n"
        "async def main():\n"
        "    state = await open_state(sys.argv[1], print)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (90000, 90000))\n"
        "    taken = [await state.take([Need(('a',), (Window('a', 300, 3600),), ('a',))]) for _ in range(400)]\n"
        "    print(sum(isinstance(one, Taken) for one in taken), await state.used(Window('a', 1, 3600)))\n"
        "asyncio.run(main())\n"
    )
    file = tmp_path / "a.sqlite"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told, counted = done.stdout.splitlines()
    assert told.startswith(f"{file} cannot be used: ")
    assert counted == "300 300"


def test_redis_that_goes_away(story: Story) -> None:
    with redis_server() as server:
        state = story.do(open_state(server.url, story.lines.append))
        ticket = story.before(state)
        server.process.kill()
        server.process.wait()
        story.after(state, ticket, server.url)


def test_redis_that_hangs(story: Story) -> None:
    with redis_server() as server:
        state = story.do(open_state(f"{server.url}?socket_timeout=0.2", story.lines.append))
        ticket = story.before(state)
        server.process.send_signal(signal.SIGSTOP)
        story.after(state, ticket, server.url)


def test_redis_that_is_full(story: Story) -> None:
    with redis_server() as server:
        state = story.do(open_state(server.url, story.lines.append))
        ticket = story.before(state)
        server.client().config_set("maxmemory", "1")
        story.after(state, ticket, "maxmemory")


def test_redis_that_is_restarted_empty_goes_on_empty(story: Story) -> None:
    """It is the place that forgets; its users stay together there."""
    with redis_server() as server:
        state = story.do(open_state(server.url, story.lines.append))
        story.before(state)
        client = server.client()
        client.flushall()
        client.script_flush()
        client.client_kill_filter(_type="normal", skipme=True)
        assert story.do(state.used(WANTED[0].windows[0])) == 0
        taken(story.do(state.take(WANTED)))
        assert client.zcard("agenttasks:1:requests:account") == 1
        assert story.lines == []
        story.do(state.close())


def test_calls_under_way_when_redis_goes_are_not_lost(story: Story) -> None:
    async def work(state: State, server: RedisServer) -> int:
        takes = [asyncio.create_task(state.take([need("a", windows=[Window("a", 150, 3600)])])) for _ in range(200)]
        await asyncio.wait(takes, return_when=asyncio.FIRST_COMPLETED)
        server.process.kill()
        return sum(isinstance(one, Taken) for one in await asyncio.gather(*takes))

    with redis_server() as server:
        state = story.do(open_state(server.url, story.lines.append))
        assert story.do(work(state, server)) == 150
        assert len(story.lines) == 1
        story.do(state.close())
