from datetime import datetime

import pytest
from toolbox.opening_hours import HoursError, OpeningHours

SHOP = OpeningHours.parse("Mo-Fr 09:00-12:30, 14:00-18:00; Sa 10:00-13:00; We closed")


def on(day, clock):
    """A moment in a week of which the 2nd is a Monday."""
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}")


@pytest.mark.parametrize(
    ("text", "open_days"),
    [
        ("Mo 09:00-10:00", "1......"),
        ("Mo-Su 09:00-10:00", "1111111"),
        ("Mo-We,Fr 09:00-10:00", "111.1.."),
        ("Sa-Mo 09:00-10:00", "1....11"),
        ("Mo-Fr 09:00-10:00; We closed", "11.11.."),
    ],
)
def test_days(text, open_days):
    assert "".join("1" if spans else "." for spans in OpeningHours.parse(text).days) == open_days


def test_spans_are_in_order():
    hours = OpeningHours.parse("Su 20:15-24:00, 09:00-20:15")
    assert hours.days[6] == ((540, 1215), (1215, 1440))


def test_a_later_rule_replaces_an_earlier():
    assert OpeningHours.parse("Mo 09:00-10:00;Mo 11:00-12:00").days[0] == ((660, 720),)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "not a rule such as 'Mo-Fr 09:00-18:00': ''"),
        ("Mo 09:00-10:00;", "not a rule"),
        ("Mo-We-Fr 09:00-10:00", "not a rule"),
        ("Mo", "not a rule such as .*: 'Mo'"),
        ("Xx 09:00-10:00", "no day of the week: 'Xx'"),
        ("Mo 9-18", "not a span of time such as 09:00-18:00: '9-18'"),
        ("Mo 09:60-10:00", "not a span within a day: '09:60-10:00'"),
        ("Mo 09:00-10:60", "not a span within a day"),
        ("Mo 10:00-10:00", "not a span within a day"),
        ("Mo 22:00-02:00", "not a span within a day"),
        ("Mo 22:00-24:01", "not a span within a day"),
        ("Mo 09:00-12:00, 11:59-13:00", "times that overlap"),
    ],
)
def test_what_cannot_be_read(text, error):
    with pytest.raises(HoursError, match=error):
        OpeningHours.parse(text)


@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [
        (2, "08:59", False), (2, "09:00", True), (2, "12:29", True), (2, "12:30", False), (2, "14:00", True),
        (4, "10:00", False), (7, "12:59", True), (7, "14:00", False), (8, "10:00", False),
    ],
)  # fmt: skip
def test_is_open(day, clock, is_open):
    assert SHOP.is_open(on(day, clock)) is is_open


@pytest.mark.parametrize(
    ("day", "clock", "opens"),
    [
        (2, "10:17", on(2, "10:17")),
        (2, "07:00", on(2, "09:00")),
        (2, "12:30", on(2, "14:00")),
        (3, "18:00", on(5, "09:00")),
        (7, "13:00", on(9, "09:00")),
    ],
)
def test_next_opening(day, clock, opens):
    assert SHOP.next_opening(on(day, clock)) == opens


def test_next_opening_a_week_ahead_or_never():
    assert OpeningHours.parse("Mo 09:30-10:00").next_opening(on(2, "10:00")) == on(9, "09:30")
    assert OpeningHours.parse("Mo closed").next_opening(on(2, "10:00")) is None


def test_hours_a_week():
    assert SHOP.hours_a_week() == 4 * 7.5 + 3
