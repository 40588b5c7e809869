"""`agenttasks durations`: the file that pytest-split reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_agenttasks.cli import main
from tests.collect.timed import run, took


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, the current folder, with two live runs and a replay before them."""
    base = tmp_path / ".agenttasks"
    run(base, 1, took("a", 0.5, cassette="replayed"))
    run(base, 2, took("a", 10), took("größe Δ", 20))
    run(base, 3, took("a", 30))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(file: Path) -> dict[str, float]:
    """As pytest-split reads it."""
    found: dict[str, float] = json.loads(file.read_text("ascii"))
    return found


def test_all_runs_of_the_project_or_those_that_are_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["durations"]) == 0
    assert capsys.readouterr().out == (
        ".test_durations: 2 tasks, as long as in work for which models were asked; results of replays left out: 1\n"
    )
    assert written(project / ".test_durations") == {"tasks/t.yaml::a": 20.0, "tasks/t.yaml::größe Δ": 20.0}
    assert main(["durations", "20261101-100001", "-o", "replays"]) == 0
    assert capsys.readouterr().out == "replays: 1 task, as long as in replays\n"
    assert written(project / "replays") == {"tasks/t.yaml::a": 0.5}


def test_what_the_file_has_of_other_tests_stays(project: Path) -> None:
    (project / ".test_durations").write_text('{"test_other.py::test_it": 3.5, "tasks/t.yaml::a": 1e6}')
    assert main(["durations", ".agenttasks/runs/20261101-100003-aaaa"]) == 0
    assert written(project / ".test_durations") == {"test_other.py::test_it": 3.5, "tasks/t.yaml::a": 30.0}


REFUSED = {
    "nothing": "there is no run 'nothing'; the latest ones: ",
    "no/such/": "there is no folder no/such",
    "empty": "no task passed or failed in empty, so that nothing tells how long they take",
    "-o text": "text is no file of pytest-split: expected a JSON object, seconds by test",
    "-o list": "list is no file of pytest-split",
    "-o words": "words is no file of pytest-split",
    "-o deep": "deep is no file of pytest-split",
    "-o .agenttasks": ".agenttasks cannot be read: Is a directory",
    "-o no/such": "no/such cannot be written: No such file or directory",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_told_in_a_line(
    arguments: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"text": "key: 1", "list": '[["a", 1]]', "words": '{"a": "long"}', "deep": "[" * 100_000}
    for name, text in files.items():
        (project / name).write_text(text)
    run(project / "empty", 4, took("a", 1, "error"))
    assert main(["durations", *arguments.split()]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"agenttasks: {REFUSED[arguments]}")
    assert told.count("\n") == 1
    assert {name: (project / name).read_text() for name in files} == files


def test_a_project_without_runs_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["durations"]) == 2
    assert (
        capsys.readouterr().err == "agenttasks: there are no runs in .agenttasks/runs; run pytest on your tasks first\n"
    )
