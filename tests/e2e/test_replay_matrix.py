"""A small part of `python -m tests.replay_matrix`, and that it would tell a difference."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from pytest_agenttasks.spec import load_tasks
from pytest_agenttasks.workspace import probe_bubblewrap
from tests.replay_matrix import (
    ISOLATIONS,
    PLACES,
    SURROUNDINGS,
    WORKERS,
    Conditions,
    Told,
    copy_checkout,
    differences,
    plans,
    run,
)
from tests.scripted import TASKS
from tests.workspace.test_determinism import UMASKS

PYTHONS = ("3.11", "3.12", "3.13")
SMALL = ("tasks/simple_code.yaml::slug-length", "tasks/documentation.yaml::csv-format")


def test_two_tasks_under_two_conditions(tmp_path: Path) -> None:
    for place in PLACES:
        copy_checkout(tmp_path / place)
    isolations = ISOLATIONS if probe_bubblewrap() is None else ("none", "none")
    done = []
    for n, tasks in enumerate((SMALL, SMALL[::-1])):
        one = Conditions(sys.executable, isolations[n], "20"[n], PLACES[n], SURROUNDINGS[n + 1], UMASKS[n], tasks)
        done.append((one, run(one, tmp_path)))
    assert differences(done) == []
    assert [told.outcome.split(" ")[0] for _, run_ in done for told in run_.values()] == ["passed"] * 4


def some(**changes: str) -> Iterator[tuple[Conditions, dict[str, Told]]]:
    conditions = Conditions("python", "none", "0", "a", SURROUNDINGS[0], 0o022, ("t",))
    told = Told("passed", "answers", "one\ntrajectory")
    yield conditions, {"t": told}
    yield replace(conditions, python=changes.pop("python", "python")), {"t": replace(told, **changes)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"outcome": "failed"}, ["t: outcomes ['failed', 'passed']"]),
        ({"answers": "others"}, ["t: 2 different sets of answers"]),
        ({"trajectory": "one\nother"}, ["t: 2 trajectories with python in none: other | trajectory"]),
        ({"trajectory": "one\nother", "python": "python3"}, []),
    ],
)
def test_what_differs_is_told(changes: dict[str, str], told: list[str]) -> None:
    assert differences(list(some(**changes))) == told


def test_twenty_runs_meet_every_condition() -> None:
    made = list(plans(PYTHONS, 20, 4))
    assert {(one.python, one.isolation) for one in made} == set(product(PYTHONS, ISOLATIONS))
    assert {one.workers for one in made} == set(WORKERS)
    assert {one.place for one in made} == set(PLACES)
    assert len({(one.surroundings["TZ"], one.place, one.umask, one.workers) for one in made}) > 8
    assert len({one.tasks for one in made}) == 20
    shipped = sum(len(load_tasks(path)) for path in TASKS.glob("*.yaml"))
    assert {len(set(one.tasks)) for one in made} == {shipped}
