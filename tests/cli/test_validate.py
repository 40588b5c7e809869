"""`agenttasks validate`: mistakes of each kind, really tried, and what the command survives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_agenttasks.results import Json
from pytest_agenttasks.validation import CODES
from tests.make_docs import ROOT
from tests.terminal import Terminal
from tests.test_docs import examples_of

SEEDED = r"""
defaults: {limits: {steps: 5}}
tasks:
  - id: good
    prompt: Write out.txt.
    checks: [{files: out.txt}, {diff: out.txt}]
    solution: echo 42 > out.txt
  - id: idle
    prompt: Write out.txt.
    workspace: {files: {README.md: "# shop\n"}}
    checks:
      - contains: {file: README.md, text: shop}
      - files: out.txt
      - {contains: {file: README.md, text: "#"}, guard: true}
    solution: echo 42 > out.txt
  - id: nothing
    prompt: Write README.md.
    workspace: {files: {README.md: "# shop\n"}}
    checks:
      - command: test -s README.md
      - {diff: README.md}
    solution: echo 42 >> README.md
  - id: rejected
    prompt: Write out.txt.
    checks:
      - diff: out.txt
      - contains: {file: out.txt, text: "42"}
    solution: echo 41 > out.txt; touch other.txt
  - id: fails
    prompt: Write out.txt.
    checks: [{files: out.txt}]
    solution: |
      cat missing.txt
      echo 42 > out.txt
  - id: unbuilt
    prompt: Write out.txt.
    workspace: {setup: ["echo no luck; exit 3"]}
    checks: [{files: out.txt}]
    solution: echo 42 > out.txt
  - id: unguarded
    prompt: Write out.txt.
    checks:
      - {files: out.txt, guard: true}
    solution: echo 42 > out.txt
  - id: unchanged
    prompt: Write out.txt.
    checks: [{command: test ! -e out.txt}]
    solution: "true"
  - id: bounds
    prompt: Change README.md.
    workspace: {files: {README.md: "# shop\n"}}
    checks:
      - {files: README.md, guard: true}
      - trajectory: {steps: {max: 5}, unused: web}
      - answer: {lacks: sorry}
    solution: echo >> README.md; echo fine
  - id: wrong answer
    prompt: How much is six times seven?
    checks: [{answer: "42"}]
    solution: echo 41
  - id: trials
    prompt: Write out.txt.
    repeat: 3
    checks: [{files: out.txt}]
    solution: echo 42 > out.txt
  - id: café au lait
    prompt: Write {n}, then out.txt.
    matrix: {n: [ü, x]}
    checks: [{files: out.txt}]
    solution: echo {{ n }} > out.txt
"""

COMMAND = [sys.executable, "-P", "-c", "from pytest_agenttasks.cli import main; raise SystemExit(main())", "validate"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Json:
        found: Json = json.loads(self.out)
        assert found["exit_code"] == self.code
        return found

    def codes(self) -> dict[str, list[tuple[str, int]]]:
        """Code and line of all findings, by name of the task."""
        found: dict[str, list[tuple[str, int]]] = {}
        for one in self.data["findings"]:
            found.setdefault(one["task"].partition("::")[2], []).append((one["code"], one["line"]))
        return found


def run(folder: Path, *arguments: str, **variables: str) -> Ran:
    command = [*COMMAND, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def project(folder: Path, **files: str) -> Path:
    """A folder with files, `__` in whose names stands for `/`, and an ini file."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8")
    return folder


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("seeded"), tasks__seeded=SEEDED)


@pytest.fixture(scope="module")
def tried(seeded: Path) -> Ran:
    """What it finds in the seeded tasks, with two workers, whatever the project's own options say."""
    options = "-x --agent-resume --reruns 1 --lf --agent-cassettes=live --agent-isolation=none"
    return run(seeded, "--json", "-n2", PYTEST_ADDOPTS=options)


def line_of(text: str) -> int:
    return SEEDED[: SEEDED.index(text)].count("\n") + 1


def test_each_mistake_is_named_at_its_place(tried: Ran) -> None:
    found = tried.codes()
    assert found == {
        "idle": [("idle-check", line_of("contains: {file: README.md, text: shop}"))],
        "nothing": [
            ("passes-on-nothing", line_of("id: nothing")),
            ("idle-check", line_of("command: test -s")),
        ],
        "rejected": [
            ("solution-rejected", line_of("diff: out.txt\n      - contains")),
            ("solution-rejected", line_of('contains: {file: out.txt, text: "42"}')),
        ],
        "fails": [("solution-fails", line_of("|\n      cat missing"))],
        "unbuilt": [("not-run", line_of("id: unbuilt"))],
        "unguarded": [("not-a-guard", line_of("{files: out.txt, guard: true}"))],
        "unchanged": [
            ("passes-on-nothing", line_of("id: unchanged")),
            ("idle-check", line_of("{command: test ! -e out.txt}")),
            ("changes-nothing", line_of('"true"')),
        ],
        "bounds": [
            ("passes-on-nothing", line_of("id: bounds")),
            ("not-tried", line_of("trajectory:")),
        ],
        "wrong answer": [("solution-rejected", line_of('{answer: "42"}'))],
        "café au lait[ü]": [("unfilled-name", line_of("Write {n}"))],
        "café au lait[x]": [("unfilled-name", line_of("Write {n}"))],
    }
    assert tried.code == 1


def test_a_bad_check_is_named_with_what_it_checks(tried: Ran) -> None:
    messages = {one["code"]: one for one in tried.data["findings"] if "idle" in one["task"]}
    assert messages["idle-check"]["message"] == "passes on nothing: contains: {file: README.md, text: shop}"
    assert messages["idle-check"]["file"] == "tasks/seeded.yaml"
    assert (messages["idle-check"]["level"], messages["idle-check"]["mend"]) == ("warning", CODES["idle-check"].mend)


def test_findings_say_why(tried: Ran) -> None:
    told = {(one["task"].partition("::")[2], one["code"]): one for one in tried.data["findings"]}
    assert "ended with exit code 1" in told["fails", "solution-fails"]["message"]
    assert "missing.txt" in told["fails", "solution-fails"]["evidence"][-1]
    assert "setup" in told["unbuilt", "not-run"]["message"]
    rejected = [one["message"] for one in tried.data["findings"] if one["code"] == "solution-rejected"]
    assert "other.txt" in rejected[0]
    assert "'42'" in rejected[1]


def test_every_check_is_tried_against_both(tried: Ran) -> None:
    tasks = {one["id"].partition("::")[2]: one for one in tried.data["tasks"]}
    good = tasks["good"]
    assert [(one["shown"], one["status"]) for one in good["nop"]["checks"]] == [
        ("files: out.txt", "failed"),
        ("diff: out.txt", "passed"),
    ]
    assert [[one["status"] for one in once["checks"]] for once in good["solution"]] == [["passed", "passed"]]
    assert tasks["unbuilt"]["nop"]["outcome"] == "error"


def test_of_trials_the_first_one_is_tried(tried: Ran) -> None:
    names = [one["id"].partition("::")[2] for one in tried.data["tasks"]]
    assert [name for name in names if name.startswith("trials")] == ["trials[trial1]"]


def test_nothing_is_left_in_the_project(tried: Ran, seeded: Path) -> None:
    assert tried.out
    left = {file.name for file in seeded.rglob("*") if "__pycache__" not in file.parts}
    assert left == {"pytest.ini", "tasks", "seeded.yaml"}


def test_the_example_of_the_page(tmp_path: Path) -> None:
    page = ROOT / "docs/validate.md"
    (task,) = [one for one in examples_of(page) if one.file]
    (shown,) = [one.text for one in examples_of(page) if one.kind == "text"]
    ran = run(project(tmp_path, tasks__notes=task.text))
    assert (ran.out, ran.code) == (shown, 1)


LEVELS = """
    - id: no-limits
      prompt: Write out.txt.
      checks: [{files: out.txt}]
      solution: echo 42 > out.txt
    - id: unsolved  # validate: ignore=no-limits, no-solution
      prompt: Write out.txt.
      checks: [{files: out.txt}]
"""


def test_lint_runs_nothing_and_warnings_count_where_it_is_strict(tmp_path: Path) -> None:
    project(tmp_path, tasks__levels=f"tasks:{LEVELS}")
    (tmp_path / "conftest.py").write_text("def pytest_runtest_protocol(): raise SystemExit('ran')\n")
    ran = run(tmp_path, "--lint")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "2 tasks, read, not tried: 1 warning (no-limits), 2 silenced")
    assert ran.out.startswith("tasks/levels.yaml:2: warning no-limits: ")
    assert run(tmp_path, "--lint", "--strict").code == 1
    assert run(tmp_path, "--lint", "--strict", "--ignore=no-limits").out == "2 tasks, read, not tried: 3 silenced\n"


def test_files_that_cannot_be_read_are_problems_and_the_others_are_looked_at(tmp_path: Path) -> None:
    project(tmp_path, tasks__levels=f"tasks:{LEVELS}", tasks__bad="prompt: x\noops: 1\nlimits: 3\n")
    ran = run(tmp_path, "--lint", "--json")
    found = [(one["code"], one["file"], one["line"]) for one in ran.data["findings"]]
    assert found == [
        ("unreadable", "tasks/bad.yaml", 2),
        ("unreadable", "tasks/bad.yaml", 3),
        ("no-limits", "tasks/levels.yaml", 2),
    ]
    assert (ran.code, len(ran.data["tasks"])) == (1, 2)


def test_files_alone_that_cannot_be_read_are_no_tasks_and_the_width_is_that_of_columns(tmp_path: Path) -> None:
    project(tmp_path, tasks__bad="prompt: x\noops: 1\nlimits: 3\n")
    ran = run(tmp_path, COLUMNS="60")
    assert ran.out.splitlines()[-1] == "0 tasks, not tried, since the file cannot be read: 2 problems (unreadable)"
    assert max(len(line) for line in ran.out.splitlines()[:-1]) <= 60


def test_hidden_tests_that_are_not_collected_are_named_for_that_alone(tmp_path: Path) -> None:
    """The check passes on nothing by them: to call it a guard would be the wrong way out."""
    project(tmp_path, tasks__uncollected=UNCOLLECTED)
    found = run(tmp_path, "--json").codes()
    assert found == {"uncollected": [("passes-on-nothing", 1), ("uncollected-tests", 6)]}


UNCOLLECTED = """\
prompt: Mend a.py.
limits: {steps: 3}
workspace:
  files: {a.py: "", test_a.py: "def test_a(): pass"}
checks:
  - {pytest: ".", hidden: {files: {a_tests.py: "def test_b(): assert 0"}}}
solution: echo > a.py
"""


def test_what_is_selected(tmp_path: Path) -> None:
    project(tmp_path, tasks__levels=f"tasks:{LEVELS}", tasks__other="prompt: Write b.py.\nchecks: [{files: b.py}]")
    for arguments, expected in {
        ("tasks/levels.yaml::unsolved", "tasks/other.yaml"): ["unsolved", "other"],
        ("-k", "not unsolved"): ["no-limits", "other"],
        ("-k", "not unsolved", "tasks", "--", "--deselect=tasks/other.yaml::other"): ["no-limits"],
    }.items():
        tasks = run(tmp_path, "--lint", "--json", *arguments).data["tasks"]
        assert [one["id"].partition("::")[2] for one in tasks] == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "file or directory not found: nowhere"),
        (["-k", "nothing"], "there is no such task: give"),
        (["--ignore", "idle"], "did you mean idle-check?"),
        (["-n", "none"], "found 'none', expected a whole number from 1 on"),
        (["--", "--no-such-option"], "unrecognized arguments: --no-such-option"),
    ],
)
def test_wrong_usage(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = run(project(tmp_path, tasks__other="prompt: x"), "--lint", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


FLAKY = """
    prompt: Write out.txt.
    limits: {steps: 3}
    checks: [{command: 'test -e out.txt && test "$(cat out.txt)" = "$(cat SEEN 2>/dev/null || echo 1)"'}]
    solution: mkdir FOLDER/$(ls FOLDER | wc -l); ls FOLDER | wc -l > out.txt
"""


def test_checks_that_are_not_sure(tmp_path: Path) -> None:
    """A solution that counts how often it ran, where nothing holds it."""
    folder = tmp_path / "counted"
    folder.mkdir()
    project(tmp_path, tasks__flaky=FLAKY.replace("FOLDER", str(folder)))
    ran = run(tmp_path, "--times=3", "--json", "--keep=kept", "--", "--agent-isolation=none")
    (finding,) = ran.data["findings"]
    assert (finding["code"], finding["line"]) == ("flaky", 4)
    assert finding["message"].startswith("failed 2 of 3 times: command: ")
    assert len(ran.data["tasks"][0]["solution"]) == 3
    assert len(list((tmp_path / "kept/runs").glob("2*/run.json"))) == 4
    assert not (tmp_path / ".agenttasks").exists()


PYTHON = """
import pytest

@pytest.mark.agent_task(prompt="Write out.txt.", solution="echo 42 > out.txt")
def test_bites(agent_run):
    assert (agent_run.workspace.path / "out.txt").exists()

@pytest.mark.agent_task(prompt="Write out.txt.", solution="echo 42 > out.txt")
def test_does_not(agent_run):
    assert agent_run.workspace.path.is_dir()

def test_of_something_else():
    raise SystemExit("not a task")
"""


def test_python_tests_with_tasks_are_tried_too(tmp_path: Path) -> None:
    (project(tmp_path) / "test_it.py").write_text(PYTHON)
    ran = run(tmp_path, "test_it.py", "--json", "-n1")
    assert ran.codes() == {"test_does_not": [("passes-on-nothing", 8)]}
    assert len(ran.data["tasks"]) == 2


SLOW = """
    prompt: Write out.txt.
    limits: {steps: 3}
    workspace: {setup: ["echo > BEGAN; sleep 600"]}
    checks: [{files: out.txt}]
    solution: touch out.txt
"""


def test_a_terminal_shows_how_far_it_is_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    folder = tmp_path / "project"
    folder.mkdir()
    os.mkfifo(began := tmp_path / "began")
    project(folder, tasks__slow=SLOW.replace("BEGAN", str(began)))
    command = [*COMMAND, "--", "--agent-isolation=none"]
    with Terminal(command, folder, environ={"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}) as terminal:
        terminal.until(lambda rows: "trying: nothing done 0 of 1 …" in rows)
        began.read_text()  # until the setup writes into it
        terminal.type("\x03")
        assert terminal.end() == 130
        assert [row.removeprefix("^C") for row in terminal.rows if row] == ["agenttasks: interrupted"]
    assert list(temporary.iterdir()) == []
    assert sorted(file.name for file in folder.iterdir()) == ["pytest.ini", "tasks"]
