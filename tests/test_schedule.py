"""In which order tasks start. What it brings is measured by `benchmarks/order.py`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.order import rows
from benchmarks.plan import Plan
from pytest_agenttasks.schedule import Deal, Entry, alike_together, as_listed, dealt, estimated, longest_first


def entries(*seconds: float | None, priority: int = 0) -> list[Entry]:
    return [Entry(priority, one) for one in seconds]


def lengths(tasks: Sequence[Entry], order: Sequence[int]) -> list[float | None]:
    return [tasks[index].seconds for index in order]


def test_simulated_runs_end_near_the_best_possible() -> None:
    """Through xdist's own scheduler."""
    found = list(rows(Plan(quick=True)))
    assert {row.name: row.value for row in found if row.met is False} == {}
    usual = found[0]
    assert usual.value < min(usual.beside["file"], usual.beside["xdist"])


def test_priority_comes_first_in_every_order() -> None:
    tasks = [Entry(2, 90.0), Entry(0, 1.0), Entry(1, 50.0), Entry(0, 2.0)]
    assert as_listed(tasks) == [1, 3, 2, 0]
    assert alike_together(tasks) == [1, 3, 2, 0]
    assert longest_first(tasks, 2) == [3, 1, 2, 0]


def test_first_trials_of_all_come_before_second_ones() -> None:
    told = [(0, 9.0, 1), (0, 9.0, 2), (0, 50.0, 0), (0, 60.0, 2), (0, 5.0, 1), (1, 99.0, 1)]
    tasks = [Entry(priority, seconds, trial=trial) for priority, seconds, trial in told]
    assert alike_together(tasks) == [0, 2, 4, 1, 3, 5]
    assert longest_first(tasks, 2) == [2, 0, 4, 3, 1, 5]
    assert as_listed(tasks) == [0, 1, 2, 3, 4, 5]


def test_similar_ones_follow_the_first_of_them() -> None:
    tasks = [Entry(0, likeness=one) for one in "abcab"]
    assert alike_together(tasks) == [0, 3, 1, 4, 2]
    assert longest_first(tasks, 2) == [0, 3, 1, 4, 2]
    assert as_listed(tasks) == [0, 1, 2, 3, 4]


def test_similar_ones_come_together_only_where_lengths_are_about_equal() -> None:
    tasks = [Entry(0, 100.0, likeness="a"), Entry(0, 101.0, likeness="b"), Entry(0, 102.0, likeness="a"),
             Entry(0, 300.0, likeness="b")]  # fmt: skip
    assert longest_first(tasks, 2) == [3, 2, 0, 1]


def test_unknown_lengths_are_those_of_the_category_or_of_all() -> None:
    tasks = [Entry(0, 10.0, "a"), Entry(0, 30.0, "a"), Entry(0, 500.0, "b"), Entry(0, None, "a"), Entry(0, None, "c")]
    assert [task.seconds for task in estimated(tasks)] == [10.0, 30.0, 500.0, 20.0, 30.0]


def test_where_no_length_is_known_tasks_start_as_listed() -> None:
    tasks = estimated(entries(*[None] * 7))
    assert longest_first(tasks, 2) == list(range(7))
    # dealt in twos: 0 and 2 to one worker, 1 and 3 to the other
    assert dealt(tasks, range(7), Deal(2, 7)) == [0, 2, 1, 3, 4, 5, 6]


def test_behind_the_longest_waits_the_shortest() -> None:
    tasks = entries(90, 80, 70, 60, 50, 40)
    assert lengths(tasks, dealt(tasks, range(6), Deal(2, 6))) == [90, 40, 80, 50, 70, 60]


def test_fewer_than_two_for_each_worker_are_dealt_round_and_round() -> None:
    tasks = entries(90, 80, 70, 60, 50)
    assert lengths(tasks, dealt(tasks, range(5), Deal(3, 5))) == [90, 80, 70, 50, 60]


def test_what_waits_at_first_is_of_the_highest_priority_left() -> None:
    tasks = [*entries(90, 80, 70), *entries(10, 5, priority=1)]
    # behind the shorter one, for that one ends sooner
    assert lengths(tasks, dealt(tasks, range(5), Deal(2, 5))) == [90, 5, 80, 70, 10]


def test_behind_the_longest_of_a_lower_priority_come_its_shortest() -> None:
    tasks = [*entries(9, 8), *entries(90, 80, 70, 60, 50, 40, priority=1)]
    assert lengths(tasks, longest_first(tasks, 2)) == [9, 8, 90, 80, 40, 50, 70, 60]


@pytest.mark.parametrize(
    ("places", "listed"),
    [([0, 1, 5, 6, 7], [90, 50, 80, 70, 60]), ([1, 3, 4, 6, 7], [90, 80, 70, 60, 50])],
    ids=["a task begins", "tests begin"],
)
def test_who_waits_behind_another_test_begins(places: list[int], listed: list[float]) -> None:
    tasks = entries(90, 80, 70, 60, 50)
    assert lengths(tasks, dealt(tasks, places, Deal(2, 8))) == listed


def test_no_task_is_lost_or_doubled_whatever_is_dealt() -> None:
    for workers in range(2, 6):
        for count in range(14):
            for others in (0, 3):
                places = range(others, others + count)
                tasks = [Entry(n % 2, float(n * 7 % 5)) for n in range(count)]
                assert sorted(dealt(tasks, places, Deal(workers, count + others))) == list(range(count))
