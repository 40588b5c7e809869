"""In which order tasks start, in one process and under xdist."""

from __future__ import annotations

import json

import pytest

from tests.e2e.project import Project

NOTES = """
    import os

    def pytest_runtest_setup(item):
        with open("started-" + os.environ.get("PYTEST_XDIST_WORKER", "main"), "a") as file:
            print(item.name, file=file)
"""
LENGTHS = {"one": 10, "two": 60, "three": 20, "four": 50, "five": 30, "six": 40}


@pytest.fixture
def timed(project: Project) -> Project:
    """Six tasks that took 10 to 60 seconds in an earlier run, as its results say now; what starts is noted."""
    tasks = "".join(
        f"      - {{id: {name}, prompt: x, agent: nop, checks: [{{command: 'true'}}]}}\n" for name in LENGTHS
    )
    project.write("tasks/a.yaml", f"    tasks:\n{tasks}")
    project.write("conftest.py", NOTES)
    project.pytest("tasks", "-n0").assert_outcomes(passed=6)
    for file in project.run_folder.rglob("result.json"):
        result = json.loads(file.read_text())
        file.write_text(json.dumps({**result, "seconds": LENGTHS[result["task"]]}))
    for file in (project.path / ".agenttasks").glob("index.sqlite*"):
        file.unlink()
    started(project)
    return project


def started(project: Project) -> dict[str, list[str]]:
    """Worker → names of what it has started, in order, since this was asked last."""
    files = sorted(project.path.glob("started-*"))
    found = {file.name.removeprefix("started-"): file.read_text().split() for file in files}
    for file in files:
        file.unlink()
    return found


def test_workers_begin_with_the_longest_and_go_on_with_the_shortest(timed: Project) -> None:
    timed.pytest("tasks", "-n2").assert_outcomes(passed=6)
    found = started(timed)
    assert sorted(names[:2] for names in found.values()) == [["four", "three"], ["two", "one"]]
    assert sorted(names for several in found.values() for names in several) == sorted(LENGTHS)


def test_only_what_is_selected_is_dealt(timed: Project) -> None:
    timed.pytest("tasks", "-n2", "-k", "not two and not three").assert_outcomes(passed=4)
    assert sorted(started(timed).values()) == [["four", "one"], ["six", "five"]]


@pytest.mark.parametrize("form", [["-n0"], ["-n1"], ["-n2", "--dist=loadfile"], ["-p", "no:xdist"]], ids=" ".join)
def test_where_workers_do_not_share_a_list_tasks_start_as_listed(timed: Project, form: list[str]) -> None:
    timed.pytest("tasks", *form).assert_outcomes(passed=6)
    (names,) = started(timed).values()
    assert names == list(LENGTHS)


def test_the_order_of_the_file_can_be_asked_for(timed: Project) -> None:
    timed.write("pytest.ini", "[pytest]\nagenttasks_order = file\n")
    timed.pytest("tasks", "-n2").assert_outcomes(passed=6)
    # each begins with one of the first two: a worker is dealt two at once
    assert sorted(names[:2] for names in started(timed).values()) == [["one", "three"], ["two", "four"]]


def test_similar_ones_start_together(project: Project) -> None:
    project.write("conftest.py", NOTES)
    kinds = {"a1": "a", "b1": "b", "a2": "a", "b2": "b"}
    tasks = "".join(
        f"      - {{id: {name}, category: {kind}, prompt: x, agent: nop}}\n" for name, kind in kinds.items()
    )
    first = "      - {id: now, priority: high, prompt: x, agent: nop, workspace: {files: {a: b}}}\n"
    project.write("tasks/a.yaml", f"    tasks:\n{tasks}{first}")
    project.pytest("tasks", "-n0")
    assert started(project) == {"main": ["now", "a1", "a2", "b1", "b2"]}
    project.write("pytest.ini", "[pytest]\nagenttasks_order = file\n")
    project.pytest("tasks", "-n0")
    assert started(project) == {"main": ["now", "a1", "b1", "a2", "b2"]}


def test_what_failed_starts_first_where_that_is_asked_for(timed: Project) -> None:
    file = timed.path / "tasks/a.yaml"
    before, three, after = file.read_text().partition("id: three")
    file.write_text(before + three + after.replace("'true'", "'false'", 1))
    timed.pytest("tasks", "-n2").assert_outcomes(passed=5, failed=1)
    started(timed)
    timed.pytest("tasks", "--ff", "-n0").assert_outcomes(passed=5, failed=1)
    assert started(timed)["main"][0] == "three"
    timed.pytest("tasks", "--ff", "-n2").assert_outcomes(passed=5, failed=1)
    assert "three" in [names[0] for names in started(timed).values()]


def test_an_unknown_order_is_refused(timed: Project) -> None:
    timed.write("pytest.ini", "[pytest]\nagenttasks_order = random\n")
    result = timed.pytest("tasks")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*agenttasks_order = random: expected one of expected, file"])
