"""Runs are found wherever they were copied to, and taken together: of each task the result that counts, or none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.collect import EvidenceReader, find_runs, merged
from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.reports.collected import Column, Entry, Status
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Events, Planned, RunFacts, RunFolder

FIRST, SECOND = "20261101-100000-aaaa", "20261101-110000-bbbb"


def slug(name: str) -> str:
    return f"tasks/t/{name}--m"


def write(base: Path, run: str, *results: TaskResult, planned: str = "", **facts: Any) -> Path:
    """A run folder as a run leaves it."""
    folder = RunFolder(base, run)
    folder.create()
    tasks = [Planned(f"tasks/t.yaml::{name}", slug(name), name, "tasks/t.yaml", 1) for name in planned.split()]
    began = {FIRST: 100.0, SECOND: 200.0}.get(run, 300.0)
    RunFacts(run, **{"began": began, "ended": began + 50, "host": "box", **facts}, tasks=tasks).write(folder.path)
    for result in results:
        folder.task(result.slug).write_result(result, str)
    return folder.path


def done(name: str, outcome: str = "passed", *, run: str = FIRST, **more: Any) -> TaskResult:
    values = {"file": "tasks/t.yaml", "line": 1, "agent": "loop", "ended": 120.0 if run == FIRST else 220.0, **more}
    return TaskResult(task=name, slug=slug(name), run=run, outcome=Outcome(outcome), cassette="live", **values)


def taken(*folders: Path) -> tuple[Column, dict[str, Entry]]:
    column, _ = merged("all", folders)
    return column, {entry.task: entry for entry in column.entries}


def test_shards_are_put_together(tmp_path: Path) -> None:
    one = write(tmp_path / "1", FIRST, done("a"), planned="a b")
    two = write(tmp_path / "2", SECOND, done("c", "failed", run=SECOND), planned="c")
    column, tasks = taken(two, one)
    assert {name: entry.status.value for name, entry in tasks.items()} == {"a": "passed", "b": "missing", "c": "failed"}
    assert [source.id for source in column.sources] == [FIRST, SECOND], "in the order in which they began"
    assert tasks["b"].reason == "did not run"


def test_a_shard_that_left_its_plan_only_has_all_tasks_missing(tmp_path: Path) -> None:
    folder = write(tmp_path, FIRST, planned="a b", ended=None)
    column, tasks = taken(folder)
    assert {entry.status for entry in tasks.values()} == {Status.MISSING}
    assert column.sources[0].state == "elsewhere", "nobody here knows that machine"


def test_the_last_result_counts_and_the_cost_of_the_others_too(tmp_path: Path) -> None:
    one = write(tmp_path, FIRST, done("a", "failed", cost_usd=1.0), planned="a")
    two = write(tmp_path, SECOND, done("a", run=SECOND, cost_usd=0.5), planned="a")
    for folders in ((one, two), (two, one)):
        _, tasks = taken(*folders)
        entry = tasks["a"]
        assert (entry.status, entry.run, entry.earlier) == (Status.PASSED, SECOND, [(FIRST, Status.FAILED)])
        assert entry.result is not None
        assert (entry.result.cost_usd, entry.result.earlier_cost_usd) == (0.5, 1.0)


def test_unknown_cost_of_an_earlier_result_stays_unknown(tmp_path: Path) -> None:
    one = write(tmp_path, FIRST, done("a", "error", cost_usd=None), planned="a")
    two = write(tmp_path, SECOND, done("a", run=SECOND), planned="a")
    entry = taken(one, two)[1]["a"]
    assert entry.result is not None
    assert entry.result.earlier_cost_usd is None


def test_a_pass_that_was_taken_over_counts_where_it_was_done(tmp_path: Path) -> None:
    one = write(tmp_path, FIRST, done("a", cost_usd=1.0), planned="a")
    copy = done("a", run=SECOND, ended=120.0, resumed_from=FIRST, recorded={"cost_usd": 1.0, "wait_s": 0.0})
    two = write(tmp_path, SECOND, copy, planned="a")
    entry = taken(one, two)[1]["a"]
    assert entry.result is not None
    assert (entry.run, entry.result.resumed_from, entry.result.cost_usd) == (FIRST, "", 1.0)
    assert entry.result.earlier_models == [], "nothing is counted twice"
    alone = taken(two)[1]["a"]
    assert alone.result is not None
    assert alone.result.resumed_from == FIRST


def test_a_later_run_that_did_not_get_there_takes_nothing_away(tmp_path: Path) -> None:
    one = write(tmp_path, FIRST, done("a"), planned="a")
    two = write(tmp_path, SECOND, planned="a b", ended=None)
    Events(two, "gw0").tell("began", slug("b"), process="1.2")
    column, tasks = taken(one, two)
    assert (tasks["a"].status, tasks["a"].later) == (Status.PASSED, [SECOND])
    assert tasks["b"].reason == "was begun and not finished"
    assert column.sources[1].cut_off == ["tasks/t.yaml::b"]
    assert [(span.worker, span.status) for span in column.sources[1].spans] == [("gw0", Status.MISSING)]


def test_a_run_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    one = write(tmp_path / "1", FIRST, done("a"), planned="a")
    shutil.copytree(one, one.parent / "latest")
    assert len(taken(*find_runs(tmp_path, str(tmp_path)))[0].sources) == 1


BAD: dict[str, Any] = {
    "calls": "x", "checks": [{"check": "a"}], "served": "m", "recorded": {"models": 1}, "models": [1],
    "slug": "../../x", "ended": 1e300, "cost_usd": float("nan"), "outcome": "done", "title": None, "file": 5,
}  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_a_result_of_another_form_is_damaged_and_its_task_missing(field: str, tmp_path: Path) -> None:
    folder = write(tmp_path, FIRST, done("a"), done("b"), planned="a b")
    file = folder / slug("a") / "result.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), field: BAD[field]}))
    column, tasks = taken(folder)
    assert (tasks["a"].status, tasks["b"].status) == (Status.MISSING, Status.PASSED)
    assert len(column.sources[0].damaged) == 1


@pytest.mark.parametrize("facts", ["{", "[]", '{"id": 1, "began": "x"}', '{"id": "r", "began": 1, "tasks": 5}'])
def test_a_plan_of_another_form_is_damaged(facts: str, tmp_path: Path) -> None:
    folder = write(tmp_path, FIRST, done("a"), planned="a")
    (folder / "run.json").write_text(facts)
    column, tasks = taken(folder)
    assert tasks["a"].status is Status.PASSED
    assert [Path(one).name for one in column.sources[0].damaged] == ["run.json"]


def test_a_folder_of_an_old_version_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, FIRST, done("a"), planned="a")
    (folder / "run.json").unlink()
    assert find_runs(tmp_path, str(tmp_path)) == [folder]
    column, _ = taken(folder)
    assert (column.sources[0].planned, column.sources[0].damaged) == (None, [])


def test_runs_are_found_below_a_folder_but_not_in_what_agents_left(tmp_path: Path) -> None:
    one = write(tmp_path / "run-0 ä/.agenttasks", FIRST, done("a"), planned="a")
    two = write(tmp_path / "artifact--two", SECOND, planned="b")
    planted = one / slug("a") / "artifacts/x"
    shutil.copytree(two, planted)
    (tmp_path / "latest").symlink_to(two)
    assert find_runs(Path("none"), str(tmp_path)) == sorted([one, two])
    assert find_runs(Path("none"), str(two)) == [two]


def test_names_that_mean_nothing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for named, told in {
        "empty": "there is no run in empty",
        "./file": "there is no folder file",
        "nothing": "there is no run 'nothing'",
        "latest": "run pytest on your tasks first",
        "": "there is no run ''",
    }.items():
        with pytest.raises(RunFolderError, match=told):
            find_runs(Path(".agenttasks"), named)


def test_evidence_is_read_and_links_are_not(tmp_path: Path) -> None:
    folder = write(tmp_path, FIRST, done("a"), planned="a")
    task = folder / slug("a")
    (task / "artifacts/sub").mkdir(parents=True)
    (task / "artifacts/sub/a.txt").write_text("12345")
    (task / "artifacts/link").symlink_to("/etc/passwd")
    (task / "changes.patch").symlink_to("/etc/passwd")
    (task / "trajectory.json").write_text("[" * 100_000)
    column, folders = merged("all", [folder])
    evidence = EvidenceReader(folders)(column.entries[0])
    assert (evidence.artifacts, evidence.patch) == ([("sub/a.txt", 5)], "")
    assert (evidence.trajectory, evidence.damaged) == (None, ["trajectory.json"])
