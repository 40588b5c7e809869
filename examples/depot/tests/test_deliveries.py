import pytest
from depot.deliveries import by_month, days_late, due


@pytest.mark.parametrize(
    ("sent", "service", "day"),
    [
        ("2026-03-02", "express", "2026-03-03"),
        ("2026-03-05", "standard", "2026-03-10"),
        ("2026-03-06", "express", "2026-03-09"),
        ("2026-12-30", "freight", "2027-01-06"),
    ],
)
def test_working_days(sent, service, day):
    assert due(sent, service) == day


def test_holidays_do_not_count():
    assert due("2026-04-02", "express", holidays=["2026-04-03", "2026-04-06"]) == "2026-04-07"


def test_late():
    assert days_late("2026-02-27", "2026-03-02") == 3
    assert days_late("2026-03-02", "2026-02-27") == 0


def test_by_month():
    assert by_month(["2026-03-02", "2025-12-01", "2026-03-31"]) == {"2025-12": 1, "2026-03": 2}


@pytest.mark.parametrize("text", ["", "2026-02-29", "2026-13-01", "02.03.2026", "2026-3-2"])
def test_not_a_day(text):
    with pytest.raises(ValueError, match=f"not a day: '{text}'"):
        due(text)
