"""Programs as agents: what they ask goes through the session, and how they end is told honestly."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.project import KEY, WRITES, Project, plays, tool
from tests.provider import Answer, Provider, completion

PROGRAM = """
    import json, os, subprocess, sys, urllib.error, urllib.request

    def ask(messages, **more):
        body = {"model": "whatever", "messages": messages, **more}
        headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
        url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.load(response)["choices"][0]["message"]

    messages = [{"role": "user", "content": sys.argv[1]}]
    print("the agent begins")
    for _ in range(100):
        try:
            message = ask(messages)
        except urllib.error.HTTPError as error:
            print("told:", error.code, error.read().decode()[:300])
            sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
        messages.append(message)
        if not message.get("tool_calls"):
            break
        for call in message["tool_calls"]:
            command = json.loads(call["function"]["arguments"])["command"]
            done = subprocess.run(command, shell=True, capture_output=True, text=True)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": done.stdout + done.stderr})
"""

TASK = """
    id: answer
    prompt: Write 42 into out.txt.
    agent:
      name: mine
      command: [python, "{here}/../agents/mine.py", "{prompt}"]
      folders: [../agents]
    checks:
      - contains: {file: out.txt, text: "42"}
"""

WORKS = plays([tool("bash", command="pwd; ls; echo 42 > out.txt")], completion("It is written.", model="test/m:free"))


@pytest.fixture
def mine(project: Project) -> Project:
    project.write("agents/mine.py", PROGRAM)
    project.write("tasks/answer.yaml", TASK)
    return project


def test_a_program_works_through_the_session_and_replays(mine: Project) -> None:
    with Provider(WORKS) as provider:
        mine.models(provider)
        result = mine.pytest("tasks", "--agent-cassettes=record")
    result.assert_outcomes(passed=1)
    assert [asked.body["model"] for asked in provider.asked] == ["test/m:free"] * 2
    recorded = mine.results()["answer"]
    assert (recorded["agent"], recorded["steps"], recorded["answer"]) == ("mine", 2, "It is written.")
    for isolation in ("auto", "none"):
        mine.pytest("tasks", "-n2", f"--agent-isolation={isolation}", "--agent-drift=strict").assert_outcomes(passed=1)
        replayed = mine.results()["answer"]
        assert replayed["served"] == recorded["served"] == ["openrouter/test/m:free"]
    assert "the agent begins" in (mine.run_folder / recorded["slug"] / "agent.log").read_text()


def test_a_good_exit_code_does_not_hide_that_its_model_failed(mine: Project) -> None:
    with Provider(lambda _: Answer(401, {"error": {"code": 401, "message": "No auth"}})) as provider:
        mine.models(provider)
        result = mine.live("tasks", "--no-model-rotation")
    result.assert_outcomes(errors=1)
    assert "refused" in mine.results()["answer"]["reason"] or "401" in mine.results()["answer"]["reason"]
    assert "told: 403" in (mine.run_folder / mine.results()["answer"]["slug"] / "agent.log").read_text()


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; print('no luck'); sys.exit(3)", "the agent mine ended with exit code 3"),
        ("print('I am an agent')", "the agent mine asked no model"),
    ],
)
def test_a_program_that_goes_wrong_is_an_error_with_its_last_words(mine: Project, program: str, told: str) -> None:
    mine.write("agents/mine.py", program)
    with Provider(WRITES) as provider:
        mine.models(provider)
        result = mine.live("tasks")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{told}*"])


def test_its_limits_end_it(mine: Project) -> None:
    mine.write("tasks/answer.yaml", TASK.replace("checks:", "limits: {steps: 3}\n    checks:"))
    endless = plays([tool("bash", command="echo 42 > out.txt")])
    with Provider(endless) as provider:
        mine.models(provider)
        mine.live("tasks").assert_outcomes(passed=1)
    assert len(provider.asked) == 3
    assert (mine.results()["answer"]["stopped"], mine.results()["answer"]["steps"]) == ("steps", 3)


def test_time_that_is_over_ends_a_program_that_hangs_and_what_it_started(mine: Project) -> None:
    mine.write("agents/quick.py", PROGRAM)
    # It goes first, and waits for the gateway: that is no part of the other one's time.
    first = TASK.replace("mine.py", "quick.py").replace("id: answer", "id: first\n    priority: critical")
    mine.write("tasks/first.yaml", first)
    mine.write("agents/mine.py", PROGRAM + "    subprocess.Popen(['sleep', '1000']).wait()\n")
    mine.write("tasks/answer.yaml", TASK.replace("checks:", "limits: {seconds: 6}\n    checks:"))
    with Provider(WORKS) as provider:
        mine.models(provider)
        mine.pytest("tasks", "--agent-cassettes=record", "--agent-isolation=none").assert_outcomes(passed=2)
        assert mine.results()["answer"]["stopped"] == "seconds"
    mine.write("agents/mine.py", PROGRAM + "    ask(messages + [message])\n")
    mine.pytest("tasks").assert_outcomes(passed=2)
    assert mine.results()["answer"]["stopped"] == "seconds"


def test_programs_and_folders_that_are_not_there_are_told_before_anything_runs(mine: Project) -> None:
    mine.write("tasks/more.yaml", TASK.replace("python,", "no-such-program,"))
    mine.write("tasks/folder.yaml", TASK.replace("../agents]", "../no-such-folder]"))
    with Provider(WORKS) as provider:
        mine.models(provider)
        result = mine.live("tasks")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the agent mine needs the folder *no-such-folder, which is not there"])
    result.stderr.fnmatch_lines(["*runs the program 'no-such-program', which is not in *: install it, or give its*"])
    assert provider.asked == []


def test_no_key_is_seen_by_a_program(mine: Project) -> None:
    mine.write("agents/mine.py", PROGRAM.replace('print("the agent begins")', 'os.system("env; cat /proc/*/environ")'))
    with Provider(WORKS) as provider:
        mine.models(provider)
        mine.pytest("tasks", "--agent-cassettes=live").assert_outcomes(passed=1)
    log = (mine.run_folder / mine.results()["answer"]["slug"] / "agent.log").read_text()
    assert "OPENAI_BASE_URL" in log
    assert KEY not in log


def test_an_agent_for_all_tasks_and_one_that_a_project_registers(mine: Project) -> None:
    mine.write(
        "conftest.py",
        """
        class Careful:
            asks_models = False

            def run(self, task, workspace, session, limits):
                workspace.resolve("out.txt").write_text("42")
                return "done"

        def pytest_agenttasks_agents(config):
            return {"careful": Careful()}
        """,
    )
    for workers in ("-n0", "-n2"):
        mine.pytest("tasks", "--agent=careful", workers).assert_outcomes(passed=1)
    assert (mine.results()["answer"]["agent"], mine.results()["answer"]["answer"]) == ("careful", "done")
    result = mine.pytest("tasks", "--agent=carefull")
    result.stderr.fnmatch_lines(["*did you mean 'careful'?*"])
    mine.write("conftest.py", "def pytest_agenttasks_agents(config): return {'loop': 1}")
    result = mine.pytest("tasks")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*pytest_agenttasks_agents: an agent cannot be registered as 'loop': that is the*"])


HOSTILE = """
    import os, shutil, signal, sys, time
    exec(open(os.path.join(os.path.dirname(__file__), "mine.py")).read().split("messages =")[0])
    ask([{"role": "user", "content": sys.argv[1]}])
    open("out.txt", "w").write("42")
    kind = sys.argv[2]
    if kind == "flood":
        for _ in range(2000):
            os.write(1, b"x" * 9999 + b"\\\\n")
    elif kind == "delete":
        shutil.rmtree(os.getcwd(), ignore_errors=True)
    elif kind == "link":
        os.remove("out.txt")
        os.symlink("/proc/self/environ", "out.txt")
    elif kind == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(100)
    elif kind == "daemon":
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", "98765.4321"])
            os._exit(0)
    elif kind == "parent":
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(1, signal.SIGKILL)
    elif kind == "disk":
        with open("big", "wb") as file:
            while True:
                file.write(b"x" * 2**20)
"""

KINDS = {
    "flood": ("passed", "finished"),
    "delete": ("failed", "finished"),
    "link": ("failed", "finished"),
    "hang": ("passed", "seconds"),
    "daemon": ("passed", "finished"),
    "disk": ("error", ""),
}


def test_programs_that_do_harm_cost_their_own_task_and_leave_nothing_behind(mine: Project) -> None:
    mine.write("agents/hostile.py", HOSTILE)
    (mine.path / "tasks/answer.yaml").unlink()
    head = TASK.replace("mine.py", "hostile.py").replace('"{prompt}"]', '"{prompt}", "{{ kind }}"]')
    seconds = "{{ 8 if kind == 'hang' else 90 }}"
    limits = f'matrix: {{kind: [{", ".join([*KINDS, "parent"])}]}}\n    limits: {{seconds: "{seconds}"}}\n    checks:'
    mine.write("tasks/harm.yaml", head.replace("id: answer", "id: harm").replace("checks:", limits))
    with Provider(lambda asked: completion("Go on.", model=asked.body["model"])) as provider:
        mine.models(provider)
        mine.pytest("tasks", "--agent-cassettes=live", "-n2")
    found = {name.split("[")[1][:-1]: (one["outcome"], one["stopped"]) for name, one in mine.results().items()}
    assert found.pop("parent")[0] in ("passed", "error"), "it dies with the sandbox, or is not let"
    assert found == KINDS
    assert "98765.4321" not in "".join(commands_running())


def commands_running() -> list[str]:
    """Command lines of all processes."""
    found = []
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            found.append((process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " "))
    return found
