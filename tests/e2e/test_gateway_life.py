"""The gateway of a run: killed, broken, shared, of somebody else."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project, gateway, turn_of
from tests.provider import Answer, Asked, Provider


def gateways_of(folder: Path) -> list[int]:
    """Process ids of gateways whose log lies in this project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"pytest_agenttasks.gateway" in line and str(folder).encode() in line:
            found.append(int(process.name))
    return found


def test_a_gateway_killed_in_the_middle_of_an_answer_costs_no_task(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK.replace("id: answer", "id: answer\n    repeat: 2"))
    killed = threading.Event()

    def answer(asked: Asked) -> Answer:
        if turn_of(asked) == 1 and not killed.is_set():
            killed.set()
            for pid in gateways_of(project.path):
                os.kill(pid, signal.SIGKILL)
        return WRITES(asked)

    with Provider(answer) as provider:
        project.models(provider)
        project.live("tasks", "-n2").assert_outcomes(passed=2)
    assert killed.is_set()
    assert gateways_of(project.path) == []


def test_litellm_that_cannot_be_imported_is_one_clear_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    project.write("broken/litellm/__init__.py", "raise ImportError('tokenizers is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(project.path / "broken"))
    with Provider(WRITES) as provider:
        project.models(provider)
        project.live("tasks").assert_outcomes(errors=1)
    assert "litellm" in project.case().message
    assert "tokenizers is broken" in project.case().message


def test_live_work_without_a_sandbox_must_be_asked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tasks/answer.yaml", "prompt: x\n")
    folder = project.path / "bin"
    folder.mkdir()
    (folder / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with gateway(Answer(200, {})) as played:
        result = project.live_at(played, "tasks")
        assert result.ret == 4
        assert "--agent-isolation=none" in result.stderr.str()
        assert "uid map" in result.stderr.str()
        assert played.asked == []
        project.live_at(played, "tasks", "-o", "agenttasks_isolation=none").assert_outcomes(passed=1)
        assert played.asked


def test_two_runs_at_once_do_not_mix(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(WRITES) as provider:
        project.models(provider)
        results: list[pytest.RunResult] = []
        runs = [threading.Thread(target=lambda: results.append(project.record("tasks"))) for _ in range(2)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    assert [result.ret for result in results] == [0, 0]
    assert len(list((project.path / ".agenttasks/runs").glob("2*"))) == 2
    project.pytest("tasks").assert_outcomes(passed=1)


def test_a_gateway_of_somebody_else_needs_its_token(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    arguments = ("--agent-cassettes=live", *LIVE, "--agent-gateway=http://127.0.0.1:9")
    result = project.pytest("tasks", *arguments)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: --agent-gateway needs the gateway's token in the variable AGENTTASKS_GATEWAY_TOKEN"]
    )
    monkeypatch.setenv("AGENTTASKS_GATEWAY_TOKEN", "wrong")
    result = project.pytest("tasks", *arguments)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: the gateway at http://127.0.0.1:9 does not answer *"])


@pytest.mark.parametrize(
    "url", ["gw.example:4100", "http://", "http://host:99999", "ftp://host", "http://host/v1", "http://u:p@host"]
)
def test_a_gateway_that_is_no_url_gets_no_token(project: Project, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    monkeypatch.setenv("AGENTTASKS_GATEWAY_TOKEN", "secret")
    result = project.pytest("tasks", "--agent-cassettes=live", *LIVE, f"--agent-gateway={url}")
    assert result.ret == 4
    assert f"--agent-gateway {url}: expected http://HOST:PORT" in result.stderr.str()
