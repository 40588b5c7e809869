"""Tasks that pytest-split has split over jobs: as the workflow of the docs does it, and what is seen of dead jobs."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.project import WRITES, Project
from tests.e2e.workflow import Workflow
from tests.provider import Provider

pytest.importorskip("pytest_split", reason="pytest-split is not installed")

PRESETS = GEMINI, LLAMA = "gemini-flash", "llama-3.3-8b"
LENGTHS = {"one": 10, "two": 60, "three": 20, "four": 50, "five": 30, "six": 40}

DIES = """
    import os, signal

    def pytest_runtest_call(item):
        if item.name == os.environ.get("DIES_IN"):
            os.kill(os.getpid(), signal.SIGKILL)
"""


def tasks(*more: str) -> str:
    checks = "checks: [{contains: {file: out.txt, text: '42'}}]"
    lines = (f"      - {{id: {name}, prompt: Write 42 into out.txt., {checks}}}\n" for name in (*LENGTHS, *more))
    return f"    tasks:\n{''.join(lines)}"


def lasted(project: Project, lengths: dict[str, int]) -> None:
    """Let the last run's tasks have taken as long as this."""
    for file in project.run_folder.rglob("result.json"):
        result = json.loads(file.read_text())
        file.write_text(json.dumps({**result, "seconds": lengths[result["unit"] or result["task"]], "wait_s": 0.0}))
    for file in (project.path / ".agenttasks").glob("index.sqlite*"):
        file.unlink()


@pytest.fixture
def workflow(project: Project, tmp_path: Path) -> Workflow:
    """Six tasks, recorded on two presets, that took 10 to 60 seconds."""
    project.write("tasks/work.yaml", tasks())
    project.write("conftest.py", DIES)
    with Provider(WRITES) as provider:
        project.models(provider, *PRESETS)
        presets = [f"--model-preset={preset}" for preset in PRESETS]
        project.record("tasks", "-n0", *presets).assert_outcomes(passed=12)
    lasted(project, LENGTHS)
    workflow = Workflow(project.path, tmp_path / "ci")
    workflow.place.mkdir()
    assert workflow._run("agenttasks durations", project.path) == 0
    shutil.rmtree(project.path / ".agenttasks")
    (project.path / "junit.xml").unlink()
    return workflow


def cases(text: str) -> dict[tuple[str, str], str]:
    """Preset and task → the element that says how it ended."""
    found = {}
    for case in ET.fromstring(text).iter("testcase"):
        properties = {p.get("name", ""): p.get("value", "") for p in case.iter("property")}
        kind = next((one.tag for one in case if one.tag in ("failure", "error")), "passed")
        found[properties["agenttasks.preset"], case.get("name", "")] = kind
    return found


def test_a_job_that_died_and_one_that_never_began_are_missing_and_never_passed(workflow: Workflow) -> None:
    # By the lengths: {two, one}, {four, three}, {six, five}.
    assert workflow.group(GEMINI, 1, workers=2) == 0
    assert workflow.group(GEMINI, 2, DIES_IN="three") == -signal.SIGKILL
    assert workflow.group(GEMINI, 3) == 0
    assert workflow.group(LLAMA, 1) == 0
    assert workflow.group(LLAMA, 2, workers=2) == 0

    codes = workflow.report()
    assert [code for code in codes.values() if code] == [1]
    assert [command for command, code in codes.items() if code] == [
        f"agenttasks report shards/{GEMINI} shards/{LLAMA} --fail-on any"
    ]
    lost = {(GEMINI, "four"), (GEMINI, "three"), (LLAMA, "six"), (LLAMA, "five")}
    told = cases(workflow.read("report.xml"))
    assert set(told) == {(preset, name) for preset in PRESETS for name in LENGTHS}
    assert {one for one, kind in told.items() if kind == "error"} == lost
    assert {kind for one, kind in told.items() if one not in lost} == {"passed"}
    _look_at_texts(workflow)
    _look_at_json(workflow, lost)

    assert workflow.group(GEMINI, 2, attempt=2) == 0
    assert workflow.group(LLAMA, 3, attempt=2) == 0
    assert set(workflow.report().values()) == {0}
    assert Counter(cases(workflow.read("report.xml")).values()) == {"passed": 12}
    assert "without a result" not in workflow.read("summary.md")
    durations = json.loads(workflow.read(".test_durations"))
    assert {name for name in LENGTHS if durations[f"tasks/work.yaml::{name}"] == LENGTHS[name]} == set()


def _look_at_texts(workflow: Workflow) -> None:
    log = workflow.read("log.txt")
    group = f"group 3 of 3 on {LLAMA}"
    assert f"! {group} left nothing: not begun, killed at once, or not uploaded; 2 tasks" in log
    assert re.search(
        rf"! run \S+ \(group 2 of 3 on {GEMINI}\) was killed after 0 of 2 tasks; unfinished: .*::three", log
    )
    assert f"missing  tasks/work.yaml::six on {LLAMA}: {group} left nothing" in log
    assert f"missing  tasks/work.yaml::three on {GEMINI}: was begun and not finished" in log
    assert f"missing  tasks/work.yaml::four on {GEMINI}: did not run" in log
    assert f"--fail-on any: {GEMINI}, {LLAMA}" not in log, "the labels are those of the folders"
    assert f"--fail-on any: shards/{GEMINI}, shards/{LLAMA}: 4 tasks missing\n" in log
    summary = workflow.read("summary.md")
    assert "8 passed, 4 missing" in summary
    assert f"- **missing** tasks/work.yaml::five on {LLAMA}: {group} left nothing" in summary
    assert group in workflow.read("report.html")


def _look_at_json(workflow: Workflow, lost: set[tuple[str, str]]) -> None:
    workflow._run("agenttasks report shards/ -o report.json", workflow.place / "report")
    (column,) = json.loads(workflow.read("report.json"))["columns"]
    missing = {(task["preset"], task["task"]) for task in column["tasks"] if task["status"] == "missing"}
    assert missing == lost
    states = Counter((run["state"], run["group"]) for run in column["runs"])
    assert states["absent", f"group 3 of 3 on {LLAMA}"] == 1
    assert states["killed", f"group 2 of 3 on {GEMINI}"] == 1
    assert len(states) == 6


@pytest.fixture
def small(project: Project) -> Project:
    """Six tasks that ask no model."""
    lines = (f"      - {{id: {name}, prompt: x, agent: nop, checks: [{{command: 'true'}}]}}\n" for name in LENGTHS)
    project.write("tasks/a.yaml", f"    tasks:\n{''.join(lines)}")
    return project


def facts(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.run_folder / "run.json").read_text())
    return found


def names(listed: list[dict[str, Any]]) -> list[str]:
    return [one["task"] for one in listed]


def test_what_a_machine_knows_of_earlier_runs_does_not_change_the_groups(small: Project) -> None:
    """Else a task could be in no group. The group is put into an order of start nevertheless."""
    small.pytest("tasks", "-n0").assert_outcomes(passed=6)
    lasted(small, LENGTHS)
    small.pytest("tasks", "-n2", "--splits=2", "--group=1").assert_outcomes(passed=3)
    first = facts(small)
    shutil.rmtree(small.path / ".agenttasks")
    small.pytest("tasks", "-n2", "--splits=2", "--group=2").assert_outcomes(passed=3)
    second = facts(small)
    assert (names(first["tasks"]), names(second["tasks"])) == (["two", "three", "one"], ["four", "five", "six"])
    assert (sorted(names(first["elsewhere"])), names(second["elsewhere"])) == (
        sorted(names(second["tasks"])),
        ["one", "two", "three"],
    )
    assert [(one["group"], one["splits"]) for one in (first, second)] == [(1, 2), (2, 2)]


def test_what_is_not_selected_belongs_to_no_group(small: Project) -> None:
    small.write("test_other.py", "    def test_other(): pass\n")
    arguments = ["tasks", "test_other.py", "-n0", "-k", "not six and not five", "--splits=2", "--group=2"]
    small.pytest(*arguments, "--agent-repeat=2", "--splitting-algorithm=least_duration")
    found = facts(small)
    trials = {f"{name}[trial{trial}]" for name in ("one", "two", "three", "four") for trial in (1, 2)}
    assert {*names(found["tasks"]), *names(found["elsewhere"])} == trials
    assert not {*names(found["tasks"])} & {*names(found["elsewhere"])}
    small.pytest("tasks", "-n0", "-k", "six").assert_outcomes(passed=1)
    assert (facts(small)["splits"], facts(small)["elsewhere"]) == (0, None)


def test_a_broken_file_is_not_passed_over(small: Project, capfd: pytest.CaptureFixture[str]) -> None:
    from pytest_agenttasks.cli import main

    small.write("tasks/b.yaml", "    tasks: [{id: broken}]\n")
    assert small.pytest("tasks", "-n0", "--splits=1", "--group=1").ret == 1
    capfd.readouterr()
    assert main(["report", "--fail-on=missing"]) == 0
    assert main(["report", "--fail-on=any"]) == 1
    out, err = capfd.readouterr()
    assert "(group 1 of 1) ended with exit code 1, though all of its tasks passed: a task file is broken" in out
    assert re.fullmatch(r"--fail-on any: (\S+): run \1 ended with exit code 1\n", err)
