"""Which candidate is free, and why the others are not: limits."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from pytest_agenttasks.gateway.resets import until_midnight
from pytest_agenttasks.gateway.state import Taken, Window
from tests.gateway.state.places import Place, RedisPlace, RedisServer, cooldown, held, need, taken

DAY = 86400.0


def distant_zone() -> str:
    """A time zone where it is not nearly midnight."""
    return next(zone for zone in ("UTC", "Asia/Tokyo") if 600 < until_midnight(time.time(), zone) < DAY - 600)


def test_the_first_that_is_free_is_taken_and_counted(place: Place) -> None:
    state = place.open()
    place.do(state.cool("a", cooldown(60)))
    found = taken(place.do(state.take([need("a", counts=["one"]), need("b", counts=["two", "three"]), need("c")])))
    assert found.index == 1
    assert [len(place.do(state.log(key, 60))) for key in ("one", "two", "three", "b", "c")] == [0, 1, 1, 0, 0]


def test_nothing_asked_for_is_nothing_taken(place: Place) -> None:
    assert place.do(place.open().take([])) == []


def test_a_window_slides(place: Place) -> None:
    state, wanted = place.open(), [need("a", windows=[Window("a", 2, 60)])]
    taken(place.do(state.take(wanted)))
    place.later(40)
    taken(place.do(state.take(wanted)))
    first = held(place.do(state.take(wanted)))
    assert first.window == Window("a", 2, 60)
    assert first.cooldown is None
    assert first.seconds == pytest.approx(20, abs=5)
    place.later(first.seconds)
    taken(place.do(state.take(wanted)))
    assert held(place.do(state.take(wanted))).seconds == pytest.approx(40, abs=5)


def test_what_is_held_is_counted_nowhere(place: Place) -> None:
    state = place.open()
    wanted = [need("model", "account", windows=[Window("model", 9, 60), Window("account", 1, 60)])]
    taken(place.do(state.take(wanted)))
    assert held(place.do(state.take(wanted))).window == Window("account", 1, 60)
    assert len(place.do(state.log("model", 60))) == 1


def test_the_longest_obstacle_is_told(place: Place) -> None:
    state = place.open()
    windows = [Window("model", 1, 600), Window("model", 1, 5), Window("account", 1, 300)]
    wanted = [need("model", "account", windows=windows)]
    taken(place.do(state.take(wanted)))
    place.do(state.cool("account", cooldown(100)))
    by_window = held(place.do(state.take(wanted)))
    assert (by_window.window, by_window.cooldown) == (windows[0], None)
    assert by_window.seconds == pytest.approx(600, abs=5)
    place.do(state.cool("model", cooldown(5000, strikes=3)))
    by_cooldown = held(place.do(state.take(wanted)))
    assert by_cooldown.window is None
    assert by_cooldown.cooldown is not None
    assert by_cooldown.cooldown.strikes == 3
    assert by_cooldown.seconds == by_cooldown.cooldown.seconds == pytest.approx(5000, abs=5)


def test_each_candidate_that_is_held_says_why(place: Place) -> None:
    state, window = place.open(), Window("b", 0, 30)
    place.do(state.cool("a", cooldown(60)))
    found = place.do(state.take([need("a"), need("b", windows=[window])]))
    assert isinstance(found, list)
    first, second = found
    assert (first.cooldown is None, first.window) == (False, None)
    assert (second.cooldown, second.window, second.seconds) == (None, window, 30)


def test_a_request_given_back_is_not_counted(place: Place) -> None:
    state, wanted = place.open(), [need("a", "b", windows=[Window("a", 2, 60), Window("b", 2, 60)])]
    kept, first = (taken(place.do(state.take(wanted))) for _ in range(2))
    place.do(state.give_back(first.ticket))
    place.do(state.give_back(first.ticket))
    assert [len(place.do(state.log(key, 60))) for key in "ab"] == [1, 1]
    taken(place.do(state.take(wanted)))
    held(place.do(state.take(wanted)))
    place.do(state.give_back(kept.ticket))
    taken(place.do(state.take(wanted)))


def test_a_day_ends_at_midnight_of_its_zone(place: Place) -> None:
    zone = distant_zone()
    state, wanted = place.open(), [need("a", windows=[Window("a", 2, DAY, zone)])]
    for _ in range(2):
        taken(place.do(state.take(wanted)))
    found = held(place.do(state.take(wanted)))
    assert found.window == Window("a", 2, DAY, zone)
    assert found.seconds == pytest.approx(until_midnight(time.time(), zone), abs=60)
    assert place.do(state.used(Window("a", 2, DAY, zone))) == 2


def test_yesterday_does_not_count_today(place: Place) -> None:
    zone = distant_zone()
    window = Window("a", 1, DAY, zone)
    state, wanted = place.open(), [need("a", windows=[window])]
    taken(place.do(state.take(wanted)))
    place.later(DAY - 500)  # since it is not nearly midnight: yesterday, and less than a day ago
    assert place.do(state.used(window)) == 0
    assert place.do(state.used(Window("a", 1, DAY))) == 1
    taken(place.do(state.take(wanted)))
    held(place.do(state.take(wanted)))


def test_windows_longer_than_a_day_hold(place: Place) -> None:
    state, wanted = place.open(), [need("a", windows=[Window("a", 1, 7 * DAY)])]
    taken(place.do(state.take(wanted)))
    place.later(6.5 * DAY)
    assert held(place.do(state.take(wanted))).seconds == pytest.approx(DAY / 2, abs=5)
    place.later(DAY / 2)
    taken(place.do(state.take(wanted)))


def test_a_learnt_limit_holds_for_its_key_while_it_lives(place: Place) -> None:
    state, wanted = place.open(), [need("model", "account")]
    place.do(state.learn(Window("account", 1, 60), 300))
    taken(place.do(state.take(wanted)))
    assert held(place.do(state.take(wanted))).window == Window("account", 1, 60)
    taken(place.do(state.take([need("model", "other", counts=["model"])])))
    place.later(301)
    for _ in range(2):
        taken(place.do(state.take(wanted)))


def test_a_learnt_limit_replaces_the_one_before(place: Place) -> None:
    state, wanted = place.open(), [need("a")]
    place.do(state.learn(Window("a", 1, 60), 300))
    place.do(state.learn(Window("a", 2, 30), 300))
    for _ in range(2):
        taken(place.do(state.take(wanted)))
    assert held(place.do(state.take(wanted))).window == Window("a", 2, 30)


def test_a_day_can_be_learnt(place: Place) -> None:
    zone = distant_zone()
    state, wanted = place.open(), [need("a")]
    place.do(state.learn(Window("a", 1, DAY, zone), 3 * DAY))
    taken(place.do(state.take(wanted)))
    found = held(place.do(state.take(wanted)))
    assert found.window == Window("a", 1, DAY, zone)
    assert found.seconds == pytest.approx(until_midnight(time.time(), zone), abs=60)


def test_a_day_that_is_learnt_goes_to_redis_with_its_midnights(runner: asyncio.Runner, server: RedisServer) -> None:
    place = RedisPlace(runner, server)
    place.do(place.open().learn(Window("a", 1, DAY, "UTC"), 3 * DAY))
    known = json.loads(place.client.get("agenttasks:1:learnt:a"))["midnights"]
    now = time.time()
    assert known[0] <= now - DAY + 60
    assert now + 3 * DAY < known[-1]
    place.close()


def test_a_limit_of_none_never_has_room(place: Place) -> None:
    state = place.open()
    assert held(place.do(state.take([need("a", windows=[Window("a", 0, 60)])]))).seconds == 60


def test_the_log_tells_ages_oldest_first(place: Place) -> None:
    state = place.open()
    for _ in range(3):
        assert isinstance(place.do(state.take([need("a")])), Taken)
        place.later(20)
    assert place.do(state.log("a", 50)) == pytest.approx([40, 20], abs=5)
    assert place.do(state.log("a", 70)) == pytest.approx([60, 40, 20], abs=5)
    assert place.do(state.log("nobody", 70)) == []
    assert place.do(state.used(Window("a", 99, 50))) == 2
