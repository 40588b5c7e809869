"""What a run has spent."""

from __future__ import annotations

import pytest

from pytest_agenttasks.gateway.state import Spent
from tests.gateway.state.places import Place, all_of

DAY = 86400.0


def test_each_call_is_counted_once(place: Place) -> None:
    state = place.open()
    for usd in (0.25, 99.0):
        place.do(state.spend("run", "call 1", "m", usd, 100))
    place.do(state.spend("run", "call 2", "m", 0.5, 10))
    place.do(state.spend("run", "call 3", "n", 1.0, 1))
    place.do(state.spend("other run", "call 1", "m", 7.0, 7))
    assert place.do(state.spent("run")) == Spent(1.75, 111, 3)
    assert place.do(state.spent("no run")) == Spent()


def test_an_unknown_cost_is_told_and_not_taken_for_nothing(place: Place) -> None:
    state = place.open()
    place.do(state.spend("run", "1", "dear", None, 5))
    place.do(state.spend("run", "2", "dear", 0.5, 5))
    place.do(state.spend("run", "3", "free", 0.0, 5))
    assert place.do(state.spent("run")) == Spent(0.5, 15, 3, frozenset({"dear"}))


def test_small_sums_add_up(place: Place) -> None:
    state = place.open()
    place.do(all_of([state.spend("run", str(n), "m", 1e-7 / 3, 1) for n in range(300)]))
    assert place.do(state.spent("run")).usd == pytest.approx(1e-5)


def test_a_run_is_forgotten_a_week_after_its_last_answer(place: Place) -> None:
    state = place.open()
    place.do(state.spend("run", "1", "m", 1.0, 1))
    place.later(6 * DAY)
    place.do(state.spend("run", "2", "m", 1.0, 1))
    place.later(6 * DAY)
    assert place.do(state.spent("run")) == Spent(2.0, 2, 2)
    place.later(2 * DAY)
    assert place.do(state.spent("run")) == Spent()
