"""The index says what the run folders say, whatever became of it."""

from __future__ import annotations

import platform
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_agenttasks.processes import name_of
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Attempt, Events, Index, Planned, RunFacts, RunFolder, expected_seconds
from pytest_agenttasks.usage import ModelUse

GONE = "999999999.1"
"""Names a process that is not there."""

CONTENT = {"prompt": "abc"}


def result(name: str, outcome: str = "passed", **more: object) -> TaskResult:
    given = {"file": "tasks/t.yaml", "line": 1, "agent": "loop", "run": "", "cassette": "live", "content": CONTENT}
    return TaskResult(task=name, slug=f"t/{name}--m", outcome=Outcome(outcome), **{**given, **more})  # type: ignore[arg-type]


def make(base: Path, run: str, *results: TaskResult, begun: tuple[str, ...] = (), **facts: object) -> RunFolder:
    """A run that has ended, or as `facts` say; tasks of `begun` have no result."""
    folder = RunFolder(base, run)
    folder.create()
    for one in results:
        folder.task(one.slug).write_result(one, str)
    names = [one.task for one in results] + list(begun)
    given = {"ended": 9.0, "host": platform.node(), "workers": 2, **facts}
    tasks = [Planned(name, f"t/{name}--m", name, "tasks/t.yaml", 1) for name in names]
    RunFacts(run, 1.0, tasks=tasks, **given).write(folder.path)  # type: ignore[arg-type]
    for name in begun:
        Events(folder.path, "w").tell("began", f"t/{name}--m", process=GONE, content=CONTENT)
    return folder


def known(base: Path, patience: float = 30.0) -> list[tuple[str, str, str]]:
    return sorted((one.run, one.slug, one.outcome) for one in Index(base, patience).attempts())


def test_all_runs_are_known_the_youngest_first(tmp_path: Path) -> None:
    use = ModelUse("openrouter/a", "openrouter/b", answers=2)
    make(tmp_path, "1", result("x", seconds=5.0, wait_s=2.0, ended=7.0, models=[use, ModelUse("c", "c", failed=1)]))
    make(tmp_path, "2", result("x", "failed", crashes=1, ended=9.0), result("y", resumed_from="1", ended=8.0))
    attempts = Index(tmp_path).attempts()
    assert [one.run for one in attempts] == ["2", "2", "1"]
    assert attempts[2] == Attempt("1", "t/x--m", "passed", "live", 7.0, 3.0, 0, ("openrouter/a",), CONTENT)
    assert {(one.slug, one.outcome, one.crashes) for one in attempts[:2]} == {
        ("t/x--m", "failed", 1), ("t/y--m", "resumed", 0),
    }  # fmt: skip


def test_of_two_runs_at_once_what_ended_last_is_the_youngest(tmp_path: Path) -> None:
    make(tmp_path, "1", result("x", "failed", ended=9.0))
    make(tmp_path, "2", result("x", ended=8.0))
    assert [one.outcome for one in Index(tmp_path).attempts()] == ["failed", "passed"]


def test_a_run_that_is_over_is_read_once(tmp_path: Path) -> None:
    folder = make(tmp_path, "1", result("x"))
    assert known(tmp_path) == [("1", "t/x--m", "passed")]
    (folder.path / "t/x--m/result.json").write_text("{")
    assert known(tmp_path) == [("1", "t/x--m", "passed")]
    (tmp_path / "index.sqlite").unlink()
    assert known(tmp_path) == []


def test_a_run_that_was_removed_is_forgotten(tmp_path: Path) -> None:
    folder = make(tmp_path, "1", result("x"))
    make(tmp_path, "2", result("x"))
    assert len(known(tmp_path)) == 2
    folder.path.rename(tmp_path / "elsewhere")
    assert known(tmp_path) == [("2", "t/x--m", "passed")]


@pytest.mark.parametrize(
    "damage",
    [b"", b"no database at all " * 200, "truncate", "version", "tables"],
    ids=["empty", "text", "cut", "v", "t"],
)
def test_an_index_that_cannot_be_used_is_made_anew(tmp_path: Path, damage: bytes | str) -> None:
    make(tmp_path, "1", result("x"))
    expected, file = known(tmp_path), tmp_path / "index.sqlite"
    if isinstance(damage, bytes):
        file.write_bytes(damage)
    elif damage == "truncate":
        file.write_bytes(file.read_bytes()[:5000])
    else:
        with sqlite3.connect(file) as database:
            database.execute("pragma user_version = 99" if damage == "version" else "drop table attempts")
        database.close()
    assert known(tmp_path) == expected
    assert known(tmp_path) == expected
    assert file.stat().st_size > 5000


def test_where_no_index_can_be_written_it_is_made_in_memory(tmp_path: Path) -> None:
    make(tmp_path, "1", result("x"))
    (tmp_path / "index.sqlite").mkdir()
    assert known(tmp_path) == [("1", "t/x--m", "passed")]


def test_an_index_that_somebody_holds_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path, "1", result("x"))
    known(tmp_path)
    make(tmp_path, "2", result("x"))
    holder = sqlite3.connect(tmp_path / "index.sqlite")
    holder.execute("begin exclusive")
    assert len(known(tmp_path, patience=0.05)) == 2
    holder.rollback()
    holder.close()
    assert len(known(tmp_path)) == 2


def test_two_that_begin_at_once_both_know_all(tmp_path: Path) -> None:
    for number in range(20):
        make(tmp_path, str(number), result("x"))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(known(tmp_path)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [20] * 6


def test_a_run_that_goes_on_is_read_again(tmp_path: Path) -> None:
    folder = make(tmp_path, "1", result("x"), begun=("y",), ended=None, process=name_of())
    assert known(tmp_path) == [("1", "t/x--m", "passed")]
    folder.task("t/y--m").write_result(result("y"), str)
    assert known(tmp_path) == [("1", "t/x--m", "passed"), ("1", "t/y--m", "passed")]


def test_a_killed_run_whose_workers_live_on_is_read_again(tmp_path: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = make(tmp_path, "1", begun=("x",), ended=None, process=GONE)
    Events(folder.path, "gw0").tell("began", "t/x--m", process=name_of(worker.pid))
    assert known(tmp_path) == []
    folder.task("t/x--m").write_result(result("x"), str)
    assert known(tmp_path) == [("1", "t/x--m", "passed")]
    worker.communicate()


@pytest.mark.parametrize(("workers", "ended", "crashes"), [(0, None, 1), (2, None, 0), (0, 9.0, 0)])
def test_who_was_in_the_middle_when_a_run_was_killed(
    tmp_path: Path, workers: int, ended: float | None, crashes: int
) -> None:
    """With workers it was the controller that was killed, and with an end it was Ctrl-C: neither was the task."""
    make(tmp_path, "1", result("x"), begun=("y",), ended=ended, process=GONE, workers=workers)
    (attempt,) = (one for one in Index(tmp_path).attempts() if one.slug == "t/y--m")
    assert attempt.ended > 0
    assert attempt == Attempt("1", "t/y--m", "unfinished", ended=attempt.ended, crashes=crashes, content=CONTENT)


def test_a_run_of_an_older_version_counts(tmp_path: Path) -> None:
    folder = make(tmp_path, "1", result("x"))
    (folder.path / "run.json").unlink()
    assert known(tmp_path) == known(tmp_path) == [("1", "t/x--m", "passed")]


def test_the_length_of_a_task_is_the_median_of_its_last_runs(tmp_path: Path) -> None:
    for number, seconds in enumerate((100.0, 1.0, 2.0, 3.0, 4.0, 50.0)):
        make(tmp_path, str(number), result("x", seconds=seconds), result("y", "error", seconds=9.0))
    make(tmp_path, "7", result("x", "failed", seconds=0.5, cassette="replayed"), result("z", resumed_from="1"))
    attempts = Index(tmp_path).attempts()
    assert expected_seconds(attempts, replayed=False) == {"t/x--m": 3.0}
    assert expected_seconds(attempts, replayed=True) == {"t/x--m": 0.5}
