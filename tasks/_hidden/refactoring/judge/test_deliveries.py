import ast
from datetime import date, timedelta

import pytest
from depot import deliveries
from depot.deliveries import by_month, days_late, due

from judge.structure import called, tree_of

DAYS = [date(2023, 12, 20) + timedelta(n) for n in range(800)]
NO_DAYS = (
    "20260302",
    "2026-W10-1",
    "2026-03-02T00:00:00",
    " 2026-03-02",
    "2026-03-02\n",
    "2026-02-30",
    "1900-02-29",
    "0000-01-01",
    "26-03-02",
    "2026-03-1x",
    "+026-03-02",
)


def test_the_calendar_is_pythons():
    tree = tree_of("deliveries")
    assert not {"DAYS_IN_MONTH", "split_day", "month_length", "day_number"} & set(vars(deliveries))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert any("datetime" in ast.unparse(node) for node in imported)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Slice)], "a text is cut into pieces"
    assert not {"split", "rjust", "zfill"} & set(called(tree))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Mod)], "days are counted by hand"


def test_due_and_late_as_before():
    for day in DAYS:
        following = day + timedelta(max(7 - day.weekday(), 1) if day.weekday() >= 4 else 1)
        assert due(str(day), "express") == str(following)
        assert due(str(day), "express", {str(following)}) > str(following)
        assert days_late("2024-02-28", str(day)) == max((day - date(2024, 2, 28)).days, 0)
    assert due("2100-02-26", "express") == "2100-03-01"
    assert due("2026-03-02") == "2026-03-05"


def test_by_month_as_before():
    found = by_month([str(day) for day in reversed(DAYS)])
    assert list(found.items())[:3] == [("2023-12", 12), ("2024-01", 31), ("2024-02", 29)]
    assert sum(found.values()) == len(DAYS)


@pytest.mark.parametrize("text", NO_DAYS)
def test_nothing_new_is_a_day(text):
    for call in (due, lambda day: days_late("2026-03-02", day), lambda day: by_month([day])):
        with pytest.raises(ValueError, match="not a day") as caught:
            call(text)
        assert str(caught.value) == f"not a day: {text!r}"
