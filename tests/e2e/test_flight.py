"""`--agents-in-flight`: agents work ahead of their tasks' turns, and everything else is as it ever was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.runs import EventReader
from pytest_agenttasks.workspace import probe_bubblewrap
from tests.e2e.killing import PATIENCE, below, wait_for_end
from tests.e2e.project import LIVE, Project, tool, turn_of
from tests.e2e.test_programs import PROGRAM
from tests.models.answers import answered, unanswered
from tests.provider import Answer, Asked, Json, Provider


class Models:
    """A gateway that somebody else runs. It gives the first answer to all of some tasks once all of them ask.

    Attributes:
        asked: tasks, by the words of their prompts behind "do", once for each call.
        special: for a task: its turns, in place of writing a file and finishing.
    """

    def __init__(self, *together: int) -> None:
        """So many tasks ask at once, then so many others, and so on."""
        self.asked: list[str] = []
        self.special: dict[str, Callable[[Asked], Answer]] = {}
        self._together = list(together)
        self._gate = threading.Barrier(self._together.pop(0), self._next) if together else None
        self.over = threading.Event()

    def __call__(self, asked: Asked) -> Answer:
        """Answer one call."""
        if not asked.path.endswith("/completions"):
            return Answer(200, {})
        told = next(message["content"] for message in asked.body["messages"] if message["role"] == "user")
        task = told.removeprefix("do ")
        self.asked.append(task)
        gate = self._gate
        if turn_of(asked) == 0 and gate is not None and "alone" not in task:
            gate.wait(PATIENCE)
        return self.special.get(task, _works)(asked)

    def never(self, _: Asked) -> Answer:
        """Do not answer as long as the test lasts."""
        self.over.wait()
        return Answer(hang_up=True)

    def _next(self) -> None:
        self._gate = threading.Barrier(self._together.pop(0), self._next) if self._together else None


def takes(*turns: list[Json]) -> Callable[[Asked], Answer]:
    """A model that uses these tools, turn by turn."""

    def answer(asked: Asked) -> Answer:
        calls = turns[min(turn_of(asked), len(turns) - 1)]
        return Answer(200, answered(None, calls=calls, served="openrouter/test/m:free").body)

    return answer


_works = takes([tool("bash", command="basename $PWD > out.txt")], [tool("finish", answer="done")])


@pytest.fixture
def flown(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Models], Provider]]:
    """Begins a provider whose models are asked in the runs of the project."""
    project.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
    begun: list[tuple[Models, Provider]] = []

    def fly(models: Models) -> Provider:
        provider = Provider(models, look_up=lambda _: Answer(200, {"data": []}))
        provider.__enter__()
        project.models(provider)
        begun.append((models, provider))
        return provider

    yield fly
    for models, provider in begun:
        models.over.set()
        provider.__exit__(None, None, None)


def left_in_tmp() -> list[Path]:
    return list(Path(os.environ["TMPDIR"]).glob("agenttasks-*"))


MANY = """
    defaults: {checks: [{files: out.txt}], agent: loop}
    tasks:
      - {id: a, prompt: do a}
      - {id: b, prompt: do b, checks: [{contains: {file: out.txt, text: no such words}}]}
      - {id: broken, prompt: do broken, workspace: {setup: ["echo it is broken; false"]}}
      - {id: c, prompt: do c}
      - {id: out-of-quota, prompt: do out-of-quota}
      - id: program
        prompt: do program
        agent: {name: mine, command: [python, "{here}/../agents/mine.py", "{prompt}"], folders: [../agents]}
      - {id: d, prompt: do d}
"""


def test_as_many_work_at_once_and_each_task_has_its_own(project: Project, flown: Callable[[Models], Provider]) -> None:
    """Six ask before the first is answered; passed, failed, error and quota are told of whom they are."""
    project.write("agents/mine.py", PROGRAM)
    project.write("tasks/many.yaml", MANY)
    models = Models(6)
    models.special["out-of-quota"] = lambda _: _answer(unanswered("quota", "used up", resets_at=time.time() + 99999))
    models.special["program"] = takes([tool("bash", command="echo 1 > out.txt")], [])
    gateway = flown(models)
    result = project.live_at(gateway, "tasks", "-n0", "--agents-in-flight=7", "-v", *LIVE)
    assert {name: one["outcome"] for name, one in project.results().items()} == {
        "a": "passed", "b": "failed", "broken": "error", "c": "passed", "out-of-quota": "quota", "program": "passed",
        "d": "passed",
    }  # fmt: skip
    assert "it is broken" in project.case("broken").message
    assert "no such words" in project.case("b").message
    result.stdout.fnmatch_lines(["in flight: up to 7 agents at once, for 7 of 7"])
    assert list(project.cases()) == ["a", "b", "broken", "c", "out-of-quota", "program", "d"]
    assert left_in_tmp() == []
    assert json.loads((project.run_folder / "run.json").read_text())["workers"] == 7
    events = [event for _, event in EventReader(project.run_folder).new()]
    first_end = [event["event"] for event in events].index("ended")
    assert {event["task"] for event in events[:first_end] if event["event"] == "asking"} == {
        one["slug"] for name, one in project.results().items() if name != "broken"
    }
    _times_are_those_of_the_agents(project, events)


def _answer(reply: Reply) -> Answer:
    return Answer(reply.status, reply.body)


def _times_are_those_of_the_agents(project: Project, events: list[Json]) -> None:
    """The report of a task's setup has what its agent took, and its result has no time in which it waited its turn."""
    suite = ET.parse(project.path / "junit.xml")
    reported = {case.get("name"): float(case.get("time", 0)) for case in suite.iter("testcase")}
    for name, one in project.results().items():
        of_task = [event for event in events if event["task"] == one["slug"]]
        worked = sum(event["at"] for event in of_task if event.get("phase") == "done") - of_task[0]["at"]
        assert reported[name] > worked - 0.01


ALONE = {
    "tasks/2/conftest.py": """
        import pytest

        @pytest.fixture
        def agent_workspace(agent_workspace):
            agent_workspace.path.joinpath("given.txt").write_text("by the project")
            return agent_workspace
    """,
    "tasks/4/conftest.py": """
        import os
        import pytest

        @pytest.fixture(autouse=True)
        def place(monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            monkeypatch.setenv("PATH", "/nowhere")
    """,
    "tasks/6/conftest.py": """
        def pytest_runtest_setup(item):
            print("set up by a hook")
    """,
    "tasks/8/test_python.py": """
        import pytest

        @pytest.mark.agent_task(prompt="do alone 8", checks=[{"files": "out.txt"}])
        def test_python(agent_run):
            agent_run.judge()
    """,
    "helper.py": """
        def run(task, workspace, session, limits):
            workspace.execute("echo 1 > out.txt")
            print("Python says", session.complete([{"role": "user", "content": task.prompt}]).message["content"])
    """,
}
"""What brings code of the project, in every second of nine folders."""


def test_code_of_the_project_runs_in_its_turn_and_nobody_is_in_flight(
    project: Project, flown: Callable[[Models], Provider]
) -> None:
    """Fixtures, hooks, tests and agents in Python; between them, others fly. Also what marks or a limit decide."""
    for name, text in ALONE.items():
        project.write(name, text)
    for folder in (1, 3, 5, 7, 9):
        project.write(f"tasks/{folder}/fly.yaml", _two(f"{folder}a", f"{folder}b"))
    for folder in (2, 4, 6):
        project.write(f"tasks/{folder}/alone.yaml", _one(f"alone {folder}"))
    project.write("tasks/7/helped.yaml", f"{_one('alone 7')}agent: helper:run\n")
    project.write("tasks/9/marked.yaml", f"{_one('skipped')}tags: [skipped]\n")
    project.write("tasks/9/timed.yaml", f"{_one('alone timed')}tags: [slow]\n")
    project.write("conftest.py", MARKS)
    models = Models(2, 2, 2, 2, 2)
    gateway = flown(models)
    arguments = ("-n0", "--agents-in-flight=5", "-o", "agenttasks_order=file", "-o", "pythonpath=.", "-rA")
    result = project.live_at(gateway, "tasks", *arguments, *LIVE)
    result.assert_outcomes(passed=16, skipped=1)
    begun = list(dict.fromkeys(models.asked))
    pairs = [{f"{folder}a", f"{folder}b"} for folder in (1, 3, 5, 7, 9)]
    assert [set(begun[place : place + 2]) for place in (0, 3, 6, 9, 13)] == pairs
    assert [begun[place] for place in (2, 5, 8, 11, 12, 15)] == [
        *("alone 2", "alone 4", "alone 6", "alone 7", "alone 8", "alone timed")
    ]
    result.stdout.fnmatch_lines([
        "in flight: up to 5 agents at once, for 10 of 17; in their turn: 1 with the fixture agent_workspace, "
        "1 with the fixture place, 1 with the hook pytest_runtest_setup, 1 with the agent helper:run*",
        "*Captured stdout setup*", "set up by a hook",
    ])  # fmt: skip


MARKS = """
    import pytest

    def pytest_collection_modifyitems(items):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.timeout(500), append=False)
            if item.get_closest_marker("skipped"):
                item.add_marker(pytest.mark.skip)
"""


def _one(name: str) -> str:
    return f"id: {name.replace(' ', '-')}\nprompt: do {name}\nchecks: [{{files: out.txt}}]\n"


def _two(*names: str) -> str:
    return "tasks:\n" + "".join(
        f"  - {{id: {name}, prompt: do {name}, checks: [{{files: out.txt}}]}}\n" for name in names
    )


def test_after_a_failure_with_x_nobody_is_left_in_flight(project: Project, flown: Callable[[Models], Provider]) -> None:
    """Those in flight are given up, are no results, and a resumed run does them; no more began than may be at once.

    Nothing is recorded of them, not even of one that was done and waited for its turn.
    """
    project.write("tasks/six.yaml", _two(*"abcdef"))
    models = Models(4)

    def fails_when_the_others_are_busy(asked: Asked) -> Answer:
        _wait_until(lambda: _begun_commands() == 1 and {"b", "d"} <= _told_events(project))
        return takes([tool("finish", answer="nothing done")])(asked)

    models.special = {
        "a": fails_when_the_others_are_busy,
        "b": _never_ends(models),
        "c": takes([tool("bash", command="touch begun; sleep 1000")]),
    }
    gateway = flown(models)
    project.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
    recording = ("--agent-cassettes=record", f"--agent-gateway={gateway.base.removesuffix('/api/v1')}", *LIVE)
    result = project.pytest("tasks", "-n0", "--agents-in-flight=4", "-x", *recording)
    result.assert_outcomes(failed=1)
    cost = "3 tasks, with 4 calls, 480 tokens, $0.04 spent"
    result.stdout.fnmatch_lines(["5 of 6 tasks did not run*", f"in flight when the run ended, and given up: {cost}"])
    assert sorted(set(models.asked)) == ["a", "b", "c", "d"]
    assert list(project.results()) == ["a"]
    assert [name.partition("--")[0] for name in project.cassettes()] == ["tasks/six/a"]
    assert left_in_tmp() == []
    models.special = {}
    again = project.pytest("tasks", "-n0", "--agents-in-flight=4", "--agent-resume", *recording)
    again.assert_outcomes(passed=6)
    assert len(project.cassettes()) == 6


def _begun_commands() -> int:
    """Workspaces in which a command says that it has begun."""
    return len(list(Path(os.environ["TMPDIR"]).glob("agenttasks-*/workspace/begun")))


def _never_ends(models: Models) -> Callable[[Asked], Answer]:
    """Answers once, then not any more."""
    return lambda asked: models.never(asked) if turn_of(asked) else _works(asked)


def test_ctrl_c_leaves_nothing_behind(project: Project, flown: Callable[[Models], Provider]) -> None:
    """Whatever they are in the middle of: an answer, a command, a program, a setup, a quota, their turn."""
    project.write("agents/mine.py", PROGRAM)
    project.write("tasks/busy.yaml", BUSY)
    models = Models(5)
    models.special = {
        "a": models.never,
        "b": _never_ends(models),
        "c": takes([tool("bash", command="touch begun; sleep 1000")]),
        "program": takes([tool("bash", command="touch begun; sleep 1000")]),
        "wait": lambda _: _answer(unanswered("quota", "used up", resets_at=time.time() + 3600)),
    }
    gateway = flown(models)
    project.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
    run = subprocess.Popen(
        [sys.executable, "-P", "-m", "pytest", "tasks", "-n0", "--agents-in-flight=7", "--agent-cassettes=live",
         f"--agent-gateway={gateway.base.removesuffix('/api/v1')}", "--agent-on-quota=wait", *LIVE],
        cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        _wait_until(lambda: _begun_commands() == 3 and {"b", "wait", "d"} <= _told_events(project))
        children = below(run.pid)
        run.send_signal(signal.SIGINT)
        told, _ = run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
    assert run.returncode == pytest.ExitCode.INTERRUPTED, told
    assert "Traceback" not in told
    assert "INTERNALERROR" not in told
    assert "7 of 7 tasks did not run" in told
    wait_for_end(children)
    assert left_in_tmp() == []
    assert project.results() == {}
    models.special = {"program": takes([tool("bash", command="echo 1 > out.txt")], [])}
    project.write("tasks/busy.yaml", BUSY.replace("sleep 1000", "true"))
    again = project.live_at(gateway, "tasks", "-n0", "--agents-in-flight=7", "--agent-resume", *LIVE)
    again.assert_outcomes(passed=7)


BUSY = """
    defaults: {checks: [{files: out.txt}], agent: loop}
    tasks:
      - {id: a, prompt: do a}
      - {id: b, prompt: do b}
      - {id: c, prompt: do c}
      - {id: wait, prompt: do wait}
      - {id: setup, prompt: do setup alone, workspace: {setup: [touch begun; sleep 1000]}}
      - id: program
        prompt: do program
        agent: {name: mine, command: [python, "{here}/../agents/mine.py", "{prompt}"], folders: [../agents]}
      - {id: d, prompt: do d alone}
"""


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "what was waited for does not come"
        time.sleep(0.05)


def _told_events(project: Project) -> set[str]:
    """Tasks that have come as far as this test wants them to: asking once more, waiting, done."""
    found = set()
    for _, event in EventReader(project.run_folder).new():
        if event.get("call") == 2 or event["event"] == "waiting" or event.get("phase") == "done":
            found.add(event["task"].rpartition("/")[2].partition("--")[0])
    return found


RERUN = """
    defaults: {checks: [{files: out.txt}]}
    tasks:
      - {id: a, prompt: do a, workspace: {setup: ["date +%N > built"]}, artifacts: [built]}
      - {id: b, prompt: do b, workspace: {setup: ["date +%N > built"]}, artifacts: [built]}
      - {id: c, prompt: do c, workspace: {setup: ["date +%N > built"]}, artifacts: [built]}
"""


def test_reruns_recordings_and_shared_workspaces_are_as_ever(
    project: Project, flown: Callable[[Models], Provider]
) -> None:
    """A rerun does all of it anew, in its turn; what is recorded in flight is replayed, and nothing flies then."""
    project.write("tasks/three.yaml", RERUN)
    models = Models(3)
    models.special["b"] = lambda asked: (
        _works(asked) if models.asked.count("b") > 1 else _answer(unanswered("unavailable", status=503))
    )
    gateway = flown(models)
    url, token = gateway.base.removesuffix("/api/v1"), ("AGENTTASKS_GATEWAY_TOKEN", "the-token")
    project.setenv(*token)
    recording = ("--agent-cassettes=record", f"--agent-gateway={url}", "--reruns=1")
    result = project.pytest("tasks", "-n0", "--agents-in-flight=3", *recording)
    assert result.parseoutcomes() == {"passed": 3, "rerun": 1}
    built = {file.read_text() for file in project.run_folder.rglob("artifacts/built")}
    assert len(built) == (1 if probe_bubblewrap() is None else 3)
    assert len(project.cassettes()) == 3
    asked = len(models.asked)
    replayed = project.pytest("tasks", "-n0", "--agents-in-flight=3")
    replayed.assert_outcomes(passed=3)
    replayed.stdout.fnmatch_lines(["in flight: up to 3 agents at once, for 0 of 3; in their turn: 3 replayed"])
    assert len(models.asked) == asked
    for arguments, told in REFUSED.items():
        refused = project.pytest("tasks", *arguments)
        assert refused.ret == pytest.ExitCode.USAGE_ERROR
        refused.stderr.fnmatch_lines([told])


REFUSED = {
    ("-n0", "--agents-in-flight=0"): "ERROR: --agents-in-flight 0: expected how many agents *, from 1 to 1000",
    ("-n0", "--agents-in-flight=many"): "ERROR: --agents-in-flight many: expected *",
    ("-n2", "--agents-in-flight=5"): "ERROR: --agents-in-flight is for runs without xdist's workers: give -n0 *",
}
