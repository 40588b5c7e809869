"""`agenttasks monitor` beside real runs: one that goes on, one that was killed, one that is over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks import cli
from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project, tool
from tests.provider import Answer, Asked, Provider, completion
from tests.terminal import Terminal

MONITOR = (str(Path(sys.executable).with_name("agenttasks")), "monitor")
PYTEST = (sys.executable, "-P", "-m", "pytest")


def has(*words: str) -> Callable[[list[str]], bool]:
    return lambda rows: all(any(word in row for row in rows) for word in words)


def test_a_live_run_is_watched_to_its_end(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The first model is limited, the second one holds its answer until the monitor has been looked at."""
    seen = threading.Event()

    def answer(asked: Asked) -> Answer:
        if "first" in asked.body["model"]:
            return Answer(429, {"error": {"message": "slow down", "code": 429}}, {"retry-after": "300"})
        seen.wait(60)
        return WRITES(asked)

    project.write("tasks/answer.yaml", ONE_TASK)
    project.write("tasks/other.yaml", "prompt: x\nagent: nop\nchecks: [{contains: {file: no.txt, text: x}}]\n")
    with Provider(answer) as provider:
        project.models(provider, "first", "second")
        with Terminal([*PYTEST, "tasks", "--agent-cassettes=live", *LIVE, "-n2"], project.path) as run:
            run.until(lambda rows: "1 running" in rows[-1])
            with Terminal(MONITOR, project.path, columns=100) as monitor:
                rows = monitor.until(has("call 1", "left alone", "first  rate_limited  for ", "1 call with providers"))
                assert has("1/2 done: 1 failed", "failed  other.yaml::other  contains: ", "running: 1")(rows)
                told = json_of(project, capsys)
                seen.set()
                assert run.end() == 1
                assert monitor.end() == 0
                assert has("ended after", "2/2 done: 1 passed, 1 failed", "exit code 1")(monitor.rows)
    assert (told["state"], told["tasks"], told["done"], told["outcomes"]) == ("running", 2, 1, {"failed": 1})
    (running,) = told["running"]
    assert (running["task"], running["phase"], running["call"]) == ("tasks/answer.yaml::answer", "agent", 1)
    assert [one["preset"] for one in told["gateway"]["cooldowns"]] == ["first"]
    assert told["gateway"]["in_flight"] == 1
    ended = json_of(project, capsys)
    assert (ended["state"], ended["exit_code"], ended["calls"], ended["cost_usd"]) == ("ended", 1, 2, 0)
    assert ended["gateway"] is None


def json_of(project: Project, capsys: pytest.CaptureFixture[str]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.path / "tasks")  # a folder inside of the project will do
        assert cli.main(["monitor", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_ctrl_c_leaves_the_monitor_and_not_the_run(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """And a run that is killed is told as such, with what was in the middle."""
    tasks = "".join(f"  - {{id: {name}, prompt: x, agent: nop}}\n" for name in ("cut", "waits"))
    project.write("tasks/many.yaml", f"tasks:\n{tasks}")
    project.write("conftest.py", "def pytest_runtest_call(item):\n    open('gate').read()\n")
    os.mkfifo(project.path / "gate")
    with Terminal([*PYTEST, "tasks", "-p", "no:xdist"], project.path) as run:
        run.until(lambda rows: "1 running" in rows[-1])
        with Terminal(MONITOR, project.path) as monitor:
            rows = monitor.until(has("running: 1", "many.yaml::cut", "time left: –"))
            assert "many.yaml::cut" in next(row for row in rows if row.startswith("main"))
            monitor.type("\x03")
            assert monitor.end() == 0
            assert has("running for", "running: 1")(monitor.rows)
        with Terminal(MONITOR, project.path) as monitor:
            monitor.until(has("running: 1"))
            os.kill(run.pid, signal.SIGKILL)
            run.end()
            assert monitor.end() == 0
            assert has("killed, last seen", "in the middle when it ended: 1", "1 task did not run")(monitor.rows)
    assert json_of(project, capsys)["state"] == "killed"


def test_a_run_that_is_over_is_printed_once(project: Project) -> None:
    project.write("tasks/many.yaml", "tasks:\n  - {id: a, prompt: x, agent: nop}\n")
    project.pytest("tasks").assert_outcomes(passed=1)
    with Terminal(MONITOR, project.path) as monitor:
        assert monitor.end() == 0
        assert has("1/1 done: 1 passed", "ended after")(monitor.rows)
    plain = monitored(project)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "1/1 done: 1 passed" in plain.stdout
    assert "\x1b" not in plain.stdout
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert monitored(project, **ascii_only).returncode == 0
    name = project.run_folder.readlink().name
    for named in (name, name[:-2], f".agenttasks/runs/{name}", "latest"):
        assert name in monitored(project, named).stdout


def monitored(project: Project, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MONITOR, *arguments],
        cwd=project.path,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_no_run_is_told_in_a_line(project: Project) -> None:
    none = monitored(project)
    assert (none.returncode, none.stdout) == (2, "")
    assert "there are no runs in" in none.stderr
    (project.path / "some").mkdir()
    other = monitored(project, "./some")
    assert (other.returncode, len(other.stderr.splitlines())) == (2, 1)
    assert "is no run: there is neither a run.json nor a result in it" in other.stderr
    shutil.rmtree(project.path / "some")
    assert "there is no folder" in monitored(project, "./some").stderr


def test_a_gateway_of_somebody_elses_is_asked_too_and_asks_no_provider_for_it(project: Project) -> None:
    """Its only call is answered when it has been asked how it stands and what it does."""
    asked_twice, questions = threading.Event(), []
    pool = {"what": "free models of K", "presets": ["m"], "left": 12, "limit": 50, "resets_in": 60, "source": "x"}
    blocked = {"m": {"reason": "rate_limited", "resets_in": 30}}
    finish = completion(None, tool_calls=[tool("finish", answer="x")])

    def answer(asked: Asked) -> Answer:
        if not asked.path.endswith("/standing"):
            asked_twice.wait(60)
            return finish
        questions.append(asked.body.get("ask_providers", True))
        return Answer(200, {"where": "", "trouble": [], "pools": [pool], "blocked": blocked})

    def look_up(asked: Asked) -> Answer:
        if asked.path == "/health" and len(questions) > 2:
            asked_twice.set()
        return Answer(200, {"trouble": ["no disk"], "in_flight": 1, "waiting": 0, "data": []})

    project.write("tasks/answer.yaml", "prompt: x\n")
    with Provider(answer, look_up=look_up) as other:
        project.models(other, "m")
        project.live_at(other, "tasks", *LIVE).assert_outcomes(passed=1)
    assert questions[:3] == [True, False, False], "the preflight, then two looks"
    told = json.loads((project.run_folder / "gateway.json").read_text())
    assert (told["in_flight"], told["trouble"], told["quotas"][0]["left"]) == (1, ["no disk"], 12)
    assert told["cooldowns"][0]["preset"] == "m"


def test_a_replay_asks_nobody(project: Project) -> None:
    project.recorded()
    project.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
    with Provider(lambda _: Answer(500)) as other:
        url = other.base.removesuffix("/api/v1")
        project.pytest("tasks", f"--agent-gateway={url}").assert_outcomes(passed=1)
        assert other.asked == other.looked_up == []
    assert not (project.run_folder / "gateway.json").exists()
