"""What is left alone, and who goes first when that is over."""

from __future__ import annotations

import pytest

from pytest_agenttasks.gateway.state import PROBE, Cooldown
from tests.gateway.state.places import Place, cooldown, held, need, taken

DAY = 86400.0


@pytest.mark.parametrize("status", [429, None])
def test_it_is_told_as_it_was_given(place: Place, status: int | None) -> None:
    state = place.open()
    place.do(state.cool("a: 'ä'", Cooldown(60, "daily_quota", "quota", status, 4)))
    found = place.do(state.cooldowns(["a: 'ä'", "b"]))
    assert found.keys() == {"a: 'ä'"}
    one = found["a: 'ä'"]
    assert (one.reason, one.ends, one.status, one.strikes) == ("daily_quota", "quota", status, 4)
    assert one.seconds == pytest.approx(60, abs=5)


def test_the_longer_one_stays(place: Place) -> None:
    state = place.open()
    place.do(state.cool("a", cooldown(60, strikes=1)))
    place.do(state.cool("a", cooldown(30, strikes=2)))
    first = place.do(state.cooldowns(["a"]))["a"]
    assert first.strikes == 1
    assert first.seconds == pytest.approx(60, abs=5)
    place.do(state.cool("a", cooldown(90, strikes=3)))
    second = place.do(state.cooldowns(["a"]))["a"]
    assert second.strikes == 3
    assert second.seconds == pytest.approx(90, abs=5)


def test_one_goes_first_when_it_is_over(place: Place) -> None:
    state, wanted = place.open(), [need("a", "b")]
    place.do(state.cool("b", cooldown(60, strikes=3)))
    assert held(place.do(state.take(wanted))).seconds == pytest.approx(60, abs=5)
    place.later(61)
    taken(place.do(state.take(wanted)))
    waiting = held(place.do(state.take(wanted)))
    assert waiting.cooldown is not None
    assert waiting.cooldown.strikes == 3
    assert 0 < waiting.seconds <= PROBE


def test_all_follow_when_the_first_is_answered(place: Place) -> None:
    state, wanted = place.open(), [need("a")]
    place.do(state.cool("a", cooldown(60)))
    place.later(61)
    taken(place.do(state.take(wanted)))
    assert place.do(state.answered(["a", "b"]))
    assert not place.do(state.answered(["a", "b"]))
    assert place.do(state.cooldowns(["a"])) == {}
    for _ in range(2):
        taken(place.do(state.take(wanted)))


def test_another_goes_first_when_nothing_is_heard(place: Place) -> None:
    state, wanted = place.open(), [need("a")]
    place.do(state.cool("a", cooldown(60)))
    for seconds in (61, PROBE):
        place.later(seconds)
        taken(place.do(state.take(wanted)))
        held(place.do(state.take(wanted)))


def test_the_first_of_them_may_be_told_a_shorter_time_than_its_probe(place: Place) -> None:
    state, wanted = place.open(), [need("a")]
    place.do(state.cool("a", cooldown(60)))
    place.later(61)
    taken(place.do(state.take(wanted)))
    place.do(state.cool("a", cooldown(PROBE / 4, strikes=2)))
    found = held(place.do(state.take(wanted)))
    assert found.seconds <= PROBE / 4
    assert found.cooldown is not None
    assert found.cooldown.strikes == 2
    assert not place.do(state.answered(["a"])), "it is a cooldown like others again"


def test_an_answer_forgets_what_is_over_and_nothing_else(place: Place) -> None:
    state = place.open()
    place.do(state.cool("over", cooldown(30)))
    place.do(state.cool("not yet", cooldown(90)))
    place.later(60)
    assert place.do(state.cooldowns(["over", "not yet"]))["over"].seconds == pytest.approx(-30, abs=5)
    assert place.do(state.answered(["over", "not yet"]))
    assert place.do(state.cooldowns(["over", "not yet"])).keys() == {"not yet"}


def test_it_is_forgotten_a_day_after_it_is_over(place: Place) -> None:
    state = place.open()
    place.do(state.cool("a", cooldown(3600)))
    place.later(DAY)
    assert place.do(state.cooldowns(["a"])).keys() == {"a"}
    place.later(2 * 3600)
    assert place.do(state.cooldowns(["a"])) == {}


def test_a_candidate_held_by_another_scope_is_no_probe(place: Place) -> None:
    state = place.open()
    place.do(state.cool("a", cooldown(10)))
    place.do(state.cool("b", cooldown(60)))
    place.later(20)
    held(place.do(state.take([need("a", "b")])))
    taken(place.do(state.take([need("a")])))
