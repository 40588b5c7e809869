"""Workers on another machine: a real sshd on loopback, a working copy and an environment of their own."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.project import KEY, LIVE, ONE_TASK, WRITES, Project, RunResult
from tests.e2e.sshd import Sshd, interpreter, running_sshd
from tests.provider import Provider

pytestmark = pytest.mark.xdist_group("sshd")

SOCKETS = Path("/tmp")
MEGABYTE = 1 << 20

BIG = f"""
    id: big
    agent: oracle
    prompt: x
    solution: "head -c {10 * MEGABYTE} /dev/zero > big.bin; echo end >> big.bin; echo hello > 'ein Gruß.txt'"
    artifacts: [big.bin, "*.txt"]
    checks: [{{files: {{exist: [big.bin]}}}}]
"""

MORE = """
    id: more
    matrix: {n: [1, 2, 3, 4]}
    agent: oracle
    prompt: x
    workspace: {from: files}
    solution: "echo number {{ n }} > out.txt"
    checks: [{contains: {file: out.txt, text: "number {{ n }}"}}]
"""

DIES = """
    import os, signal

    def dies(task, workspace, session, limits):
        session.complete([{"role": "user", "content": "x"}])
        os.kill(os.getpid(), signal.SIGKILL)
"""

CODE = """
    import pytest

    @pytest.mark.agent_task(prompt="Write 42 into out.txt.")
    def test_answer(agent_run, agent_workspace):
        assert (agent_workspace.path / "out.txt").read_text().strip() == "42"

    def test_way(request):
        url, _ = request.config.workerinput["agenttasks"]["gateway"]
        assert url.startswith("unix:/tmp/agenttasks-")
"""

GONE = """
    import os, signal

    class Gone:
        asks_models = False

        def run(self, task, workspace, session, limits):
            os.kill(os.getppid(), signal.SIGKILL)
            signal.pause()

    def pytest_agenttasks_agents():
        return {"gone": Gone()}
"""

TELLS = """
    import json, os, sys

    def test_here(tmp_path):
        facts = {"prefix": sys.prefix, "folder": os.getcwd(), "path": sys.path, "environ": dict(os.environ)}
        with open("facts.json", "w") as file:
            json.dump(facts, file)
"""


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """The server."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of the other machine."""
    return interpreter(tmp_path_factory.mktemp("there") / "venv")


@dataclass
class Machine:
    """Another machine.

    Attributes:
        project: on this machine.
        path: the working copy on that one.
        python: its interpreter.
        config: of ssh.
    """

    project: Project
    path: Path
    python: Path
    config: Path

    def copy(self) -> None:
        """Bring its working copy to the state of the project."""
        shutil.rmtree(self.path, ignore_errors=True)
        ignored = shutil.ignore_patterns(".agenttasks", "junit.xml", "*.pyc")
        shutil.copytree(self.project.path, self.path, ignore=ignored)

    def pytest(self, *arguments: str, workers: int = 1) -> RunResult:
        """Run pytest with workers there."""
        return self.project.pytest(
            "-d", *self.proxy(), "--tx", f"{workers}*popen//via=b//python={self.python}", *arguments
        )

    def proxy(self) -> tuple[str, str]:
        """How it is reached."""
        host = f"ssh=b//ssh_config={self.config}//python={self.python}"
        return "--px", f"id=b//{host}//execmodel=thread//chdir={self.path}"

    def left(self) -> list[str]:
        """What runs have left there."""
        return sorted(str(one.relative_to(self.path)) for one in (self.path / ".agenttasks/runs").rglob("*"))


@pytest.fixture
def machine(project: Project, sshd: Sshd, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The other machine, without a working copy yet."""
    return Machine(project, tmp_path_factory.mktemp("elsewhere") / "a copy", python, sshd.config)


@pytest.fixture
def sockets() -> Iterator[None]:
    """No way back to a gateway is left when the test is over."""
    before = set(SOCKETS.glob("agenttasks-*.sock"))
    yield
    assert set(SOCKETS.glob("agenttasks-*.sock")) - before == set()


@pytest.mark.usefixtures("sockets")
def test_recording_elsewhere_asks_the_gateway_here_and_brings_everything_home(machine: Machine) -> None:
    project = machine.project
    project.write("tasks/answer.yaml", ONE_TASK)
    project.write("tasks/dies.yaml", "{id: dies, agent: 'my_agents:dies', prompt: x}")
    project.write("my_agents.py", DIES)
    project.write("test_code.py", CODE)
    with Provider(WRITES) as provider:
        project.models(provider)
        machine.copy()
        result = machine.pytest("tasks", "test_code.py", "--agent-cassettes=record", *LIVE)
        assert {asked.headers["authorization"] for asked in provider.asked} == {f"Bearer {KEY}"}
    result.assert_outcomes(passed=3, errors=1)
    assert project.case().properties["cassette"] == "recorded"
    assert "crashed while running" in project.case("dies").message
    assert project.case("dies").properties["calls"] == "1", "what it told before it died has come home"
    assert len(project.cassettes()) == 2
    for cassette in project.cassettes():
        home, away = ((where / "cassettes" / cassette).read_bytes() for where in (project.path, machine.path))
        assert home == away
    assert not any(KEY.encode() in file.read_bytes() for file in machine.path.rglob("*") if file.is_file())
    passed = project.results()["answer"]["run"]
    project.pytest("tasks/answer.yaml", "test_code.py", "-n0", "--deselect", "test_code.py::test_way").assert_outcomes(
        passed=2
    )

    shutil.rmtree(machine.path / ".agenttasks")
    machine.pytest("tasks/answer.yaml", "--agent-cassettes=record", "--agent-resume", *LIVE).assert_outcomes(passed=1)
    assert project.results()["answer"]["resumed_from"] == passed
    assert project.told(), "the trajectory of the earlier run is here, too"
    assert machine.left() == []


def test_workers_here_and_elsewhere_leave_the_same_files_here(machine: Machine) -> None:
    project = machine.project
    project.write("tasks/big.yaml", BIG)
    project.write("tasks/more.yaml", MORE)
    project.write("tasks/files/a.txt", "a")
    machine.copy()
    machine.pytest("tasks", "--tx=popen", workers=2).assert_outcomes(passed=5)
    kept = project.run_folder / project.results()["big"]["slug"] / "artifacts"
    assert (kept / "big.bin").stat().st_size == 10 * MEGABYTE + 4
    assert (kept / "ein Gruß.txt").read_text() == "hello\n"
    told = [json.loads(line) for file in (project.run_folder / "events").iterdir() for line in file.open()]
    assert {event["event"] for event in told} == {"began", "phase", "ended"}
    assert len(list((project.run_folder / "events").iterdir())) == 3, "each worker did some"
    for name, result in project.results().items():
        patch = project.run_folder / result["slug"] / "changes.patch"
        assert patch.read_bytes(), name
    assert machine.left() == []


def test_a_worker_elsewhere_has_its_own_environment_and_no_key(machine: Machine) -> None:
    project = machine.project
    project.write("test_there.py", TELLS)
    project.setenv("OPENROUTER_API_KEY", KEY)
    project.setenv("AGENTTASKS_CASSETTE_NOTE", "a note")
    machine.copy()
    machine.pytest("test_there.py").assert_outcomes(passed=1)
    facts = json.loads((machine.path / "facts.json").read_text())
    assert facts["prefix"] == str(machine.python.parents[1])
    assert facts["folder"] == facts["path"][0] == str(machine.path)
    assert facts["environ"]["AGENTTASKS_CASSETTE_NOTE"] == "a note"
    assert KEY not in json.dumps(facts)


def test_where_the_folder_is_shared_all_is_written_there(machine: Machine) -> None:
    project = machine.project
    project.write("tasks/more.yaml", MORE)
    project.write("tasks/files/a.txt", "a")
    machine.path = project.path
    machine.pytest("tasks").assert_outcomes(passed=4)
    assert len(project.results()) == 4
    assert (project.run_folder / "events/gw0.jsonl").read_text().count('"event": "ended"') == 4


def test_a_machine_that_is_gone_ends_the_run_in_plain_words(machine: Machine) -> None:
    project = machine.project
    project.write("conftest.py", GONE)
    project.write("tasks/gone.yaml", "{id: gone, agent: gone, prompt: x}")
    machine.copy()
    result = machine.pytest("tasks")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*host b (b) is gone; go on without it: the same command with --agent-resume*"])
    assert "INTERNALERROR" not in result.stdout.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert project.case("gone").outcome == "error"


def refused(result: RunResult, project: Project, *told: str) -> None:
    """A usage error, before the first task, in one line and without a trace of the run."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text
    (line,) = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert [one for one in told if one not in line] == []
    runs = project.path / ".agenttasks/runs"
    assert not runs.exists() or list(runs.iterdir()) == []


def test_a_working_copy_of_another_state_is_refused(machine: Machine) -> None:
    project = machine.project
    project.write("tasks/big.yaml", BIG)
    project.write("tasks/more.yaml", MORE)
    project.write("tasks/files/a.txt", "a")
    machine.copy()
    here, there = project.path / "tasks", machine.path / "tasks"
    (there / "big.yaml").write_text(BIG.replace("hello", "other"))
    (there / "more.yaml").rename(there / "even.yaml")
    refused(
        machine.pytest("tasks"),
        project,
        "working copy on host b (b) is of another state",
        "tasks/big.yaml differs",
        "tasks/more.yaml is missing there",
        "tasks/even.yaml is only there",
    )
    machine.copy()
    (there / "files/a.txt").write_text("b")
    refused(machine.pytest("tasks"), project, "host b (b)", "tasks/more.yaml::more[1] differs (workspace)")
    shutil.rmtree(there)
    refused(machine.pytest(str(here.relative_to(project.path))), project, f"{machine.path} on host b (b) has no tasks")


def test_what_is_not_there_is_told_before_workers_start(machine: Machine, sshd: Sshd) -> None:
    project = machine.project
    project.write("tasks/big.yaml", BIG)
    machine.copy()
    python, machine.python = machine.python, Path(sys.base_prefix, "bin", machine.python.name)
    refused(machine.pytest("tasks"), project, f"{machine.python} on host b (b) has no pytest", "install it there")
    machine.python = Path("/nowhere/python")
    refused(machine.pytest("tasks"), project, "no Python came up there", "python=")
    machine.python, machine.config = python, sshd.restricted
    refused(machine.pytest("tasks", "--agent-cassettes=live", *LIVE), project, "ssh ended with an error", "forward")


HOST = "id=b//ssh=nobody@127.0.0.1//python=PY//execmodel=thread//chdir=/repo"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-d", "--tx=2*ssh=me@b//python=PY//chdir=/repo"], [
            '-d --px "id=b//ssh=me@b//python=PY//execmodel=thread//chdir=/repo" --tx "2*popen//via=b//python=PY"']),
        (["-d", "--tx=socket=b:8888"], ["workers behind socket="]),
        (["--px", HOST, "--tx=popen//via=b"], ["without -d"]),
        (["-d", "--px", "id=b//ssh=b", "--tx=popen//via=b"], ["--px id=b//ssh=b: add //execmodel=thread"]),
        (["-d", "--px", HOST, "--tx=popen//via=c"], ["no --px with id=c; expected one of b"]),
        (["-d", "--px", HOST, "--tx=popen"], ["no worker is to be started on b (nobody@127.0.0.1)"]),
        (["-d", "--px", HOST, "--px", HOST, "--tx=popen//via=b"], ["the id b is given twice"]),
        (["-d", "--px", HOST, "--tx=popen//via=b//chdir=/x"], ["put chdir=/x into the --px with id=b"]),
    ],
)  # fmt: skip
def test_forms_that_cannot_work_are_refused(project: Project, arguments: list[str], told: list[str]) -> None:
    project.write("tasks/big.yaml", BIG)
    refused(project.pytest("tasks", *arguments), project, *told)


def test_n_starts_workers_here_though_a_host_is_named(project: Project) -> None:
    project.write("tasks/more.yaml", MORE)
    project.write("tasks/files/a.txt", "a")
    result = project.pytest("tasks", "--px", HOST, "-n1")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["warning: -n1 starts workers on this machine only; --px is not used"])


def test_the_page_shows_the_form_that_is_tested(machine: Machine) -> None:
    page = Path(__file__).parents[2] / "docs/hosts.md"
    line = next(line for line in page.read_text("utf-8").splitlines() if line.startswith("pytest tasks/ -d"))
    shown = {part.partition("=")[0] for part in shlex.split(line)[4].split("//")}
    tested = {part.partition("=")[0] for part in machine.proxy()[1].split("//")}
    assert shown == tested - {"ssh_config"}
