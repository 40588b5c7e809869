"""Groups of split tasks that are not here: their tasks are missing, or, where nobody knows these, the groups are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.collect import merged
from pytest_agenttasks.reports.collected import Column, Report
from pytest_agenttasks.reports.junit_xml import junit_xml
from pytest_agenttasks.reports.notes import notes
from pytest_agenttasks.reports.verdict import why_not_well
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Planned, RunFacts, RunFolder

ALL = ("a", "b", "c", "d")
LEFT = "left nothing: not begun, killed at once, or not uploaded"


def planned(name: str, preset: str) -> Planned:
    return Planned(f"tasks/t.yaml::{name}", f"tasks/t/{name}--{preset}", name, "tasks/t.yaml", 1, requested=preset)


class Jobs:
    """Runs of groups, as they leave their folders."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folders: list[Path] = []

    def ran(
        self, group: int, names: str, *, of: int = 3, preset: str = "m", done: str | None = None, **more: Any
    ) -> Path:
        """A group that planned these tasks, and did those of `done`, else all."""
        number = len(self.folders)
        run = RunFolder(self.base / str(number), f"20261101-10000{number}-aaaa")
        run.create()
        tasks = [planned(name, preset) for name in names.split()]
        others = [planned(name, preset) for name in ALL if name not in names.split()]
        facts = {"began": 100.0 + number, "ended": 150.0 + number, "exit_code": 0, "host": "box", "group": group,
                 "splits": of, "asked": [preset] if preset else [], "elsewhere": others, **more}  # fmt: skip
        RunFacts(run.path.name, **facts, tasks=tasks).write(run.path)
        for task in tasks:
            if done is None or task.task in done.split():
                result = TaskResult(task.task, task.file, 1, task.slug, "loop", run.path.name, requested=preset)
                result.outcome, result.ended, result.cassette = Outcome.PASSED, 120.0 + number, "live"
                run.task(task.slug).write_result(result, str)
        self.folders.append(run.path)
        return run.path

    def killed(self, group: int, names: str, **more: Any) -> Path:
        """A group whose job died under xdist: nobody told it what the others have."""
        return self.ran(group, names, done="", ended=None, exit_code=None, elsewhere=None, **more)

    @property
    def column(self) -> Column:
        return merged("all", self.folders)[0]

    def statuses(self) -> dict[str, str]:
        return {f"{one.task} {one.requested}".strip(): one.status.value for one in self.column.entries}

    def absent(self) -> list[str]:
        return [source.note for source in self.column.sources if source.state == "absent"]


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path)


def test_all_groups_are_here(jobs: Jobs) -> None:
    for group, names in enumerate(("a b", "c", "d"), 1):
        jobs.ran(group, names)
    assert set(jobs.statuses().values()) == {"passed"}
    assert notes(jobs.column) == []
    assert why_not_well(jobs.column, "any") == ""


def test_a_group_that_left_nothing_has_its_tasks_missing(jobs: Jobs) -> None:
    jobs.ran(1, "a b")
    jobs.ran(3, "d")
    assert jobs.statuses() == {"a m": "passed", "b m": "passed", "d m": "passed", "c m": "missing"}
    assert jobs.absent() == [f"group 2 of 3 on m {LEFT}; 1 task"]
    assert jobs.column.entries[-1].reason == "group 2 of 3 on m left nothing"
    assert why_not_well(jobs.column, "missing") == "1 task missing"


def test_each_preset_is_looked_at_apart(jobs: Jobs) -> None:
    jobs.ran(1, "a b c d", of=1, preset="m")
    jobs.ran(1, "a", preset="n")
    jobs.ran(1, "a b", of=2, preset="")
    assert jobs.absent() == [f"groups 2 and 3 of 3 on n {LEFT}; 3 tasks", f"group 2 of 2 {LEFT}; 2 tasks"]
    assert jobs.statuses()["b m"] == "passed"
    assert jobs.statuses()["b n"] == "missing"


def test_a_job_that_was_run_again_counts_as_it_ended_last(jobs: Jobs) -> None:
    jobs.killed(1, "a b", of=2)
    jobs.ran(2, "c d", of=2)
    assert why_not_well(jobs.column, "missing") == "2 tasks missing"
    jobs.ran(1, "a b", of=2)
    assert set(jobs.statuses().values()) == {"passed"}
    assert why_not_well(jobs.column, "any") == ""


def test_where_all_were_killed_the_groups_are_missing(jobs: Jobs) -> None:
    jobs.killed(1, "a b", of=4)
    jobs.killed(4, "", of=4)
    assert jobs.absent() == [f"groups 2, 3 and 4 of 4 on m {LEFT}; the tasks are not known"]
    assert why_not_well(jobs.column, "missing") == "2 tasks missing, groups 2, 3 and 4 of 4 on m missing"
    text = junit_xml(Report([jobs.column], 0.0))
    assert '<testsuite name="groups 2, 3 and 4 of 4 on m" errors="1" failures="0" skipped="0" tests="1"' in text
    assert f'<error message="missing: groups 2, 3 and 4 of 4 on m {LEFT}; the tasks are not known" />' in text


def test_runs_of_another_number_of_groups_may_have_done_the_tasks(jobs: Jobs) -> None:
    jobs.ran(1, "a b", of=2)
    jobs.ran(2, "c d", of=2)
    jobs.ran(1, "a", of=3)
    assert (jobs.absent(), why_not_well(jobs.column, "any")) == ([], "")
    jobs.folders.pop(1)
    assert jobs.absent() == [f"group 2 of 2 on m {LEFT}; 2 tasks", f"groups 2 and 3 of 3 on m {LEFT}; 2 tasks"]
    assert sorted(jobs.statuses().values()) == ["missing", "missing", "passed", "passed"]


def test_a_task_that_no_group_has_is_missing_though_all_are_here(jobs: Jobs) -> None:
    """As where each machine had durations of its own."""
    jobs.ran(1, "a b", of=2)
    jobs.ran(2, "b c", of=2)
    why = "the jobs had other tasks, or other durations to split them by"
    assert jobs.absent() == [f"1 task in no group of 2 on m: {why}"]
    assert jobs.column.entries[-1].reason == f"in no group of 2 on m: {why}"
    assert why_not_well(jobs.column, "missing") == "1 task missing"


def test_an_empty_group_is_not_missing(jobs: Jobs) -> None:
    """It leaves nothing or, in live work, a run without tasks that ended with exit code 5."""
    jobs.ran(1, "a b c", of=3)
    jobs.ran(2, "d", of=3)
    assert (jobs.absent(), why_not_well(jobs.column, "any")) == ([], "")
    jobs.ran(3, "", of=3, exit_code=5)
    assert (jobs.absent(), why_not_well(jobs.column, "any")) == ([], "")


def test_a_run_that_ended_badly_though_its_tasks_passed_is_told_once_it_is_the_last(jobs: Jobs) -> None:
    jobs.ran(1, "a b c d", of=1, exit_code=1)
    (told,) = notes(jobs.column)
    assert told.startswith(f"run {jobs.folders[0].name} (group 1 of 1 on m) ended with exit code 1, though all of")
    assert why_not_well(jobs.column, "missing") == ""
    assert why_not_well(jobs.column, "any") == f"run {jobs.folders[0].name} ended with exit code 1"
    jobs.ran(1, "a b c d", of=1)
    assert why_not_well(jobs.column, "any") == ""


def test_a_run_that_does_not_say_what_it_was_to_do_is_missing(jobs: Jobs) -> None:
    jobs.ran(0, "", of=0, preset="", ended=None, exit_code=None)
    assert why_not_well(jobs.column, "missing") == f"run {jobs.folders[0].name} does not say what it was to do"


BAD: dict[str, dict[str, Any]] = {
    "a group above the number of groups": {"group": 7}, "no group of some": {"group": 0},
    "a group of none": {"splits": 0},
    "below": {"group": -1, "splits": -1}, "no number": {"group": "x"}, "no list": {"elsewhere": "abc"},
    "no tasks": {"elsewhere": [{"id": 1}]}, "far too many": {"splits": 10**12}, "no name": {"asked": [None]},
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_damaged_run_is_no_group_and_cannot_be_taken_for_one(bad: dict[str, Any], jobs: Jobs) -> None:
    jobs.ran(1, "a b", of=2)
    file = jobs.ran(2, "c d", of=2, done="c") / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **bad}))
    assert jobs.statuses() == {"a m": "passed", "b m": "passed", "c m": "passed", "d m": "missing"}
    assert jobs.absent() == [f"group 2 of 2 on m {LEFT}; 1 task"]
    assert why_not_well(jobs.column, "missing") == f"1 task missing, 1 file of run {file.parent.name} cannot be read"
