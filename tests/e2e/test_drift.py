"""Drift as a user meets it, and what agents do that makes replays hard: threads, compaction, swallowed errors."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading

import pytest

from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project, plays, tool
from tests.provider import Answer, Asked, Provider, completion

AGENTS = """
    import os
    from concurrent.futures import ThreadPoolExecutor

    def ask(session, *texts):
        roles = ("user", "assistant") * len(texts)
        messages = [{"role": role, "content": text} for role, text in zip(roles, texts)]
        return session.complete(messages).message["content"]

    def threads(task, workspace, session, limits):
        \"\"\"Eight at once ask the same, and go on with what they got.\"\"\"
        def one(_):
            first = ask(session, task.prompt)
            return first, ask(session, task.prompt, first, "and?")
        with ThreadPoolExecutor(8) as pool:
            said = sorted(pool.map(one, range(8)))
        (workspace.path / "out.txt").write_text(repr(said))
        return repr(said)

    def compacts(task, workspace, session, limits):
        \"\"\"Every third turn it goes on with a summary of its own.\"\"\"
        texts = [task.prompt]
        for turn in range(9):
            texts += [ask(session, *texts), f"turn {turn}"]
            if turn % 3 == 2:
                texts = [f"so far: {texts[-2]}"]
        (workspace.path / "out.txt").write_text(texts[0])
        return texts[0]

    def swallows(task, workspace, session, limits):
        (workspace.path / "out.txt").write_text("done")
        try:
            ask(session, os.environ["WHAT"])
        except Exception:
            return "never mind"

    def asks_less(task, workspace, session, limits):
        (workspace.path / "out.txt").write_text("done")
        for number in range(int(os.environ["TIMES"])):
            ask(session, f"number {number}")
"""

TASKS = "tasks:\n" + "".join(
    f'- {{id: {name}, agent: "my_agents:{name}", prompt: Do it., checks: [{{files: out.txt}}]}}\n'
    for name in ("threads", "compacts", "swallows", "asks_less")
)


def test_threads_compaction_swallowed_errors_and_an_unplayed_rest(project: Project) -> None:
    project.write("my_agents.py", AGENTS)
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.write("tasks/t.yaml", TASKS)
    count, lock = itertools.count(), threading.Lock()

    def answer(asked: Asked) -> Answer:
        with lock:
            return completion(f"answer {next(count)}", model=asked.body["model"])

    project.setenv("WHAT", "the weather")
    project.setenv("TIMES", "5")
    with Provider(answer) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=4)
    recorded = project.results()
    project.setenv("WHAT", "the tide")
    project.setenv("TIMES", "2")
    result = project.pytest("tasks")
    result.assert_outcomes(passed=3, errors=1)
    replayed = project.results()
    assert (replayed["threads"]["calls"], replayed["compacts"]["calls"]) == (16, 9)
    for name in ("threads", "compacts"):
        assert replayed[name]["answer"] == recorded[name]["answer"]
        assert (replayed[name]["unplayed"], replayed[name]["environment_drift"]) == (0, [])
    assert len(set(recorded["threads"]["answer"].split("answer "))) >= 16
    assert replayed["swallows"]["outcome"] == "error"
    assert "message 1 (user) differs from the recorded one" in replayed["swallows"]["reason"]
    assert replayed["asks_less"]["unplayed"] == 3
    result.stdout.fnmatch_lines(["*tasks/t.yaml::asks_less: 3 recorded answers were not asked for"])


LOOKS = plays(
    [tool("bash", command="echo build $RANDOM of shop"), tool("read_file", path="note.txt")],
    [tool("write_file", path="out.txt", content="42")],
    [tool("finish", answer="x")],
)

NORMALISE = """
    import pytest

    @pytest.fixture(scope="session")
    def agent_normalise():
        return {"build": (r"build \\d+ of (\\w+)", r"build <n> of \\1")}
"""


def test_patterns_of_a_project_and_causes_that_are_told(project: Project) -> None:
    task = ONE_TASK + "    workspace: {from: ../src}\n"
    project.write("src/note.txt", "one")
    project.write("tasks/answer.yaml", task)
    project.write("conftest.py", NORMALISE)
    with Provider(LOOKS) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=1)
    (name,) = project.cassettes()
    assert "build <n> of shop" in (project.path / "cassettes" / name).read_text()
    project.pytest("tasks", "--agent-drift=strict", "--agent-isolation=none").assert_outcomes(passed=1)

    project.write("src/note.txt", "two")
    result = project.pytest("tasks")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*output of read_file `note.txt` (message 5) differs: *; the workspace begins with*"])

    project.write("tasks/answer.yaml", task.replace("42 into", "43 into"))
    result = project.pytest("tasks")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["  cause: the task file: the prompt is another one"])

    project.write("conftest.py", NORMALISE.replace('{"build": (', '{"build": (1, '))
    project.pytest("tasks").assert_outcomes(errors=1)
    assert "agent_normalise must give a mapping of names to pairs" in project.case().message


@pytest.mark.parametrize(("how", "call"), [(signal.SIGINT, 1), (signal.SIGKILL, 2)])
def test_a_recording_that_is_interrupted_leaves_the_good_one(project: Project, how: signal.Signals, call: int) -> None:
    """At its first call, and at its last."""
    project.write("tasks/answer.yaml", ONE_TASK)
    running: list[subprocess.Popen[bytes]] = []
    asked: list[Asked] = []

    def answer(one: Asked) -> Answer:
        asked.append(one)
        if running and len(asked) == call:
            running[0].send_signal(how)
            running[0].wait(60)
        return WRITES(one)

    with Provider(answer) as provider:
        project.models(provider)
        cassette = project.write("cassettes/tasks/answer/answer--m.yaml", "the good one")
        command = [sys.executable, "-P", "-m", "pytest", "tasks", "--agent-cassettes=record", *LIVE]
        running.append(
            subprocess.Popen(command, cwd=project.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        running[0].wait(120)
    assert len(asked) >= call
    assert project.cassettes() == ["tasks/answer/answer--m.yaml"]
    assert cassette.read_text() == "the good one"
