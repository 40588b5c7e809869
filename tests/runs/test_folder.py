"""What a run leaves behind, whoever else writes at the same time."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest

from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import RunFolder, new_run_id


def result(**more: str) -> TaskResult:
    values = {"task": "t", "file": "tasks/t.yaml", "slug": "tasks/t/t", "agent": "nop", "run": "r", **more}
    return TaskResult(line=1, outcome=Outcome.FAILED, **values)  # type: ignore[arg-type]


def no_secret(text: str) -> str:
    return text.replace("hunter2", "[scrubbed]")


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_ids_sort_by_age_and_two_of_a_second_differ() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) > 40
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", one) for one in ids)


def test_a_run_is_kept_out_of_git_and_is_the_latest(tmp_path: Path) -> None:
    for run in ("one", "two", "two"):
        RunFolder(tmp_path / ".agenttasks", run).create()
        RunFolder(tmp_path / ".agenttasks", run).make_latest()
    base = tmp_path / ".agenttasks"
    assert files_of(base) == [".gitignore", "runs", "runs/latest", "runs/one", "runs/two"]
    assert (base / ".gitignore").read_text() == "*\n"
    assert (base / "runs/latest").readlink() == Path("two")


def test_what_a_user_put_into_gitignore_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    RunFolder(tmp_path, "one").create()
    assert (tmp_path / ".gitignore").read_text() == "mine"


def test_where_latest_is_a_folder_a_run_goes_on_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "runs/latest/x").mkdir(parents=True)
    RunFolder(tmp_path, "one").create()
    assert files_of(tmp_path) == [".gitignore", "runs", "runs/latest", "runs/latest/x", "runs/one"]


def test_runs_that_begin_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def begin(name: str) -> None:
        together.wait()
        RunFolder(tmp_path, name).create()
        RunFolder(tmp_path, name).make_latest()

    threads = [threading.Thread(target=begin, args=(f"r{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files_of(tmp_path) == [".gitignore", "runs", "runs/latest", *(f"runs/r{n}" for n in range(8))]
    assert (tmp_path / "runs/latest").is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(OSError, match="Not a directory"):
        RunFolder(tmp_path, "one").create()


def test_the_folder_of_a_task_begins_empty(tmp_path: Path) -> None:
    task = RunFolder(tmp_path, "one").task("tasks/a/b")
    task.begin()
    (task.path / "old").touch()
    task.begin()
    assert files_of(task.path) == []
    assert task.path == tmp_path / "runs/one/tasks/a/b"
    assert task.artifacts == task.path / "artifacts"


def test_what_is_written_of_a_task_holds_no_secret(tmp_path: Path) -> None:
    task = RunFolder(tmp_path, "one").task("t")
    task.begin()
    task.write_trajectory({"message": "ü hunter2"}, {"media/a.png": b"hunter2\xff"}, no_secret)
    task.write_patch(b"+hunter2 \xff\r\n", no_secret)
    task.write_result(result(reason="hunter2 is out"), no_secret)
    assert files_of(task.path) == ["changes.patch", "media", "media/a.png", "result.json", "trajectory.json"]
    assert (task.path / "changes.patch").read_bytes() == b"+[scrubbed] \xff\r\n"
    assert (task.path / "media/a.png").read_bytes() == b"[scrubbed]\xff"
    assert json.loads((task.path / "trajectory.json").read_text("utf-8")) == {"message": "ü [scrubbed]"}
    assert json.loads((task.path / "result.json").read_text())["reason"] == "[scrubbed] is out"


def test_files_of_facts_are_for_people_too(tmp_path: Path) -> None:
    task = RunFolder(tmp_path, "one").task("t")
    task.begin()
    document = {"agent": {"name": "ü"}, "steps": [{"step_id": 1, "message": "a\nb"}, {"step_id": 2}], "notes": ["x", 1]}
    task.write_trajectory(document, {}, str)
    text = (task.path / "trajectory.json").read_text("utf-8")
    assert json.loads(text) == document
    assert text.splitlines() == [
        "{",
        ' "agent": {"name": "ü"},',
        ' "steps": [',
        '  {"step_id": 1, "message": "a\\nb"},',
        '  {"step_id": 2}',
        " ],",
        ' "notes": ["x", 1]',
        "}",
    ]


def test_result_json_is_the_whole_result(tmp_path: Path) -> None:
    task, given = RunFolder(tmp_path, "one").task("t"), result(reason="ü")
    task.write_result(given, str)
    data = json.loads((task.path / "result.json").read_text("utf-8"))
    assert data.pop("format") == 1
    assert TaskResult.from_json(data) == given
    assert TaskResult.from_json({**data, "of a later version": 1}) == given


def test_secrets_are_taken_out_of_artifacts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "one").task("t")
    folder.begin()
    folder.artifacts.mkdir()
    (folder.artifacts / "a.txt").write_text("the key is hunter2hunter2")
    (folder.artifacts / "b.bin").write_bytes(b"\xff\x00hunter2hunter2")
    folder.scrub_artifacts(lambda text: text.replace("hunter2hunter2", "[gone]"))
    assert (folder.artifacts / "a.txt").read_text() == "the key is [gone]"
    assert (folder.artifacts / "b.bin").read_bytes() == b"\xff\x00[gone]"
