"""Runs are found by name and read as far as they go, whatever state they were left in."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.processes import name_of
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Events, Planned, RunFacts, RunFolder, find_run, read_run, runs_in


def result(name: str, **more: object) -> TaskResult:
    given = {"file": "tasks/t.yaml", "line": 1, "agent": "nop", "run": "r", "outcome": Outcome.PASSED, **more}
    return TaskResult(task=name, slug=f"tasks/t/{name}--none", **given)  # type: ignore[arg-type]


def planned(name: str) -> Planned:
    return Planned(f"tasks/t.yaml::{name}", f"tasks/t/{name}--none", name, "tasks/t.yaml", 1)


def facts(*names: str, **more: object) -> RunFacts:
    given = {"began": 1.0, "process": name_of(), "host": platform.node(), **more}
    return RunFacts("r", tasks=[planned(name) for name in names], **given)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / ".agenttasks", "r")
    run.create()
    return run


def write(folder: RunFolder, *results: TaskResult) -> None:
    for one in results:
        folder.task(one.slug).write_result(one, str)


def test_what_was_written_is_read(folder: RunFolder) -> None:
    facts("b", "a", arguments=["tasks", "-n2"], ended=2.0, exit_code=0).write(folder.path)
    write(folder, result("a"), result("b"))
    run = read_run(folder.path)
    assert run.facts == facts("b", "a", arguments=["tasks", "-n2"], ended=2.0, exit_code=0)
    assert [one.task for one in run.results] == ["b", "a"]
    assert (run.id, run.state, run.missing, run.damaged) == ("r", "ended", [], [])


def test_a_task_in_the_middle_is_not_one_that_never_began(folder: RunFolder) -> None:
    facts("done", "cut", "told", "waits").write(folder.path)
    write(folder, result("done"))
    events = Events(folder.path, "gw0")
    for name in ("done", "cut", "told"):
        events.tell("began", planned(name).slug, process="1.2")
    events.tell("ended", planned("told").slug, outcome="passed")
    run = read_run(folder.path)
    assert [one.task for one in run.missing] == ["cut", "told", "waits"]
    assert [one.task for one in run.unfinished] == ["cut"]
    assert run.begun[planned("cut").slug].worker == "gw0"
    assert run.begun[planned("cut").slug].process == "1.2"


def test_a_run_whose_process_is_gone_without_an_end_was_killed(folder: RunFolder) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    facts("a", process=name_of(process.pid)).write(folder.path)
    assert read_run(folder.path).state == "running"
    process.kill()
    process.communicate()
    assert read_run(folder.path).state == "killed"


def test_of_a_run_on_another_machine_nobody_knows(folder: RunFolder) -> None:
    facts("a", host="elsewhere.example").write(folder.path)
    assert read_run(folder.path).state == "elsewhere"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"task": "a"}', '{"outcome": "great"}', "\0\0\0"])
def test_a_damaged_result_is_no_result(folder: RunFolder, text: str) -> None:
    facts("a", "b").write(folder.path)
    write(folder, result("a"), result("b"))
    file = folder.path / planned("a").slug / "result.json"
    file.write_text(text)
    run = read_run(folder.path)
    assert [one.task for one in run.results] == ["b"]
    assert run.damaged == [file]
    assert [one.task for one in run.missing] == ["a"]


@pytest.mark.parametrize("text", ["", "{}", '{"id": 1}', '{"id": "r", "began": 1, "tasks": [{}]}', '{"tasks": 7}'])
def test_a_damaged_run_json_hides_no_result(folder: RunFolder, text: str) -> None:
    write(folder, result("a"))
    (folder.path / "run.json").write_text(text)
    run = read_run(folder.path)
    assert [one.task for one in run.results] == ["a"]
    assert (run.facts, run.state) == (None, "ended")


def test_an_artifact_of_that_name_is_no_result(folder: RunFolder) -> None:
    write(folder, result("a"))
    deep = folder.path / planned("a").slug / "artifacts" / "x--y"
    deep.mkdir(parents=True)
    (deep / "result.json").write_text(json.dumps(result("fake").to_json()))
    assert [one.task for one in read_run(folder.path).results] == ["a"]


def test_a_later_versions_keys_are_left_out(folder: RunFolder) -> None:
    facts("a").write(folder.path)
    file = folder.path / "run.json"
    data = json.loads(file.read_text())
    data["new"] = data["tasks"][0]["new"] = 1
    file.write_text(json.dumps(data))
    assert read_run(folder.path).facts == facts("a")


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Three runs, and a link to the second one."""
    for name in ("20260101-000000-aaaa", "20260101-000000-bbbb", "20260202-000000-cccc"):
        RunFolder(tmp_path, name).create()
    RunFolder(tmp_path, "20260101-000000-bbbb").make_latest()
    return tmp_path


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("latest", "20260101-000000-bbbb"),
        ("20260101-000000-aaaa", "20260101-000000-aaaa"),
        ("20260101-000000-b", "20260101-000000-bbbb"),
        ("202602", "20260202-000000-cccc"),
    ],
)
def test_a_run_is_named_by_its_id_or_what_it_begins_with(several: Path, named: str, found: str) -> None:
    assert find_run(several, named).name == found
    assert find_run(several / "nowhere", str(several / "runs" / found)).name == found


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("20260101", "several runs begin with '20260101'; the latest ones: 20260101-000000-bbbb, 20260101-000000-aaaa"),
        ("x", "there is no run 'x'; the latest ones: 20260202-000000-cccc, 20260101-000000-bbbb, 20260101-000000-aaaa"),
        ("", "several runs begin with ''"),
        ("./x", "there is no folder x"),
    ],
)
def test_a_run_that_is_not_there_is_told_with_those_that_are(several: Path, named: str, told: str) -> None:
    with pytest.raises(RunFolderError) as caught:
        find_run(several, named)
    assert str(caught.value).startswith(told)


def test_without_a_link_the_latest_is_the_youngest(several: Path) -> None:
    (several / "runs/latest").unlink()
    assert find_run(several).name == "20260202-000000-cccc"
    assert [one.name[-4:] for one in runs_in(several)] == ["aaaa", "bbbb", "cccc"]


def test_where_no_run_was_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"there are no runs in .*; run pytest on your tasks first"):
        find_run(tmp_path)
    assert runs_in(tmp_path) == []


def test_a_value_of_another_type_is_damage(folder: RunFolder) -> None:
    """Whoever reads runs need not look at each value: a run must not end by what an older one left."""
    write(folder, result("whole"))
    for number, odd in enumerate(
        [{"seconds": None}, {"wait_s": "x"}, {"slug": []}, {"content": []}, {"cassette": {}}, {"served": [3]},
         {"recorded": []}, {"recorded": {"models": [1]}}, {"recorded": {"wait_s": "x"}}, {"checks": [1]}]
    ):  # fmt: skip
        whole = result(f"odd{number}")
        write(folder, whole)
        file = folder.path / whole.slug / "result.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | odd))
    run = read_run(folder.path)
    assert [one.task for one in run.results] == ["whole"]
    assert len(run.damaged) == 10
    facts("a", process=5).write(folder.path)
    assert read_run(folder.path).facts is None


def test_an_event_of_another_form_is_left_out(folder: RunFolder) -> None:
    Events(folder.path, "gw0").tell("began", "a", process="1.2")
    with (folder.path / "events/gw0.jsonl").open("a") as file:
        file.write('{"at": 1, "event": "began", "task": ["x"]}\n')
        file.write('{"at": 1, "event": "began", "task": "y", "content": 1}\n')
    assert list(read_run(folder.path).begun) == ["a"]
