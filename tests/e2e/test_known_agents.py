"""One task file, every agent that is known by name: live against a scripted model, replayed, and judged alike."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec

import pytest

from pytest_agenttasks.workspace import search_path
from tests.e2e.project import KEY, Project, tool, turn_of
from tests.provider import Answer, Asked, Json, Provider, completion

TASK = """
    id: answer
    prompt: Write 42 into out.txt.
    workspace: {files: {notes.txt: "the answer is 42\\n"}}
    checks:
      - contains: {file: out.txt, text: "42"}
      - diff: {only: [out.txt]}
    solution: echo 42 > out.txt
    limits: {steps: 9}
"""

needs_openhands = pytest.mark.skipif(
    sys.version_info < (3, 12) or find_spec("openhands") is None,
    reason="the SDK of OpenHands is not installed: pip install -e '.[openhands]', on Python 3.12 or newer",
)
needs_mini = pytest.mark.skipif(
    shutil.which("mini", path=search_path()) is None,
    reason="mini-swe-agent is not installed beside the interpreter: pip install mini-swe-agent",
)

needs_claude = pytest.mark.skipif(
    shutil.which("claude", path=search_path()) is None,
    reason="Claude Code does not lie where agents see it: npm install --global @anthropic-ai/claude-code",
)

AGENTS = [
    "loop",
    pytest.param("openhands", marks=needs_openhands),
    pytest.param("mini-swe-agent", marks=needs_mini),
    pytest.param("claude-code", marks=needs_claude),
]

BY_TOOL: dict[str, list[Json]] = {
    "finish": [tool("bash", command="cat notes.txt; echo 42 > out.txt"), tool("finish", answer="done")],
    "terminal": [
        tool("terminal", command="cat notes.txt; ls -l; mktemp; echo 42 > out.txt", security_risk="LOW"),
        tool("file_editor", command="view", path="/workspace/out.txt", security_risk="LOW"),
        tool("finish", message="done"),
    ],
    "Bash": [
        tool("Bash", command="cat notes.txt; date; echo 42 > out.txt", description="Write the answer"),
        tool("Read", file_path="/workspace/out.txt"),
    ],
    "bash": [
        tool("bash", command="cat notes.txt; date; echo 42 > out.txt"),
        tool("bash", command="echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
    ],
}


def works(asked: Asked) -> Answer:
    """A model that knows the tools of each agent: an agent with a terminal, one with a shell and finish, one with a
    shell only."""
    offered = {one["function"]["name"] for one in asked.body["tools"]}
    if "Bash" in offered and turn_of(asked) == 2:
        return completion("It is written.", model=asked.body["model"])
    turns = next(BY_TOOL[name] for name in ("terminal", "finish", "bash", "Bash") if name in offered)
    return completion(None, model=asked.body["model"], tool_calls=[turns[min(turn_of(asked), len(turns) - 1)]])


@pytest.fixture
def task(project: Project) -> Project:
    project.write("tasks/answer.yaml", TASK)
    return project


@pytest.mark.parametrize("agent", AGENTS)
def test_recorded_and_replayed(task: Project, agent: str) -> None:
    with Provider(works) as provider:
        task.models(provider)
        task.pytest("tasks", "--agent", agent, "--agent-cassettes=record").assert_outcomes(passed=1)
    recorded = task.results()["answer"]
    assert (recorded["agent"], recorded["purity"]) == (agent, "pinned")
    for isolation in ("auto", "none"):
        result = task.pytest("tasks", "--agent", agent, "-n2", f"--agent-isolation={isolation}")
        result.assert_outcomes(passed=1)
        replayed = task.results()["answer"]
        for fact in ("served", "calls", "steps", "tokens", "stopped"):
            assert replayed.get(fact) == recorded.get(fact)
        assert replayed["unplayed"] == 0
    everything = "".join(file.read_text(errors="replace") for file in task.path.rglob("*") if file.is_file())
    assert KEY not in everything


def test_the_solution_passes_and_nothing_does_not(task: Project) -> None:
    task.pytest("tasks", "--agent=oracle").assert_outcomes(passed=1)
    task.pytest("tasks", "--agent=nop").assert_outcomes(failed=1)


@needs_openhands
def test_openhands_is_ended_by_the_tasks_steps_and_its_model_may_change_meanwhile(task: Project) -> None:
    limited = Answer(429, {"error": {"code": 429, "message": "later"}}, {"retry-after": "60"})

    def endless(asked: Asked) -> Answer:
        if asked.body["model"] == "test/first:free" and turn_of(asked) == 2:
            return limited
        calls = [tool("terminal", command=f"echo {turn_of(asked)}; echo 42 > out.txt", security_risk="LOW")]
        return completion(None, model=asked.body["model"], tool_calls=calls)

    task.write("tasks/answer.yaml", TASK.replace("steps: 9", "steps: 4"))
    with Provider(endless) as provider:
        task.models(provider, "first", "second")
        task.live("tasks", "--agent=openhands").assert_outcomes(passed=1)
    result = task.results()["answer"]
    assert (result["stopped"], result["steps"], result["purity"], result["rotations"]) == ("steps", 4, "mixed", 1)


@needs_openhands
def test_openhands_that_goes_in_circles_is_judged_by_what_it_left(task: Project) -> None:
    calls = [tool("terminal", command="echo 43 > out.txt", security_risk="LOW")]
    with Provider(lambda asked: completion(None, model=asked.body["model"], tool_calls=calls)) as provider:
        task.models(provider)
        task.live("tasks", "--agent=openhands").assert_outcomes(failed=1)
    assert task.results()["answer"]["stopped"] == "stuck"
    assert "[the agent got stuck]" in task.case().message


def test_what_openhands_needs_is_told_before_anything_runs(task: Project) -> None:
    if sys.version_info >= (3, 12) and find_spec("openhands"):
        pytest.skip("the SDK of OpenHands is installed")
    result = task.pytest("tasks", "--agent=openhands")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the agent openhands needs *"])


def test_where_mini_swe_agent_comes_from_is_told_before_anything_runs(task: Project) -> None:
    if shutil.which("mini", path=search_path()):
        pytest.skip("mini-swe-agent is installed")
    result = task.pytest("tasks", "--agent=mini-swe-agent")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*runs the program 'mini', which is not in *: pip install mini-swe-agent"])
