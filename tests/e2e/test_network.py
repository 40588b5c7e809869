"""No network in a replay, in whole runs: what a task's own code tries is told, also if that code swallows it."""

from __future__ import annotations

import pytest

from tests.e2e.project import Project, plays, tool
from tests.provider import Provider

AWAY = "192.0.2.1"
"""Of the network that RFC 5737 keeps for documentation: nobody is there."""

REACHES_OUT = f"""
    import contextlib, socket

    def connect(port):
        # A datagram socket sends nothing when it is connected: no packet leaves, guard or not.
        with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.connect(("{AWAY}", port))

    def swallow(port):
        try:
            connect(port)
        except Exception:
            pass
"""

AGENT = """
    import threading
    from reaches_out import swallow

    def alone(task, workspace, session, limits):
        session.complete([{"role": "user", "content": task.prompt}])
        swallow(1)
        return "done"

    def in_a_thread(task, workspace, session, limits):
        session.complete([{"role": "user", "content": task.prompt}])
        thread = threading.Thread(target=swallow, args=(2,))
        thread.start()
        thread.join()

    def good(task, workspace, session, limits):
        session.complete([{"role": "user", "content": task.prompt}])
"""

TASKS = "tasks:\n" + "".join(
    f"  - {{id: {name}, prompt: p, agent: 'my_agents:{name}', workspace: {{files: {{a: b}}}}, checks: [files: a]}}\n"
    for name in ("alone", "in_a_thread", "good")
)

CONFTEST = """
    import pytest
    from reaches_out import connect, swallow

    @pytest.fixture(autouse=True, scope="session")
    def of_no_task():
        connect(11)
        yield
        connect(12)

    @pytest.fixture(scope="module")
    def of_no_task_either():
        connect(15)

    @pytest.fixture
    def careless():
        swallow(13)

    @pytest.fixture
    def late():
        yield
        swallow(14)
"""

TESTS = """
    import pytest
    from reaches_out import connect, swallow

    task = pytest.mark.agent_task(prompt="p", agent="my_agents:good")

    def test_unrelated_before():
        connect(21)

    @task
    def test_body(agent_run):
        swallow(22)

    @task
    def test_fixture(careless, agent_run):
        pass

    @task
    def test_late(late, agent_run):
        pass

    @task
    def test_fine(agent_run, request):
        request.getfixturevalue("of_no_task_either")

    def test_unrelated(careless):
        connect(23)
"""


@pytest.fixture
def reaching(project: Project) -> Project:
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.write("reaches_out.py", REACHES_OUT)
    project.write("my_agents.py", AGENT)
    project.write("tasks/t.yaml", TASKS)
    project.write("conftest.py", CONFTEST)
    project.write("test_it.py", TESTS)
    with Provider(plays([tool("finish", answer="x")])) as provider:
        project.models(provider)
        project.record("tasks", "test_it.py").assert_outcomes(passed=9)
    return project


def test_what_leaves_is_an_error_and_unrelated_tests_are_free(reaching: Project) -> None:
    reaching.pytest("tasks", "test_it.py", "-n2").assert_outcomes(passed=5, errors=5)
    result = reaching.pytest("tasks", "test_it.py")
    result.assert_outcomes(passed=5, errors=5)
    told = {name: case.message for name, case in reaching.cases().items() if case.outcome == "error"}
    where = {"alone": ("reaches_out.py:7", 1), "in_a_thread": ("reaches_out.py:7", 2)}
    for name, (line, port) in where.items():
        assert f"no network in a replay: connection to {AWAY}:{port} refused, from {line}" in told[name]
        assert reaching.results()[name]["outcome"] == "error"
    for name, port in (("test_body", 22), ("test_fixture", 13), ("test_late", 14)):
        assert f"connection to {AWAY}:{port} refused" in told[name]
    reaching.pytest("tasks/t.yaml::good").assert_outcomes(passed=1)  # the fixture of the session begins and ends here
    result.stdout.fnmatch_lines(["*agenttasks_allow_hosts = 192.0.2.1*"])


def test_live_work_and_allowed_hosts_are_free(reaching: Project) -> None:
    with Provider(plays([tool("finish", answer="x")])) as provider:
        reaching.models(provider)
        reaching.live("tasks", "test_it.py").assert_outcomes(passed=9)
    reaching.pytest(
        "tasks", "test_it.py", "-n2", "-o", "agenttasks_allow_hosts=localhost 192.0.2.0/24"
    ).assert_outcomes(passed=9)


def test_a_host_that_is_none_is_told_before_anything_runs(project: Project) -> None:
    result = project.pytest("-o", "agenttasks_allow_hosts=https://example.com")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*agenttasks_allow_hosts = https://example.com: expected the name of a host, an add*"])
