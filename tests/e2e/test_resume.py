"""`--agent-resume`: what passed and would be the same work is taken over, everything else is done."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from pytest_agenttasks.runs import EventReader
from tests.e2e.project import ONE_TASK, WRITES, Project, RunResult, plays, tool
from tests.provider import Answer, Asked, Provider

THREE = """
    defaults:
      agent: oracle
      checks: [{files: out.txt}]
    tasks:
      - {id: a, prompt: do a, solution: echo a > out.txt, artifacts: [out.txt]}
      - {id: b, prompt: do b, solution: "true"}
      - {id: c, prompt: do c, solution: echo c > out.txt}
"""

CONFTEST = """
    import os, signal, pathlib
    from pytest_agenttasks.results import AgentResult

    class Deadly:
        asks_models = False

        def run(self, task, workspace, session, limits):
            if not pathlib.Path("harmless").exists():
                os.kill(os.getpid(), signal.SIGKILL)
            return AgentResult("finished")

    def pytest_agenttasks_agents():
        return {"deadly": Deadly()}
"""

DEADLY = """
    tasks:
      - {id: good, prompt: x, agent: oracle, solution: echo 1 > out.txt, checks: [{files: out.txt}]}
      - {id: deadly, prompt: x, agent: deadly, priority: low}
      - {id: also, prompt: x, agent: oracle, solution: echo 1 > out.txt, checks: [{files: out.txt}], priority: low}
"""


def run_of(project: Project) -> str:
    return project.run_folder.resolve().name


def outcomes(project: Project) -> dict[str, tuple[str, bool]]:
    """Outcome of each task of the last run, and whether it was taken over."""
    return {name: (one["outcome"], bool(one["resumed_from"])) for name, one in project.results().items()}


@pytest.mark.parametrize("workers", [("-n0",), ("-n2",), ("-p", "no:xdist")], ids="".join)
def test_what_passed_is_taken_over_and_the_rest_is_done(project: Project, workers: tuple[str, ...]) -> None:
    project.write("tasks/three.yaml", THREE)
    assert project.pytest("tasks", *workers).ret == 1
    first, passed = run_of(project), project.results()["a"]
    (project.path / ".agenttasks/index.sqlite").unlink(missing_ok=True)

    again = project.pytest("tasks", "--agent-resume", "-v", *workers)
    assert again.ret == 1
    assert outcomes(project) == {"a": ("passed", True), "b": ("failed", False), "c": ("passed", True)}
    again.stdout.fnmatch_lines(["agent tasks: 1 without a model *", "resumed: 2 of 3 passed in earlier runs"])
    again.stdout.fnmatch_lines_random(["*PASSED EARLIER*tasks/three.yaml::a*"] if "-n2" in workers else
                                      ["tasks/three.yaml::a PASSED EARLIER*"])  # fmt: skip
    again.stdout.fnmatch_lines(["passed earlier  *::a *", "3 tasks: 2 passed, 1 failed *",
                                "2 of them taken over from earlier runs, not done again: 0 calls*"])  # fmt: skip
    again.stdout.fnmatch_lines(["*= 1 failed, 2 passed earlier in *"])

    taken = project.results()["a"]
    assert {name: value for name, value in taken.items() if value != passed[name]} == {
        "run": run_of(project), "resumed_from": first, "recorded": {"cost_usd": 0.0, "wait_s": 0.0, "models": []},
    }  # fmt: skip
    left = project.run_folder / taken["slug"]
    assert (left / "artifacts/out.txt").read_text() == "a\n"
    assert (left / "changes.patch").is_file()

    case = project.case("a")
    assert case.outcome == "skipped"
    assert case.message.startswith("passed 20")
    assert f" UTC in run {first} by oracle, and nothing changed since" in case.message
    assert case.properties["outcome"] == "passed"
    assert case.properties["resumed_from"] == first

    project.write("tasks/three.yaml", THREE.replace("do c", "do c well").replace('"true"', "echo > out.txt"))
    third = project.pytest("tasks", "--agent-resume", *workers)
    assert third.ret == 0
    third.stdout.fnmatch_lines(
        [
            "resumed: 1 of 3 passed in earlier runs; changed since they passed: 1 prompt",
            "*= 2 passed, 1 passed earlier*",
        ]
    )
    assert project.results()["a"]["resumed_from"] == first  # where it was done, not where it was taken over before


def test_all_done_is_a_green_run_that_does_nothing(project: Project) -> None:
    project.write("tasks/three.yaml", THREE.replace('"true"', "echo > out.txt"))
    assert project.pytest("tasks", "-n2").ret == 0
    (project.path / ".agenttasks/index.sqlite").write_bytes(b"this is no database" * 100)
    again = project.pytest("tasks", "-n2", "--agent-resume")
    assert again.ret == 0
    again.stdout.fnmatch_lines(["agent tasks: none to be done *", "*= 3 passed earlier in *"])
    without = project.pytest("tasks", "-n2")
    without.assert_outcomes(passed=3)


def done_by(project: Project, provider: Provider, *options: str) -> tuple[int, str, RunResult]:
    """Requests that a live resumed run makes, the model that did the task, and the run."""
    before = len(provider.asked)
    result = project.live("tasks", "--agent-resume", *options)
    return len(provider.asked) - before, project.results()["answer"]["served"][0], result


def test_live_work_is_not_paid_for_twice(project: Project) -> None:

    def answer(asked: Asked) -> Answer:
        if asked.body["model"] == "test/m:free":
            return Answer(404, {"error": {"message": "No endpoints found", "code": 404}})
        return WRITES(asked)

    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(answer) as provider:
        project.models(provider, "m", "n")
        asked, by, _ = done_by(project, provider)
        assert (asked, by) == (3, "openrouter/test/n:free")
        first = project.results()["answer"]
        assert first["purity"] == "single"
        assert first["cost_usd"] == 0

        asked, by, again = done_by(project, provider)
        assert (asked, by) == (0, "openrouter/test/n:free")
        again.stdout.fnmatch_lines(["*1 of them taken over from earlier runs, not done again: 2 calls, 1 rotation*"])
        again.stdout.fnmatch_lines(["details:*", "*= 1 passed earlier in *"])
        taken = project.results()["answer"]
        assert taken["models"] == []
        assert taken["recorded"]["models"] == first["models"]

        # A longer chain changes nothing; a chain without the model that did it does.
        project.models(provider, "m", "n", "o")
        assert done_by(project, provider)[0] == 0
        project.models(provider, "m", "o")
        asked, by, _ = done_by(project, provider)
        assert (asked, by) == (2, "openrouter/test/o:free")
        # A recording is wanted: what was done without one is done again, and counts for the next.
        asked, _, _ = done_by(project, provider, "--agent-cassettes=record")
        assert asked == 2
        assert done_by(project, provider, "--agent-cassettes=record")[0] == 0
        # A replay is no live work, nor the other way round.
        project.pytest("tasks", "--agent-resume").assert_outcomes(passed=1)
        (project.path / "cassettes/tasks/answer/answer--m.yaml").unlink()
        assert done_by(project, provider, "--agent-cassettes=record")[0] == 2


def test_a_python_test_is_taken_over_as_long_as_its_code_is_the_same(project: Project) -> None:
    code = """
        import pytest

        @pytest.mark.agent_task(prompt="x", agent="oracle", solution="echo 1 > out.txt")
        def test_it(agent_run):
            assert agent_run.workspace.matching("out.txt")
    """
    project.write("test_it.py", code)
    project.pytest("test_it.py").assert_outcomes(passed=1)
    project.pytest("test_it.py", "--agent-resume").stdout.fnmatch_lines(["*= 1 passed earlier in *"])
    project.write("test_it.py", code + "    # other code\n")
    project.pytest("test_it.py", "--agent-resume").assert_outcomes(passed=1)


def test_a_task_that_a_fixture_makes_is_always_done(project: Project) -> None:
    project.write("tasks/three.yaml", THREE.replace('"true"', "echo > out.txt"))
    project.write("conftest.py", """
        import pytest
        from dataclasses import replace

        @pytest.fixture
        def agent_task(agent_task):
            return replace(agent_task, spec=agent_task.spec.model_copy(update={"prompt": "another"}))
    """)  # fmt: skip
    project.pytest("tasks").assert_outcomes(passed=3)
    project.pytest("tasks", "--agent-resume").assert_outcomes(passed=3)


def test_a_task_that_kills_its_worker_twice_is_set_aside_and_the_others_go_on(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    project.write("tasks/work.yaml", DEADLY)
    runs = []
    for _ in range(2):
        died = project.pytest("tasks", "-n2", "--agent-resume")
        assert died.ret == 1
        assert project.results()["deadly"]["crashes"] == 1
        assert outcomes(project)["deadly"] == ("error", False)
        runs.append(run_of(project))
    aside = project.pytest("tasks", "-n2", "--agent-resume")
    assert aside.ret == 1
    assert outcomes(project) == {"good": ("passed", True), "also": ("passed", True), "deadly": ("error", False)}
    assert project.case("deadly").outcome == "error"
    assert project.results()["deadly"]["reason"] == (
        f"set aside: its worker died in the middle of it 2 times or more (runs {', '.join(runs)})"
    )
    aside.stdout.fnmatch_lines(["*or try it all the same: pytest tasks/work.yaml::deadly"])
    assert "crashed" not in aside.stdout.str()
    # It stays aside, until somebody asks for it, and what came of that counts.
    project.pytest("tasks", "-n2", "--agent-resume").stdout.fnmatch_lines(["*set aside: *"])
    project.write("harmless", "")
    project.pytest("tasks/work.yaml::deadly").assert_outcomes(passed=1)
    assert project.pytest("tasks", "-n2", "--agent-resume").ret == 0


def test_without_xdist_the_run_dies_with_it_and_the_third_one_does_the_others(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    project.write("tasks/work.yaml", DEADLY)
    for _ in range(2):
        assert project.pytest("tasks", "-n0", "--agent-resume").ret == -signal.SIGKILL
    third = project.pytest("tasks", "-n0", "--agent-resume")
    third.stdout.fnmatch_lines(["*set aside: *", "*= 1 passed, 1 error, 1 passed earlier in*"])
    assert outcomes(project)["also"] == ("passed", False)


def test_a_task_that_is_rerun_is_set_aside_in_the_same_run(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    project.write("tasks/work.yaml", DEADLY)
    died = project.pytest("tasks", "-n2", "--reruns=5")
    assert died.ret == 1
    result = project.results()["deadly"]
    assert result["crashes"] == 2
    assert result["reason"].startswith("set aside: ")
    assert outcomes(project)["also"] == ("passed", False)
    # Both deaths are known to the next run.
    project.pytest("tasks", "-n2", "--agent-resume").stdout.fnmatch_lines(["*set aside: *"])


def test_what_cannot_be_taken_over_is_done(project: Project) -> None:
    project.write("tasks/three.yaml", THREE)
    project.pytest("tasks")
    for name, damage in (("a", "unlink"), ("c", "tear")):
        file = project.run_folder / project.results()[name]["slug"] / "result.json"
        _ = file.unlink() if damage == "unlink" else file.write_text(file.read_text()[:100])
    project.pytest("tasks", "--agent-resume").assert_outcomes(passed=2, failed=1)


def test_the_gateway_of_a_rerun_needs_no_key_for_what_passed(project: Project) -> None:
    """Live work of which nothing is left asks for no key."""
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(plays([tool("write_file", path="out.txt", content="42")], [tool("finish", answer="x")])) as provider:
        project.models(provider)
        project.live("tasks").assert_outcomes(passed=1)
    project.setenv("OPENROUTER_API_KEY", "")
    assert project.live("tasks", "--agent-resume").ret == 0
    facts = json.loads((project.run_folder / "run.json").read_text())
    assert facts["exit_code"] == 0
    assert facts["tasks"][0]["slug"] == project.results()["answer"]["slug"]
    assert not Path(f"/proc/{facts['process'].partition('.')[0]}").exists() or os.name != "posix"


PYTHON = """
    import pathlib, pytest

    work = pytest.mark.agent_task(prompt="x", agent="oracle", solution="true")

    @pytest.fixture
    def tidy():
        yield
        assert pathlib.Path("tidied").exists()

    @work
    def test_tidied(tidy, agent_run): ...

    @work
    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail(agent_run): ...

    @work
    def test_edits_itself(agent_run):
        file = pathlib.Path(__file__)
        file.write_text(file.read_text() + "# edited")
"""


def test_a_python_test_is_done_again_if_not_all_of_it_passed(project: Project) -> None:
    """The agent's work had passed, but pytest was red: so it is until all is well."""
    project.write("test_it.py", PYTHON)
    assert project.pytest("test_it.py").ret == 1
    assert project.pytest("test_it.py", "--agent-resume").ret == 1
    assert not any(resumed for _, resumed in outcomes(project).values())  # what passed was the file before the edit
    project.write("test_it.py", PYTHON)
    project.write("tidied", "")
    project.pytest("test_it.py", "--agent-resume")
    assert {name for name, (_, resumed) in outcomes(project).items() if resumed} == {"test_edits_itself"}
    project.write("test_it.py", PYTHON)
    project.pytest("test_it.py", "--agent-resume")
    assert {name for name, (_, resumed) in outcomes(project).items() if not resumed} == {"test_expected_to_fail"}


def test_ctrl_c_says_what_is_left_and_how_to_go_on(project: Project) -> None:
    project.write("conftest.py", CONFTEST.replace("SIGKILL", "SIGINT"))
    project.write("tasks/work.yaml", DEADLY)
    stopped = project.pytest("tasks", "-n0")
    assert stopped.ret == 2
    stopped.stdout.fnmatch_lines([
        "1 task: 1 passed *", "2 of 3 tasks did not run: tasks/work.yaml::deadly, tasks/work.yaml::also",
        "next: the same command with --agent-resume does the 2 tasks that did not run",
    ])  # fmt: skip
    alone = project.pytest("tasks/work.yaml::deadly", "-n0")
    alone.stdout.fnmatch_lines(["1 of 1 tasks did not run: *", "next: the same command with --agent-resume *"])
    # Ctrl-C is no fault of the task.
    for _ in range(2):
        assert project.pytest("tasks", "-n0", "--agent-resume").ret == 2


def test_what_is_taken_over_is_told_to_those_who_watch(project: Project) -> None:
    project.write("tasks/three.yaml", THREE)
    project.pytest("tasks")
    project.pytest("tasks", "--agent-resume", "-n2")
    ends = [event for _, event in EventReader(project.run_folder).new() if event["event"] == "ended"]
    assert sorted((event["task"].split("/")[-1], event["resumed"]) for event in ends) == [
        ("a--none", True), ("b--none", False), ("c--none", True),
    ]  # fmt: skip
