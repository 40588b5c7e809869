"""Tasks that come with the project, replayed in a copy of it at another path.

A replay really does what the model asked for, and the checks of a shipped task run tests and measure coverage: four of
them do here; `.ci/run` replays all.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_agenttasks.spec import load_tasks
from tests.e2e.project import Project

ROOT = Path(__file__).parents[2]
FOUR = ("tasks/simple_code.yaml", "tasks/documentation.yaml::csv-format")


@pytest.fixture
def shipped(project: Project) -> Project:
    """A copy of the tasks, their cassettes, what they work on, and the models."""
    for name in ("tasks", "cassettes", "examples"):
        shutil.copytree(ROOT / name, project.path / name)
    shutil.copy(ROOT / "models.yaml", project.path)
    return project


def test_breaking_one_expected_line_fails_that_task_and_nothing_else(shipped: Project) -> None:
    file = shipped.path / "tasks/simple_code.yaml"
    before, _, after = file.read_text().rpartition("min_passed: 69")
    file.write_text(f"{before}min_passed: 690{after}")
    result = shipped.pytest(*FOUR, "-n2")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["agent tasks: 4 replayed · *", "pytest: * tests pass, 690 needed*", "*1 mixed: *"])
    assert shipped.case("slug-length").outcome == "failure"
    served = shipped.results()["csv-format"]["served"]
    assert len(served) == 2, "its recording met a real 429 and went on with another model"


def test_the_other_preset_replays_without_sandbox_and_xdist(shipped: Project) -> None:
    result = shipped.pytest(
        *FOUR, "-p", "no:xdist", "--agent-isolation=none", "--agent-drift=strict", "--model-preset=llama-3.3-8b"
    )
    result.assert_outcomes(passed=4)


def test_every_cassette_says_that_no_real_model_was_asked() -> None:
    files = sorted((ROOT / "cassettes").rglob("*.yaml"))
    assert len(files) == 2 * sum(len(load_tasks(path)) for path in (ROOT / "tasks").glob("*.yaml"))
    for file in files:
        assert "scripted provider" in file.read_text().partition("calls:")[0], file
