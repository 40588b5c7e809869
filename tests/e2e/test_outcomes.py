"""Passed, failed, error, quota: each told truthfully on the terminal, in JUnit and in result.json."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project, RunResult, plays, tool, turn_of
from tests.provider import Answer, Asked, Provider, completion

LIMITED = Answer(429, {"error": {"code": 429, "message": "slow down"}}, {"retry-after": "30"})


def daily(resets_at: float) -> Answer:
    """OpenRouter's account-wide daily cap, as its documentation gives it."""
    limits = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(resets_at * 1000))}
    message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
    return Answer(429, {"error": {"code": 429, "message": message, "metadata": {"headers": limits}}})


def test_a_429_rotates_within_the_call_and_the_conversation_goes_on(project: Project) -> None:
    """The first model answers once, is limited then, and is left alone by every worker after that."""
    project.write("tasks/answer.yaml", ONE_TASK.replace("id: answer", "id: answer\n    repeat: 4"))

    def answer(asked: Asked) -> Answer:
        limited = asked.body["model"].endswith("first:free") and turn_of(asked) > 0
        return LIMITED if limited else WRITES(asked)

    with Provider(answer) as provider:
        project.models(provider, "first", "second")
        result = project.live("tasks", "-n2", "-v")
        limited = [
            asked for asked in provider.asked if asked.body["model"].endswith("first:free") and turn_of(asked) > 0
        ]
    result.assert_outcomes(passed=4)
    assert len(limited) <= 2, "one for each worker that was on its way already"
    result.stdout.fnmatch_lines(["*PASSED ?first:free → second:free · 2 calls · 1 rotation · live?*"])
    mixed = [one for one in project.results().values() if one["purity"] == "mixed"]
    assert mixed
    assert mixed[0]["served"] == ["openrouter/test/first:free", "openrouter/test/second:free"]
    properties = [case.properties for case in project.cases().values()]
    assert {p["model.requested"] for p in properties} == {"first"}
    assert {"mixed", "single"} >= {p["model.purity"] for p in properties}


def test_a_daily_cap_is_a_quota_with_its_time(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK.replace("id: answer", "id: answer\n    repeat: 3"))
    resets_at = time.time() // 60 * 60 + 3630  # the middle of a minute: what is told is a little later
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(resets_at))
    with Provider(lambda _: daily(resets_at)) as provider:
        project.models(provider, "first", "second")
        result = project.live("tasks", "-v")
        assert len(provider.asked) == 1, "the account is known to be used up: nothing else is asked"
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(
        [f"*::answer?trial1? QUOTA until {when}*", f"next: the same command with --agent-resume, after {when}"]
    )
    assert {case.properties["outcome"] for case in project.cases().values()} == {"quota"}


WAYS: dict[str, Answer | Callable[[Asked], Answer]] = {
    "limited": LIMITED,
    "unknown": Answer(404, {"error": {"code": 404, "message": "No endpoints found for test/m."}}),
    "html": Answer(200, "<html>welcome</html>", {"content-type": "text/html"}),
    "nothing": Answer(hang_up=True),
    "refused": Answer(400, {"error": {"code": 400, "message": "this server does not know tool_choice"}}),
    "fine": WRITES,
    # Last: the wrong key closes the account for the others.
    "unauthorized": Answer(401, {"error": {"code": 401, "message": "No auth credentials found"}}),
}
"""What a model does, by its name: ways not to answer, and one that answers. All with one key."""


@dataclass(frozen=True)
class Unrotated:
    """A run without rotation, in which each task stands for one of WAYS."""

    project: Project
    result: RunResult
    asked: list[Asked]


UNROTATED: dict[str, Unrotated] = {}


@pytest.fixture
def unrotated(project: Project) -> Unrotated:
    """Made by the first test of this process that looks at it. The task `limited` names no model, others theirs."""

    def answer(asked: Asked) -> Answer:
        given = WAYS[asked.body["model"].removeprefix("test/").removesuffix(":free")]
        return given if isinstance(given, Answer) else given(asked)

    if not UNROTATED:
        models = {way: "" if way == "limited" else f", model: {way}" for way in WAYS}
        project.write(
            "tasks/t.yaml", "tasks:\n" + "".join(f"- {{id: {w}, prompt: {w}{m}}}\n" for w, m in models.items())
        )
        with Provider(answer) as provider:
            project.models(provider, *WAYS)
            result = project.live("tasks", "-n0", "--no-model-rotation", "-o", "agenttasks_max_wait=0.2")
        UNROTATED["run"] = Unrotated(project, result, provider.asked)
    return UNROTATED["run"]


def test_without_rotation_a_limited_model_is_an_error_and_no_failure(unrotated: Unrotated) -> None:
    asked = [one.body["model"] for one in unrotated.asked if one.body["messages"][1]["content"] == "limited"]
    assert set(asked) == {"test/limited:free"}
    case = unrotated.project.case("limited")
    assert case.outcome == "error"
    assert case.message.startswith('failed on setup with "no model answered: limited')
    assert (case.properties["outcome"], case.properties["model.purity"]) == ("error", "pinned")


@pytest.mark.parametrize(
    ("way", "words"), [("unauthorized", "(401)"), ("unknown", "(404)"), ("html", ""), ("nothing", "")]
)
def test_a_provider_that_does_not_answer_is_an_error(unrotated: Unrotated, way: str, words: str) -> None:
    case = unrotated.project.case(way)
    assert case.outcome == "error"
    assert f"no model answered: {way}" in case.message
    assert words in case.message


def test_others_are_not_harmed(unrotated: Unrotated) -> None:
    unrotated.result.assert_outcomes(passed=1, errors=len(WAYS) - 1)
    assert unrotated.project.case("fine").outcome == "passed"


def test_what_the_provider_said_is_told(unrotated: Unrotated) -> None:
    unrotated.result.stdout.fnmatch_lines(["  openrouter/test/refused:free: *this server does not know tool_choice*"])
    assert "does not know tool_choice" in (unrotated.project.run_folder / "gateway.log").read_text()


def test_reruns_are_for_passing_faults_only(project: Project) -> None:
    """A 500 is rerun with fresh properties and a fresh workspace; a failed check and a wrong key are not."""
    project.write(
        "tasks/t.yaml",
        """
        tasks:
          - {id: flaky, prompt: flaky, checks: [{files: out.txt}, {command: "test $(wc -l < out.txt) = 1"}]}
          - {id: fails, prompt: fails, checks: [{files: no.txt}]}
          - {id: missing, prompt: missing}
        """,
    )
    appends = plays([tool("bash", command="echo 42 >> out.txt")], [tool("finish", answer="done")])
    times: dict[str, int] = {}

    def answer(asked: Asked) -> Answer:
        prompt = asked.body["messages"][1]["content"]
        times[prompt] = times.get(prompt, 0) + 1
        if prompt == "flaky" and 2 <= times[prompt] <= 4:  # every attempt of the second call
            return Answer(500, {"error": {"code": 500, "message": "oops"}}, {"retry-after": "0.01"})
        return Answer(401, {"error": {"code": 401, "message": "no"}}) if prompt == "missing" else appends(asked)

    with Provider(answer) as provider:
        project.models(provider)
        result = project.live("tasks", "--reruns", "2")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"], outcomes["errors"], outcomes["rerun"]) == (1, 1, 1, 1)
    assert (project.path / "junit.xml").read_text().count('name="flaky"') == 1
    assert (project.case("flaky").outcome, project.case("flaky").properties["outcome"]) == ("passed", "passed")
    assert project.results()["flaky"]["outcome"] == "passed"
    assert project.results()["flaky"]["calls"] == 2
    assert times["fails"] == 2


def test_a_killed_worker_is_an_error_of_its_task_alone(project: Project) -> None:
    project.write(
        "tasks/t.yaml", "tasks:\n- {id: dies, prompt: x, agent: 'deadly:die'}\n- {id: lives, prompt: x, agent: nop}\n"
    )
    project.write("deadly.py", "import os\ndef die(*_): os._exit(9)\n")
    project.write("conftest.py", "import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).parent))\n")
    with Provider(WRITES) as provider:
        project.models(provider)
        result = project.live("tasks", "-n2")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["worker 'gw?' crashed while running 'tasks/t.yaml::dies'*", "tasks/t.yaml:2"])
    case = project.case("dies")
    assert (case.outcome, case.properties["outcome"]) == ("error", "error")
    assert project.results()["dies"]["outcome"] == "error"


@pytest.mark.parametrize("isolation", ["none", "bubblewrap"])
def test_an_agent_that_deletes_its_workspace_fails_its_checks(project: Project, isolation: str) -> None:
    project.write(
        "tasks/answer.yaml",
        """
        id: answer
        prompt: x
        agent: oracle
        workspace: {files: {a.txt: "1"}}
        solution: cd / && rm -rf "$OLDPWD" "$OLDPWD"/* || true
        checks: [{files: a.txt}, {command: test -f a.txt}, {pytest: tests}]
        """,
    )
    project.pytest("tasks", f"--agent-isolation={isolation}").assert_outcomes(failed=1)
    assert "a.txt" in project.case().message


def test_setup_that_fails_and_folders_that_are_not_there(project: Project) -> None:
    project.write(
        "tasks/t.yaml",
        """
        defaults: {agent: nop}
        tasks:
          - {id: setup, prompt: x, workspace: {setup: ["echo no such tool >&2; exit 7"]}}
          - {id: folder, prompt: x, workspace: {from: ../nowhere}}
          - {id: fine, prompt: x}
        """,
    )
    project.pytest("tasks").assert_outcomes(passed=1, errors=2)
    assert "ended with 7" in project.case("setup").message
    assert "no such tool" in project.case("setup").message
    assert "nowhere" in project.case("folder").message


@pytest.mark.parametrize("form", [["-n0"], ["-n2"]], ids=["n0", "n2"])
def test_wrong_names_and_missing_keys_stop_the_run_before_anything(project: Project, form: list[str]) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    cases = [
        (
            ["--model-preset", "gemni-flash"],
            "--model-preset: unknown preset 'gemni-flash'; did you mean 'gemini-flash'?",
        ),
        (["--model-preset", "deepseek/deepseek-chat-v3.1:free"], "did you mean 'openrouter/deepseek/"),
        (["--model-fallbacks", "nope"], "unknown preset 'nope'"),
        (["--agent", "lop"], "unknown agent 'lop'"),
        (["--agent-cassettes=live", *LIVE], "needs the variable OPENROUTER_API_KEY, which is not set"),
    ]
    for arguments, words in cases[:4] if form == ["-n0"] else cases[4:]:
        result = project.pytest("tasks", *form, *arguments)
        assert result.ret == 4, result.stdout.str()
        assert words in result.stderr.str()
        assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_models_yaml_with_mistakes_stops_the_run(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    project.write("models.yaml", "chain: [gemini-flsh]\npresets: {x: {modle: a}}\n")
    result = project.pytest("tasks")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*models.yaml:2:15: unknown key 'modle'; did you mean 'model'?"])


def test_the_suite_is_named_after_the_preset_and_github_gets_a_summary(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "summary.md"))
    project.pytest("tasks", "--model-preset", "llama-3.3-8b").assert_outcomes(errors=1)
    assert 'name="pytest[llama-3.3-8b]"' in (project.path / "junit.xml").read_text()
    text = (project.path / "summary.md").read_text()
    assert text.startswith("## Agent tasks: llama-3.3-8b\n")
    assert "| error | tasks/answer.yaml::answer |" in text
    assert "- **error** tasks/answer.yaml::answer: no cassette for this task on this preset" in text


def test_a_controller_killed_leaves_no_process(project: Project) -> None:
    """kill -9 in the middle of a command of an agent, with workers and the gateway up."""
    project.write("tasks/answer.yaml", ONE_TASK.replace("id: answer", "id: answer\n    repeat: 2"))
    mark = f"3{os.getpid()}.5"
    sleeps = plays([tool("bash", command=f"setsid sleep {mark} & sleep {mark}")], [tool("finish", answer="x")])
    with Provider(sleeps) as provider:
        project.models(provider)
        arguments = ["-m", "pytest", "tasks", "-n2", "--agent-cassettes=live", *LIVE]
        process = subprocess.Popen([sys.executable, "-P", *arguments], cwd=project.path, stdout=subprocess.DEVNULL)
        _wait_for(lambda: _running(mark) >= 4)
        assert _running(str(project.path)) > 0
        process.send_signal(signal.SIGKILL)
        process.wait()
        _wait_for(lambda: _running(mark) == 0 and _running(str(project.path)) == 0)


def _running(word: str) -> int:
    """Processes whose command line or folder has this word."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode("utf-8", "replace")
            folder = str((process / "cwd").readlink())
        except OSError:
            continue
        found += process.name != str(os.getpid()) and (word in line or word in folder)
    return found


def _wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


@dataclass(frozen=True)
class Moved:
    """A run in which the first model of each task is of no use, and `second` does the work."""

    project: Project
    result: RunResult


MOVED: dict[str, Moved] = {}


@pytest.fixture
def moved(project: Project) -> Moved:
    """Made by the first test of this process that looks at it."""
    answers = {
        "test/empty:free": completion(""),
        "test/first:free": Answer(401, {"error": {"code": 401, "message": "No auth credentials found"}}),
    }
    if not MOVED:
        project.write(
            "tasks/t.yaml",
            """
            tasks:
              - {id: empty, prompt: x, model: [empty, second], checks: [files: out.txt]}
              - {id: key, prompt: x, model: [first, second], checks: [files: out.txt]}
              - {id: raises, prompt: x, agent: "mine:run"}
            """,
        )
        project.write("mine.py", "def run(*_):\n    raise ValueError('bad idea')\n")
        project.write("pytest.ini", "[pytest]\npythonpath = .\n")
        with Provider(lambda asked: answers.get(asked.body["model"]) or WRITES(asked)) as provider:
            project.models(provider, "first", "second", "empty")
            file = project.path / "models.yaml"
            file.write_text(file.read_text().replace("OPENROUTER_API_KEY", "OTHER_API_KEY", 1))
            project.setenv("OTHER_API_KEY", "sk-or-v1-ffffffffffffffffffffffffffffffff")
            result = project.live("tasks")
        result.assert_outcomes(passed=2, errors=1)
        MOVED["run"] = Moved(project, result)
    return MOVED["run"]


def test_empty_answers_are_retried_or_rotated(moved: Moved) -> None:
    empty = moved.project.results()["empty"]
    assert (empty["outcome"], empty["served"]) == ("passed", ["openrouter/test/second:free"])


def test_a_pass_that_another_model_earned_is_not_the_named_ones(moved: Moved) -> None:
    """A wrong key of the model asked for moves the whole task to another one; nobody may take that for its work."""
    assert moved.project.case("key").outcome == "passed"
    moved.result.stdout.fnmatch_lines([
        "2 tasks moved between models:",
        "  tasks/t.yaml::key: not answered by the model asked for, 1 rotation · first:free: bad_key (401)",
        "2 tasks not answered by the model asked for",
    ])  # fmt: skip
    assert moved.project.case("key").properties["moved_on"] == "openrouter/test/first:free: bad_key (401)"


def test_an_agents_own_exception_shows_where(moved: Moved) -> None:
    assert moved.project.case("raises").outcome == "error"
    moved.result.stdout.fnmatch_lines(["the agent mine:run raised ValueError: bad idea", "*mine.py*line 2, in run*"])


def test_agents_see_neither_solutions_nor_recordings(project: Project) -> None:
    project.write(
        "tasks/answer.yaml",
        ONE_TASK.replace(
            "id: answer",
            "id: answer\n    workspace: {from: ..}\n    agent: oracle\n"
            "    solution: {from: ../answers, run: find . > out.txt}",
        ),
    )
    project.write("answers/answer.txt", "42\n")
    project.write("cassettes/x.yaml", "secret: 1\n")
    project.write("src/a.py", "1\n")
    project.pytest("tasks")
    (patch,) = project.run_folder.rglob("changes.patch")
    listed = patch.read_text()
    assert "+./src/a.py" in listed
    assert "+./answer.txt" in listed
    assert "+./answers" not in listed
    assert "cassettes" not in listed
    assert "tasks" not in listed


def test_items_of_one_name_do_not_hide_each_other(project: Project) -> None:
    """Files of one stem, classes with a method of one name, parameters of a conftest fixture."""
    for name in ("a.yaml", "a.yml", "a.task.yaml"):
        check = "false" if name == "a.yml" else "true"
        project.write(f"tasks/{name}", f"id: a\nprompt: x\nagent: nop\nchecks: [{{command: '{check}'}}]\n")
    project.write(
        "test_it.py",
        """
        import pytest

        class Base:
            @pytest.mark.agent_task(prompt="x", agent="nop")
            def test_x(self, agent_run):
                assert self.good

        class TestA(Base): good = True
        class TestB(Base): good = False
        """,
    )
    project.write("tasks/deep/p.yaml", "prompt: x\nagent: nop\n")
    project.write(
        "tasks/deep/conftest.py",
        "import pytest\n@pytest.fixture(autouse=True, params=['x', 'y'])\ndef p(request): pass\n",
    )
    result = project.pytest("tasks", "test_it.py")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["7 tasks: 5 passed, 2 failed · *"])
    assert len(list(project.run_folder.rglob("result.json"))) == 7


def test_what_did_not_run_is_said(project: Project) -> None:
    project.write(
        "tasks/t.yaml",
        "tasks:\n" + "".join(f"- {{id: t{n}, prompt: x, agent: nop, checks: [{{files: x}}]}}\n" for n in range(3)),
    )
    result = project.pytest("tasks", "-x")
    result.stdout.fnmatch_lines(["2 of 3 tasks did not run: tasks/t.yaml::t1, tasks/t.yaml::t2"])


def test_a_run_folder_that_cannot_be_made_is_one_line(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK.replace("id: answer", "id: answer\n    agent: nop"))
    project.write(".agenttasks", "a file\n")
    for form in ([], ["-n2"]):
        result = project.pytest("tasks", *form)
        assert result.ret == 4
        assert "cannot be made" in result.stderr.str()


def test_a_workspace_that_is_none_is_an_error_and_others_run(project: Project) -> None:
    project.write("tasks/bad/a.yaml", "prompt: x\nagent: nop\n")
    project.write(
        "tasks/bad/conftest.py", "import pytest\n@pytest.fixture\ndef agent_workspace(tmp_path): return tmp_path\n"
    )
    project.write("tasks/b.yaml", "prompt: x\nagent: nop\n")
    project.pytest("tasks").assert_outcomes(passed=1, errors=1)
    assert "must give a Workspace" in project.case("a").message


def test_the_terminal_says_of_xfail_what_pytest_says(project: Project) -> None:
    project.write("test_it.py", """
        import pytest

        work = pytest.mark.agent_task(prompt="x", agent="oracle", solution="true")

        @work
        @pytest.mark.xfail(strict=True, reason="it never does")
        def test_strict(agent_run): ...

        @work
        @pytest.mark.xfail
        def test_loose(agent_run): ...

        @work
        @pytest.mark.xfail
        def test_expected(agent_run):
            raise AssertionError("as ever")

        @pytest.mark.agent_task(prompt="x", agent="loop")
        @pytest.mark.xfail
        def test_no_cassette(agent_run): ...

        @work
        @pytest.mark.xfail(run=False)
        def test_not_run(agent_run): ...
    """)  # fmt: skip
    for form in (["-n0"], ["-n2"]):
        result = project.pytest("test_it.py", "-v", *form)
        result.assert_outcomes(failed=1, xpassed=1, xfailed=2, errors=1)
        result.stdout.fnmatch_lines_random(["*FAILED*test_strict*" if "-n2" in form else "*test_strict FAILED*"])
        told = [line for line in result.outlines if line.startswith(("failed ", "passed ", "error "))]
        assert [" ".join(line.split()[:2]) for line in sorted(told)] == [
            "error test_it.py::test_no_cassette", "failed test_it.py::test_expected",
            "failed test_it.py::test_strict", "passed test_it.py::test_loose",
        ]  # fmt: skip
        lost = [line for line in result.outlines if "did not run" in line and not line.startswith("next: ")]
        assert lost in ([], ["1 of 5 tasks did not run: test_it.py::test_not_run"])
    assert project.case("test_expected").outcome == "skipped"
    assert project.case("test_strict").properties["reason"] == "[XPASS(strict)] it never does"
