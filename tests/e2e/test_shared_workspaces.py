"""The tasks of a run build what they all begin with once, whichever worker does them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_agenttasks.workspace import probe_bubblewrap
from tests.e2e.project import Project

TASKS = """
    defaults:
      agent: oracle
      workspace: {setup: ["cat /proc/sys/kernel/random/uuid > number"]}
      artifacts: [number]
      checks: [{command: "test $(wc -l < log) = 1"}]
    tasks:
      - {id: a, prompt: x, solution: date >> log}
      - {id: b, prompt: x, solution: date >> log}
      - {id: c, prompt: x, solution: date >> log}
      - {id: d, prompt: x, solution: date >> log}
      - {id: other, prompt: x, solution: date >> log, workspace: {files: {other: ""}}}
"""


@pytest.fixture
def shop(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with four tasks of the same workspace and one of another."""
    project.write("tasks/a.yaml", TASKS)
    project.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
    return project


def numbers(project: Project) -> dict[str, str]:
    """Task → what its setup left."""
    return {file.parents[1].name[:1]: file.read_text() for file in project.run_folder.rglob("number")}


@pytest.mark.parametrize("form", ["-n2", "-n0"])
def test_a_setup_runs_once_for_all_tasks_of_a_run(shop: Project, form: str) -> None:
    if probe_bubblewrap() is not None:
        pytest.skip("needs the sandbox")
    shop.pytest("tasks", form).assert_outcomes(passed=5)
    found = numbers(shop)
    assert len(found) == 5
    assert found["a"] == found["b"] == found["c"] == found["d"] != found["o"]
    shop.pytest("tasks/a.yaml::a", "tasks/a.yaml::other", form).assert_outcomes(passed=2)
    assert numbers(shop)["a"] != found["a"]
    assert list(Path(os.environ["TMPDIR"]).glob("agenttasks-*")) == []


def test_without_a_sandbox_each_task_has_its_own(shop: Project) -> None:
    shop.pytest("tasks", "-n0", "--agent-isolation=none").assert_outcomes(passed=5)
    assert len(set(numbers(shop).values())) == 5
