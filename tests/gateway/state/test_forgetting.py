"""Nothing grows for ever, and a clock that is set back holds nobody for long."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pytest_agenttasks.gateway.state import State, Window
from tests.gateway.state.places import InLoop, RedisPlace, RedisServer, SqlitePlace, cooldown, held, need, taken

HOUR = 3600.0


@pytest.fixture
def file(runner: asyncio.Runner, tmp_path: Path) -> SqlitePlace:
    return SqlitePlace(runner, tmp_path / "a.sqlite")


def fill(place: InLoop, state: State) -> None:
    place.do(state.learn(Window("learnt", 9, 60), 60))
    place.do(state.cool("cooled", cooldown(60)))
    taken(place.do(state.take([need("a", "b")])))
    place.do(state.spend("run", "1", "m", None, 5))


def rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        (25, {"learnt": 0, "cooldown": 0, "request": 2, "call": 1, "spent": 1}),
        (27, {"learnt": 0, "cooldown": 0, "request": 0, "call": 1, "spent": 1}),
        (8 * 24, {"learnt": 0, "cooldown": 0, "request": 0, "call": 0, "spent": 0}),
    ],
)
@pytest.mark.parametrize("opened_anew", [True, False])
def test_old_rows_are_deleted(file: SqlitePlace, hours: float, left: dict[str, int], opened_anew: bool) -> None:
    state = file.open()
    fill(file, state)
    assert rows(file.file) == {"learnt": 1, "cooldown": 1, "request": 2, "call": 1, "spent": 1}
    file.later(hours * HOUR)
    file.do((file.open() if opened_anew else state).spent("run"))
    assert rows(file.file) == left
    file.close()


def test_a_clock_that_is_set_back_holds_nobody_for_long(file: SqlitePlace) -> None:
    state, wanted = file.open(), [need("a", windows=[Window("a", 1, 60)])]
    file.later(365 * 24 * HOUR)
    taken(file.do(state.take(wanted)))
    file.do(state.cool("b", cooldown(60)))
    file.later(-365 * 24 * HOUR)
    assert held(file.do(state.take(wanted))).seconds == pytest.approx(60, abs=5)
    assert file.do(state.log("a", 60)) == pytest.approx([0], abs=5)
    taken(file.do(state.take([need("b")])))
    file.close()


def test_old_requests_leave_redis_with_the_next(runner: asyncio.Runner, server: RedisServer) -> None:
    place = RedisPlace(runner, server)
    state = place.open()
    for hours in (20.0, 7.0, 0.0):
        taken(place.do(state.take([need("a")])))
        place.later(hours * HOUR)
    assert place.client.zcard("agenttasks:1:requests:a") == 2
    place.close()
