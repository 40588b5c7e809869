"""Whatever is killed and when: the next runs take up what is left, and in the end it is as if nothing had been."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_agenttasks.runs import find_run, read_run, read_transcript, runs_in
from tests.e2e.killing import PATIENCE, TASK_FILE, TASKS, Killer, Model
from tests.e2e.project import KEY, LIVE, ONE_TASK, WRITES, Project, turn_of
from tests.provider import Answer, Asked, Provider

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")

# Twenty with three seeds were run by hand; each costs about five seconds.
KILLS = int(os.environ.get("AGENTTASKS_TEST_KILLS", "6"))
SEED = int(os.environ.get("AGENTTASKS_TEST_SEED", "1"))

STARTING = "gateway_bootstrap.py"
"""Where execnet fails, and xdist with it, if a worker is killed in the moment in which it starts."""

SAME = ("outcome", "calls", "prompt_tokens", "completion_tokens", "served", "purity", "steps", "changed", "stopped")
"""What a task's result says that does not depend on when and how often it was tried."""


@pytest.fixture
def project_of_many(project: Project) -> Iterator[tuple[Project, Model]]:
    model = Model()
    project.write("tasks/many.yaml", TASK_FILE)
    with Provider(model) as provider:
        project.models(provider)
        yield project, model


def told(project: Project) -> dict[str, dict[str, Any]]:
    return {name: {key: one[key] for key in SAME} for name, one in project.results().items()}


def test_a_run_that_is_killed_at_random_ends_as_one_that_was_left_alone(
    project_of_many: tuple[Project, Model], record_property: Callable[[str, object], None]
) -> None:
    project, model = project_of_many
    killer = Killer(project, model, SEED, KILLS)
    killer.run_to_the_end()
    record_property("killed", f"{killer.killed} in {len(killer.outputs)} runs with {len(model.asked)} requests")
    assert len(killer.killed) == KILLS
    assert killer.done_again == []
    told_badly = [output for output in killer.outputs if "INTERNALERROR" in output or "Traceback" in output]
    assert [output for output in told_badly if STARTING not in output] == []

    _no_task_is_blamed_for_the_end_of_its_run(project)
    killed = told(project)
    assert len(killed) == TASKS
    assert sum(not one["resumed_from"] for one in project.results().values()) < TASKS
    _nothing_is_left_half_done(project)

    project.live("tasks", "-n2").assert_outcomes(passed=TASKS)
    assert killed == told(project)


def _no_task_is_blamed_for_the_end_of_its_run(project: Project) -> None:
    """Workers live on for a moment when their controller is killed, and the gateway does not."""
    runs = [run for run in map(read_run, runs_in(project.path / ".agenttasks")) if run.state == "killed"]
    assert runs
    assert [result.reason for run in runs for result in run.results if "ConnectionRefused" in result.reason] == []


def _nothing_is_left_half_done(project: Project) -> None:
    """Every result is whole, the index agrees with the folders, and only killed runs may have a temporary file left."""
    base = project.path / ".agenttasks"
    killed = {run.path for run in map(read_run, runs_in(base)) if run.state == "killed"}
    assert [str(file) for file in base.rglob(".*.tmp") if not killed.intersection(file.parents)] == []
    assert [run.damaged for run in map(read_run, runs_in(base)) if run.damaged] == []
    rows = sqlite3.connect(base / "index.sqlite").execute("select run, slug from attempts where outcome = 'passed'")
    there = {
        (run.id, result.slug)
        for run in map(read_run, runs_in(base)[:-1])
        for result in run.results
        if result.outcome == "passed" and not result.resumed_from
    }
    assert set(rows) == there
    assert json.loads((project.run_folder / "run.json").read_text())["exit_code"] == 0


def test_of_a_task_that_was_cut_off_its_calls_are_there(project: Project) -> None:
    """The run is killed while the model thinks about its second answer."""
    project.write("tasks/answer.yaml", ONE_TASK)
    runs: list[subprocess.Popen[bytes]] = []
    thinking = threading.Event()

    def answer(asked: Asked) -> Answer:
        if turn_of(asked) and len(runs) == 1:
            thinking.set()
            runs[0].wait()
        return WRITES(asked)

    with Provider(answer) as provider:
        project.models(provider)
        command = [sys.executable, "-P", "-m", "pytest", "tasks", "-n0", "--agent-cassettes=live", *LIVE]
        runs.append(subprocess.Popen(command, cwd=project.path))
        assert thinking.wait(PATIENCE)
        runs[0].kill()
        runs[0].wait()

        run = read_run(find_run(project.path / ".agenttasks"))
        assert run.state == "killed"
        assert [task.task for task in run.unfinished] == ["answer"]
        (call,) = read_transcript(run.path / run.unfinished[0].slug)
        assert "Write 42 into out.txt." in call.messages[-1]["content"]
        assert call.answer["tool_calls"][0]["function"]["name"] == "write_file"
        assert KEY not in (run.path / run.unfinished[0].slug / "transcript.jsonl").read_text()

        runs.append(runs[0])
        project.live("tasks", "-n0", "--agent-resume").assert_outcomes(passed=1)
    assert not list(project.run_folder.rglob("transcript.jsonl"))
