"""Several users of one place: gateways of runs that go on at the same time."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_agenttasks.gateway.state import Spent, State, Taken, Window
from tests.gateway.state.places import Place, RedisPlace, RedisServer, all_of, cooldown, held, need, taken
from tests.gateway.state.take_many import LIMIT, limited, take_many

ROOT = Path(__file__).parents[3]


def test_what_one_notes_another_knows(place: Place) -> None:
    one, other = place.open(), place.open()
    wanted = [need("a", windows=[Window("a", 1, 60)])]
    ticket = taken(place.do(one.take(wanted))).ticket
    assert held(place.do(other.take(wanted))).window == wanted[0].windows[0]
    place.do(other.give_back(ticket))
    taken(place.do(other.take(wanted)))
    place.do(one.learn(Window("b", 0, 60), 60))
    held(place.do(other.take([need("b")])))
    place.do(one.cool("c", cooldown(60)))
    held(place.do(other.take([need("c")])))
    place.do(one.spend("run", "1", "m", 0.5, 5))
    place.do(other.spend("run", "1", "m", 0.5, 5))
    place.do(other.spend("run", "2", "m", None, 5))
    assert place.do(one.spent("run")) == Spent(0.5, 10, 2, frozenset({"m"}))


def test_one_of_all_users_goes_first_after_a_cooldown(place: Place) -> None:
    users = [place.open() for _ in range(5)]
    place.do(users[0].cool("a", cooldown(60)))
    place.later(61)
    found = place.do(all_of([user.take([need("a")]) for user in users]))
    assert sum(isinstance(one, Taken) for one in found) == 1


def test_what_is_kept_outlives_its_users(place: Place) -> None:
    first = place.open()
    place.do(first.cool("a", cooldown(60)))
    place.do(first.close())
    held(place.do(place.open().take([need("a")])))


def test_many_takers_in_one_loop_never_exceed_a_window(place: Place) -> None:
    users = [place.open() for _ in range(4)]
    found = place.do(all_of([user.take([limited()]) for user in users for _ in range(40)]))
    assert sum(isinstance(one, Taken) for one in found) == LIMIT
    assert [place.do(users[0].used(window)) for window in limited().windows] == [LIMIT, LIMIT]


def test_connections_to_redis_are_few(runner: asyncio.Runner, server: RedisServer) -> None:
    place = RedisPlace(runner, server)
    before = len(place.client.client_list())
    state = place.open()
    place.do(all_of([state.take([limited()]) for _ in range(300)]))
    assert 0 < len(place.client.client_list()) - before <= 8
    place.close()


def test_callers_who_give_up_take_no_connection_with_them(runner: asyncio.Runner, server: RedisServer) -> None:
    async def impatient(state: State, turns: int) -> None:
        steps = [asyncio.ensure_future(state.spend("run", f"{turns} {i}", "m", 1.0, 1)) for i in range(40)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for step in steps[::2]:
            step.cancel()
        await asyncio.wait(steps)

    place = RedisPlace(runner, server)
    state = place.open()
    for turns in range(1, 40):
        place.do(impatient(state, turns))
    assert place.do(asyncio.wait_for(state.spent("run"), 15)).calls == 39 * 40, "what was begun is done"
    place.close()


def test_nothing_stays_in_redis_for_ever(runner: asyncio.Runner, server: RedisServer) -> None:
    place = RedisPlace(runner, server)
    state = place.open()
    place.do(state.learn(Window("a", 9, 60), 60))
    place.do(state.cool("b", cooldown(0)))
    taken(place.do(state.take([need("a", "b")])))
    place.do(state.spend("run", "1", "m", None, 5))
    keys = place.client.keys("*")
    kinds = {key.removeprefix("agenttasks:1:").split(":")[0] for key in keys}
    assert kinds == {"learnt", "cooldown", "requests", "calls", "spent", "unknown", "opened"}
    assert [key for key in keys if not 0 < place.client.ttl(key) <= 8 * 86400] == []
    place.close()


def test_threads_never_exceed_a_window(tmp_path: Path) -> None:
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.append(asyncio.run(take_many(tmp_path / "a.sqlite", 20)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), sum(got)) == (6, LIMIT)


Worker = subprocess.Popen[bytes]
Work = Callable[[Path, int, int], Worker]


@pytest.fixture
def work() -> Iterator[Work]:
    """Starts processes that take as often as they may once they are let go; none is left behind."""
    started: list[Worker] = []

    def start(file: Path, tries: int, limit: int) -> Worker:
        command = [sys.executable, "-m", "tests.gateway.state.take_many", str(file), str(tries), str(limit)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


def let_go(worker: Worker) -> None:
    assert worker.stdin is not None
    worker.stdin.close()
    worker.stdin = None


def test_processes_that_make_the_file_together_never_exceed_a_window(tmp_path: Path, work: Work) -> None:
    workers = [work(tmp_path / "new" / "a.sqlite", 15, LIMIT) for _ in range(4)]
    for one in workers:
        let_go(one)
    ends = [one.communicate() for one in workers]
    assert [one.returncode for one in workers] == [0] * 4, ends
    assert sum(int(out) for out, _ in ends) == LIMIT


def test_writers_that_are_killed_leave_a_usable_file(runner: asyncio.Runner, tmp_path: Path, work: Work) -> None:
    file = tmp_path / "a.sqlite"
    for dots in (1, 50, 100):
        writers = [work(file, 10**9, 10**9) for _ in range(2)]
        for one in writers:
            let_go(one)
        for one in writers:
            assert one.stderr is not None
            assert one.stderr.read(dots) == b"." * dots
            one.kill()
            one.wait()
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = dict(database.execute("SELECT key, count(*) FROM request GROUP BY key"))
        assert counts["model"] == counts["account"] >= 2 * dots, "each request is counted wholly or not at all"
        assert runner.run(take_many(file, 1, 10**9)) == 1
