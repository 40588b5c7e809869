"""`agenttasks doctor`: what it finds in real projects, and what it survives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.cli import main
from pytest_agenttasks.doctor import CHECKS, GROUPS, Check, Patient, examine
from pytest_agenttasks.results import Json
from pytest_agenttasks.workspace.folders import temporary_folders
from tests.cli.recordings import TASKS
from tests.doctor.test_packages import install
from tests.e2e.project import KEY, WRITES, Project, gateway
from tests.provider import Answer, Asked, Provider

ROOT = Path(__file__).parents[2]
COLUMNS = 80
BROKEN = "prompt: x\noops: 1\n"


class Doctor:
    """The command, run in a project."""

    def __init__(self, project: Project, capfd: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capfd = capfd

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints, and nothing on stderr; it must end with this exit code."""
        self._capfd.readouterr()
        ended = main(["doctor", *arguments])
        told = self._capfd.readouterr()
        assert (ended, told.err) == (code, ""), told
        assert "Traceback" not in told.out
        return told.out

    def found(self, *arguments: str, code: int = 0) -> dict[str, list[Json]]:
        """Findings by check."""
        data = json.loads(self("--json", *arguments, code=code))
        assert data["exit_code"] == code
        by_check: dict[str, list[Json]] = {}
        for one in data["findings"]:
            by_check.setdefault(one["check"], []).append(one)
        return by_check


def logs(project: Project) -> dict[Path, int]:
    """Logs of gateways in the project, and their sizes: recording leaves one."""
    return {file: file.stat().st_size for file in (project.path / ".agenttasks").glob("runs/*/gateway.log")}


@pytest.fixture
def doctor(project: Project, capfd: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(project, capfd)


def levels(findings: list[Json]) -> list[str]:
    return [one["level"] for one in findings]


def of(findings: list[Json], level: str) -> list[tuple[str, str]]:
    return [(one["found"], one["mend"]) for one in findings if one["level"] == level]


def test_a_project_that_is_well(doctor: Doctor) -> None:
    told = doctor("--strict").splitlines()
    assert told[-1] == "nothing is wrong"
    assert [line for line in told if line in GROUPS] == list(GROUPS)
    assert [line for line in told if len(line) > COLUMNS and "mend: " not in line and " " in line.strip()] == []
    text = " ".join(" ".join(told).split())
    assert "ok 2 cassettes of the selected tasks, nothing wrong with them; " in text
    assert "ok OPENROUTER_API_KEY is set: for m, n" in text
    assert KEY not in text
    assert "mend: agenttasks doctor --live" in text


def test_every_level_in_one_project(doctor: Doctor) -> None:
    project = doctor.project
    new = "      - {id: new, prompt: x, agent: aider, checks: [{files: x}]}\n"
    project.write("tasks/two.yaml", TASKS.replace("out.txt, please", "out.txt, now") + new)
    project.write("tasks/broken.yaml", BROKEN)
    project.write("cassettes/tasks/gone/a--m.yaml", "damaged")
    project.setenv("OPENROUTER_API_KEY", f'"{KEY}"')
    found = doctor.found(code=1)
    assert of(found["task-files"], "error") == [
        ("tasks/broken.yaml:2:1: unknown key 'oops'; known: id, title, category, priority, tags, matrix, …",
         "edit tasks/broken.yaml:2:1"),
    ]  # fmt: skip
    [(missing, mend)] = of(found["agents"], "error")
    assert (missing[:39], mend) == ("the agent aider runs the program 'aider", "pip install aider-chat")
    [(lost, mend)] = of(found["cassettes"], "error")
    assert lost == "1 task would be replayed without a cassette: tasks/two.yaml::new"
    assert mend.startswith("agenttasks cassettes refresh --dry-run")
    [(stale, _)] = of(found["cassettes"], "warning")
    assert stale == "stale: tasks/two.yaml::other: prompt changed since it was recorded"
    [(orphan, mend)] = of(found["cassettes"], "note")
    assert (orphan, mend) == (
        "1 cassette without a task: cassettes/tasks/gone/a--m.yaml",
        "agenttasks cassettes prune --dry-run",
    )
    assert of(found["keys"], "warning") == [
        ("OPENROUTER_API_KEY has quotes around it", "export OPENROUTER_API_KEY=…   # the key alone")
    ]
    assert KEY not in json.dumps(found)
    assert "claude-code is not here; no selected task names it" in [one for one, _ in of(found["agents"], "note")]
    only = doctor.found("--", "tasks/two.yaml", "-k", "one")
    assert [one["found"] for one in only["project"]] == [f"3 tasks in {project.path}; selected: 1 to replay"]
    assert levels(only["cassettes"]) == ["ok", "note"]
    assert "task-files" not in only


def test_live_looks_up_what_is_left_and_asks_no_model(doctor: Doctor) -> None:
    project = doctor.project

    def left(asked: Asked) -> Answer:
        return Answer(200, {"data": {"free_model_daily_requests": {"used": 49, "limit": 50, "remaining": 1}}})

    with Provider(WRITES, look_up=left) as provider:
        project.models(provider, "m", "n")
        shutil.rmtree(project.path / "cassettes")
        before = logs(project)
        found = doctor.found("--live", "--", "-o", "agenttasks_isolation=none")
    assert provider.asked == []
    assert [asked.path for asked in provider.looked_up] == ["/api/v1/key"]
    assert of(found["servers"], "ok") == [
        (f"127.0.0.1:{provider.base.split(':')[2].split('/')[0]} accepts connections", "")
    ]
    [(pool, _)] = of(found["quotas"], "note")
    assert pool.startswith("1 of 50 left today for free models of OPENROUTER_API_KEY, refilled in ")
    [(short, mend)] = of(found["quotas"], "warning")
    assert short.startswith("2 tasks need about 20 calls; 1 of 50 left today")
    assert mend.startswith("come back later")
    assert levels(found["cassettes"]) == ["note"]
    assert levels(found["sandbox"]) == ["note"]
    assert logs(project) == before, "nothing is written into the project"


def test_live_needs_keys_and_servers_and_a_sandbox(doctor: Doctor) -> None:
    project = doctor.project
    project.setenv("OPENROUTER_API_KEY", "")
    project.setenv("PATH", "/nonexistent")
    project.write("tasks/old.yaml", "prompt: x\nworkspace: {git: {ref: HEAD}}\nchecks: [{files: x}]\n")
    found = doctor.found("--live", code=1)
    assert of(found["keys"], "error") == [
        ("m (openrouter/test/m:free) needs the variable OPENROUTER_API_KEY, which is not set",
         "export OPENROUTER_API_KEY=…"),
    ]  # fmt: skip
    [(refused, mend)] = of(found["servers"], "error")
    assert "does not accept connections" in refused
    assert mend == "see api_base in models.yaml"
    [(why, mend)] = of(found["sandbox"], "error")
    assert why == "the sandbox does not work here: the program bwrap is not installed"
    assert mend.startswith("sudo apt-get install bubblewrap")
    assert of(found["tools"], "error") == [("workspace.git needs the program git", "install it, or use `from`")]
    replay = doctor.found(code=1)
    assert levels(replay["sandbox"]) == ["warning"]
    assert levels(replay["keys"]) == ["note"]


def test_retired_models(doctor: Doctor) -> None:
    retired = "presets: {old: {model: 'openrouter/t/old:free', retired: withdrawn}, m: openrouter/t/m}\nchain: "
    doctor.project.write("models.yaml", f"{retired}[old, m]\n")
    found = doctor.found(code=1)  # there are no cassettes on it
    assert of(found["presets"], "note")[0][0].startswith("default chain: old is retired (withdrawn): where models are")
    doctor.project.write("models.yaml", f"{retired}[old]\n")
    [(told, mend)] = of(doctor.found(code=1)["presets"], "warning")
    assert told == "every model of the chain old is retired: only replays work"
    assert mend.startswith("name another one: --model-preset NAME")
    live = doctor.found("--live", code=1)
    assert levels(live["presets"]) == ["error"]
    assert live["quotas"][0]["found"] == "no selected task would ask a model"


def test_another_machines_gateway_has_the_keys(doctor: Doctor) -> None:
    standing = {"where": "redis://somewhere", "blocked": {"m": {"reason": "daily_quota", "resets_in": 3600}}}
    options = ("--live", "--", "-o", "agenttasks_preflight=strict")
    with gateway(Answer(200, standing)) as remote:
        doctor.project.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
        url = remote.base.removesuffix("/api/v1")
        found = doctor.found(*options, f"--agent-gateway={url}", code=1)
    assert of(found["quotas"], "ok") == [("the gateway comes up; accounts' state: redis://somewhere", "")]
    [(cooled, _)] = of(found["quotas"], "error")
    assert cooled.startswith("m is cooled: daily_quota until ")
    assert of(found["keys"], "note") == [("keys are the gateway's own (--agent-gateway)", "")]
    gone = doctor.found(*options, f"--agent-gateway={url}", code=1)
    assert "does not answer" in of(gone["quotas"], "error")[0][0]
    assert "the-token" not in json.dumps(gone)


BREAKS = {
    "models.yaml": ("chain: [nobody]\n", "models.yaml:1:9: unknown preset 'nobody'"),
    "conftest.py": ("1 / 0\n", "ZeroDivisionError: division by zero"),
    "pytest.ini": ("[pytest]\naddopts = --no-such-option\n", "unrecognized arguments: --no-such-option"),
}


@pytest.mark.parametrize("file", BREAKS)
def test_what_pytest_refuses_is_told_in_its_words_and_the_rest_all_the_same(doctor: Doctor, file: str) -> None:
    text, words = BREAKS[file]
    doctor.project.write(file, text)
    found = doctor.found(code=1)
    [(told, _)] = of(found["pytest"], "error")
    assert told.startswith("pytest would run nothing: ")
    assert words in told
    assert {"python", "packages", "sandbox", "agents", "space", "cassettes"} <= found.keys()
    assert not [one for findings in found.values() for one in findings if "itself failed" in one["found"]]


def test_an_agent_that_nobody_knows_is_told_once(doctor: Doctor) -> None:
    found = doctor.found("--", "--agent=nobody", code=1)
    errors = [one for findings in found.values() for one in findings if one["level"] == "error"]
    assert [one["check"] for one in errors] == ["pytest"]
    assert "unknown agent 'nobody'" in errors[0]["found"]


def test_packages_plugins_and_state_of_an_odd_installation(
    doctor: Doctor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Metadata of a vcrpy that is too old lie before the real ones; the state is a Redis with a password."""
    folder = tmp_path_factory.mktemp("site")
    install(folder, "vcrpy", "8.0.0")
    doctor.project.setenv("PYTHONPATH", str(folder))
    doctor.project.setenv("AGENTTASKS_STATE", "http://:hunter22@example.org/0")
    found = doctor.found("--live", "--", "--max-worker-restart=0", "-p", "anyio", code=1)
    assert of(found["packages"], "error")[0][0].endswith("asks for vcrpy<10,>=9, and 8.0.0 is installed")
    assert of(found["clashes"], "error")[0][0].startswith("vcrpy 8.0.0 cannot patch aiohttp")
    assert of(found["plugins"], "warning")[0][0].startswith("--max-worker-restart=0: ")
    assert of(found["plugins"], "note")[0][1].startswith("addopts = -p no:anyio")
    assert of(found["state"], "error")[0][0].startswith("agenttasks_state: http:// is no Redis")
    assert "hunter22" not in json.dumps(found)


def test_pytest_timeout_and_a_python_test(doctor: Doctor) -> None:
    marker = "@pytest.mark.agent_task(prompt='x', limits={'seconds': 90})"
    doctor.project.write("tasks/test_it.py", f"import pytest\n{marker}\ndef test_it(agent_run): pass\n")
    found = doctor.found("--", "-o", "timeout=60", code=1)
    assert of(found["timeouts"], "warning") == [
        ("tasks/test_it.py::test_it: pytest-timeout ends it after 60 s, its own limit is 90 s",
         "@pytest.mark.timeout(150)   # above the test"),
    ]  # fmt: skip


def test_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "PATH": "/nonexistent"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert main(["doctor"]) == 0
    told = " ".join(capfd.readouterr().out.split())
    assert f"warning there are no tasks in tasks (root of the project: {tmp_path}) mend: agenttasks init" in told
    assert told.endswith("2 warnings (project, sandbox)")
    assert main(["doctor", "--strict"]) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "pytest.ini"]


def test_on_windows_nothing_else_is_looked_at(tmp_path: Path) -> None:
    """Not on Windows itself: what it is told is what the interpreter says."""
    program = (
        "import sys; from pytest_agenttasks.cli import main; import pytest_agenttasks.cli.doctor.doctor\n"
        "sys.platform = 'win32'; sys.exit(main(['doctor', '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    [refused, python] = json.loads(done.stdout)["findings"]
    assert (refused["level"], python["check"]) == ("error", "python")
    assert refused["found"] == "agent tasks do not run on Windows; they do in WSL, on Linux and on macOS"


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    program = "import os, sys; os.chdir('gone'); os.rmdir('../gone'); from pytest_agenttasks.cli import main; main()"
    program = program.replace("main()", "sys.exit(main(['doctor']))")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("agenttasks: the current folder cannot be used (No such file or directory)")


DIES = """
import os
from pytest_agenttasks.workspace.folders import temporary_folders
made = temporary_folders()
folders = made.__enter__()
(folders.root / "data").write_bytes(b"x" * 3_000_000)
print(folders.root, flush=True)
os._exit(9)
"""


def test_workspaces_of_killed_runs_are_told_and_not_those_that_are_used(
    doctor: Doctor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One that a process made which was ended by force, and one that this process uses."""
    doctor.project.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
    tempfile.tempdir = None  # what it found before
    died = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, check=False)
    left = died.stdout.strip()
    assert Path(left).is_dir(), died.stderr
    with temporary_folders() as used:
        notes = of(doctor.found()["leftovers"], "note")
    tempfile.tempdir = None
    [(told, mend)] = [one for one in notes if left in one[1]]
    assert "of killed runs take" in told
    assert mend.startswith("rm -r ")
    assert str(used.root) not in mend


def test_a_check_that_cannot_be_run_is_a_finding() -> None:
    def breaks(_: Patient) -> Iterator[object]:
        raise OSError("nobody\nexpected this")
        yield

    check: Check[Patient] = Check("mine", "Disk", "", breaks)  # type: ignore[arg-type]
    [found] = examine([check], Patient())
    assert (found.level, found.check, found.group) == ("error", "mine", "Disk")
    assert found.found == "the check mine itself failed: OSError: nobody expected this"


def test_checks_have_names_of_their_own_and_known_groups() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert {check.group for check in CHECKS} < set(GROUPS)


def test_the_page_shows_what_is_said(doctor: Doctor) -> None:
    """`…` of the page stands for anything."""
    page = (ROOT / "docs/doctor.md").read_text("utf-8")
    [task_file] = re.findall(r"<!-- file: tasks/two.yaml -->\n```yaml\n(.*?)```", page, re.DOTALL)
    [shown] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    doctor.project.write("tasks/two.yaml", "").write_text(task_file)
    told = " ".join(doctor(code=1).split())
    assert re.search(re.escape(" ".join(shown.split())).replace("…", ".*"), told), told


class TestPreflight:
    """What the run itself refuses, by the same facts."""

    def test_a_full_disk_stops_the_run_before_its_first_task(self, project: Project, bubblewrap_program: str) -> None:
        size, place = 8 << 20, "/mnt"
        command = [bubblewrap_program, "--dev-bind", "/", "/", "--size", str(size), "--tmpfs", place]
        environment = {**os.environ, "TMPDIR": place}
        done = subprocess.run(
            [*command, sys.executable, "-P", "-m", "pytest", "tasks", "--agent-isolation=none"],
            env=environment, cwd=project.path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 4, done.stdout + done.stderr
        told = "the folder of workspaces (/mnt) has 8 MiB left on its disk; a run needs 16 at least"
        assert told in done.stderr

    def test_a_litellm_that_lacks_mcp_stops_live_work_and_no_replay(
        self, project: Project, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("site")
        install(folder, "litellm", "1.106.1")
        (folder / "mcp-2.dist-info").mkdir()
        (folder / "mcp-2.dist-info/METADATA").write_text("Name: mcp\n\n")  # no version: not installed
        project.setenv("PYTHONPATH", str(folder))
        result = project.live("tasks")
        assert result.ret == 4
        result.stderr.fnmatch_lines(["*litellm 1.106.1 imports mcp as soon as a call carries tools*pip install 'mcp*"])
        project.pytest("tasks").assert_outcomes(passed=2)


@pytest.fixture
def bubblewrap_program() -> str:
    program = shutil.which("bwrap")
    probe = [program or "", "--dev-bind", "/", "/", "--size", "8388608", "--tmpfs", "/mnt", "true"]
    if program is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no bubblewrap that makes a small file system")
    return program
