"""How long tasks take, from runs: what counts, and how pytest-split divides tasks by it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_agenttasks.collect import durations
from tests.collect.timed import run, took


def known(*folders: Path) -> dict[str, float]:
    return {node_id.partition("::")[2]: seconds for node_id, seconds in durations(folders).seconds.items()}


def test_the_median_of_the_last_five_without_waits(tmp_path: Path) -> None:
    folders = [run(tmp_path, 0, took("a", 900))]
    folders += [run(tmp_path, n, took("a", 10.0 * n + 5, wait_s=5.0)) for n in range(1, 6)]
    assert known(*reversed(folders)) == {"a": 30.0}


def test_what_says_nothing_of_length_is_left_out(tmp_path: Path) -> None:
    one = run(tmp_path, 1, took("a", 10), took("b", 1, "error"), took("c", 1, "quota"), took("d", 0, "failed"))
    two = run(tmp_path, 2, took("a", 1, "error"), took("b", 9, resumed_from="x"))
    assert known(one, two) == {"a": 10.0, "d": 0.001}, "with 0, pytest-split gives all such tasks to one group"


def test_replays_and_other_work_are_not_mixed(tmp_path: Path) -> None:
    replayed = run(tmp_path, 1, took("a", 0.5, cassette="replayed"), took("n", 3, cassette="none"))
    live = run(tmp_path, 2, took("a", 50), took("b", 40))
    last = run(tmp_path, 3, took("a", 0.7, cassette="replayed"))
    assert known(replayed, live) == {"a": 50.0, "b": 40.0, "n": 3.0}
    assert known(replayed, live, last) == {"a": 0.6, "n": 3.0}
    found = durations([replayed, live, last])
    assert (found.replayed, found.left_out) == (True, 2)


def test_presets_of_a_task_have_one_name(tmp_path: Path) -> None:
    one = run(tmp_path, 1, took("a", 10), took("a", 30, preset="n"))
    assert known(one) == {"a": 20.0}


def test_trials_and_comparisons_tell_of_the_plain_task_too(tmp_path: Path) -> None:
    trials = [took(f"a[trial{n}]", 10.0 * n, unit="a") for n in (1, 2, 3)]
    compared = took("b", 7, unit="b")
    one = run(tmp_path, 1, *trials, compared, ids={"b": "tasks/t.yaml::b[m]"})
    each = {"a[trial1]": 10.0, "a[trial2]": 20.0, "a[trial3]": 30.0}
    assert known(one) == {**each, "a": 20.0, "b": 7.0, "b[m]": 7.0}


def test_a_damaged_result_is_none(tmp_path: Path) -> None:
    one = run(tmp_path, 1, took("a", 10), took("b", 10))
    file = one / "tasks/t/b--m/result.json"
    file.write_text(file.read_text().replace("10", '"x"'))
    (one / "run.json").unlink()
    assert known(one) == {"a": 10.0}


def test_pytest_split_divides_by_them(tmp_path: Path) -> None:
    """Its own algorithm, on the tasks' names: no group has more to do than the longest task makes necessary."""
    algorithms = pytest.importorskip("pytest_split.algorithms", reason="pytest-split is not installed")
    lengths = [180, 40, 35, 30, 30, 25, 20, 12, 9, 6, 5, 3, 2, 2, 1]
    one = run(tmp_path, 1, *(took(f"t{n:02}", float(length)) for n, length in enumerate(lengths)))
    seconds = durations([one]).seconds
    items = [SimpleNamespace(nodeid=node_id) for node_id in sorted(seconds)]
    groups = algorithms.Algorithms.least_duration.value(3, items, seconds)
    assert sorted(group.duration for group in groups) == [110, 110, 180]
    even = algorithms.Algorithms.least_duration.value(3, items, {})
    assert max(sum(seconds[item.nodeid] for item in group.selected) for group in even) > 200
