"""docs/statistics.md: its example runs, and its tables are those of the code."""

from __future__ import annotations

import contextlib
import io
import random
import re
from pathlib import Path

import pytest

from pytest_agenttasks.statistics import Trials, compared, wilson

PAGE = (Path(__file__).parents[2] / "docs/statistics.md").read_text("utf-8")


def test_the_example_prints_what_is_shown() -> None:
    match = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(match[1], {})
    assert printed.getvalue() == match[2]


def rows(heading: str) -> list[list[str]]:
    """The cells below a heading of a table."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_widths_of_intervals() -> None:
    table = rows("tasks | 50 % passed")
    assert len(table) == 7
    for tasks, *told in table:
        intervals = [wilson(share, int(tasks)) for share in (0.5, 0.8, 1.0)]
        assert told == [f"{round(100 * one.low)} to {round(100 * one.high)}" for one in intervals]


@pytest.mark.parametrize(("row", "column"), [(1, 3), (3, 4), (4, 2), (5, 4), (6, 2)])
def test_how_often_a_difference_is_told(row: int, column: int) -> None:
    """In 60 samples, which may be off by 20 of 100; a table of a worse or another method would be further off."""
    points, tasks, *told = rows("true difference | tasks")[row]
    trials, shift = (1, 3, 5, 10)[column - 2], int(points.split()[0]) / 100
    chance, apart = random.Random(5), 0
    for _ in range(60):
        pairs = []
        for _ in range(int(tasks)):
            rate = chance.random() * (1 - shift)
            passed = [sum(chance.random() < p for _ in range(trials)) for p in (rate + shift, rate)]
            pairs.append((Trials(passed[0], trials), Trials(passed[1], trials)))
        found = compared(pairs)
        assert found is not None
        apart += found.told_apart
    assert 100 * apart / 60 == pytest.approx(int(told[column - 2]), abs=20)
