"""An agent cannot edit its judge: what it left in the place of hidden inputs, or to steer them, does not count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.checks import Place, run_checks
from pytest_agenttasks.checks.hidden import takes_precedence
from pytest_agenttasks.results import CheckResult
from pytest_agenttasks.spec import Check, WorkspaceSpec
from pytest_agenttasks.workspace import open_workspace, probe_bubblewrap

SUM = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return 3\n"
TESTS = (
    "from calc import add\ndef test_add():\n    assert add(2, 2) == 4\ndef test_other():\n    assert add(1, 2) == 3\n"
)
MORE = "from calc import add\ndef test_more(): assert add(5, 5) == 10\n"
FORGE = "import calc\ncalc.add = lambda a, b: a + b\n"
PYTEST = {"args": "tests", "min_passed": 2}


class Left:
    """What an agent left of a workspace that began with some files, and checks with hidden inputs on it."""

    def __init__(self, workspace: Any, base: Path) -> None:
        self.workspace = workspace
        self.base = base

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.workspace.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def check(self, hidden: object, name: str = "pytest", options: object = PYTEST) -> CheckResult:
        check = Check.model_validate({name: options, "hidden": hidden})
        [result] = run_checks([check], Place(self.workspace, base=self.base))
        return result


@pytest.fixture(params=["none", "bubblewrap"])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    """It began with tests and a sum that is wrong."""
    if request.param == "bubblewrap" and (reason := probe_bubblewrap()):
        pytest.skip(f"the sandbox does not work here: {reason}")
    spec = WorkspaceSpec(files={"calc.py": WRONG, "tests/test_calc.py": TESTS})
    with open_workspace(spec, base=tmp_path, isolation=request.param) as workspace:
        yield Left(workspace, tmp_path)


def test_hidden_tests_are_run_and_seen_by_this_check_alone(left: Left) -> None:
    left.write({"calc.py": SUM})
    (left.base / "_hidden/tests").mkdir(parents=True)
    (left.base / "_hidden/tests/test_more.py").write_text(MORE)
    result = left.check("_hidden", options={"args": "tests", "min_passed": 3})
    assert (result.status, result.message) == ("passed", "3 passed")
    assert not (left.workspace.path / "tests/test_more.py").exists()
    assert left.workspace.changed() == ("calc.py",)


TAMPERED = {
    "the tests themselves": {"tests/test_calc.py": "def test_add(): pass\ndef test_other(): pass\n"},
    "their folder, for a link": {},
    "a conftest.py": {
        "conftest.py": "import pytest\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport():\n"
        "    report = yield\n    report.outcome = 'passed'\n    return report\n"
    },
    "a conftest.py beside them": {
        "tests/conftest.py": "def pytest_collection_modifyitems(items):\n"
        "    for item in items: item.obj = lambda: None\n"
    },
    "settings": {
        "pytest.ini": "[pytest]\naddopts = -p forge\n",
        "forge.py": FORGE,
    },
    "settings in pyproject.toml": {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p forge'\n",
        "forge.py": FORGE,
    },
    "the start of Python": {"sitecustomize.py": FORGE},
}


@pytest.mark.parametrize("what", TAMPERED)
def test_an_agent_that_tampers_with_its_tests_fails(left: Left, what: str) -> None:
    left.write(TAMPERED[what])
    if not TAMPERED[what]:
        left.write({"elsewhere/test_calc.py": "def test_add(): pass\ndef test_other(): pass\n"})
        (left.workspace.path / "tests/test_calc.py").unlink()
        (left.workspace.path / "tests").rmdir()
        (left.workspace.path / "tests").symlink_to("elsewhere")
    result = left.check({"original": "tests/**"})
    assert result.status == "failed"
    assert "1 of 2 tests failed: tests/test_calc.py::test_add: assert 3 == 4" in result.message
    assert "[not as the agent left it: " in result.message.splitlines()[0]


def test_without_hidden_inputs_each_of_these_passes(left: Left) -> None:
    """So the attempts above are real ones."""
    left.write(TAMPERED["the tests themselves"])
    [result] = run_checks([Check.model_validate({"pytest": PYTEST})], Place(left.workspace))
    assert result.status == "passed"


def test_a_pyproject_that_says_the_same_to_pytest_stays(left: Left) -> None:
    left.write({"calc.py": SUM, "pyproject.toml": "[project]\nname = 'calc'\n"})
    command = "grep -q calc pyproject.toml && python -m pytest -q tests"
    result = left.check({"files": {"data.txt": "x"}}, "command", command)
    assert (result.status, "not as the agent left it" in result.message) == ("passed", False)


def test_given_files_win_over_files_folders_and_links_in_their_place(left: Left) -> None:
    left.write({"calc.py": SUM, "input.txt/deep/file": "x", "there": "y"})
    (left.workspace.path / "out.txt").symlink_to("/etc/passwd")
    files = {"input.txt": "given", "out.txt": "mine", "there/is/one.txt": "more"}
    command = 'test "$(cat input.txt out.txt there/is/one.txt)" = givenminemore && test ! -L out.txt'
    result = left.check({"files": files}, "command", command)
    assert result.status == "passed", result.message
    assert Path("/etc/passwd").read_text() != "mine"


def test_a_package_does_not_stand_before_a_hidden_module(left: Left) -> None:
    left.write({"helpers/__init__.py": "def wanted(): return 3\n"})
    tests = "from calc import add\nfrom helpers import wanted\ndef test_a(): assert add(2, 2) == wanted()\n"
    hidden = {"files": {"helpers.py": "def wanted(): return 4\n", "test_a.py": tests}}
    result = left.check(hidden, options="test_a.py")
    assert result.status == "failed", result.message
    assert "helpers/__init__.py" in result.message


def test_byte_code_that_an_agent_left_is_not_loaded(left: Left) -> None:
    """Such as is checked against no source: PEP 552."""
    left.write({"forged.py": "def test_add(): pass\ndef test_other(): pass\n"})
    compile_it = (
        "import py_compile, importlib.util as u; py_compile.compile('forged.py', cfile=u.cache_from_source("
        "'tests/wanted.py'), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
    )
    assert left.workspace.execute(["python", "-c", compile_it]).exit_code == 0
    hidden = {"files": {"tests/wanted.py": "raise SystemExit(7)\n"}}
    result = left.check(hidden, "command", {"run": "python -c 'import tests.wanted'", "exit_code": 7})
    assert result.status == "passed", result.message


def test_what_lies_in_tmp_and_home_is_not_there_for_the_check(left: Left) -> None:
    assert left.workspace.execute('echo x > "$HOME/.pytest-forge"; echo x > /tmp/agent-left-this').exit_code == 0
    result = left.check({"files": {"a": ""}}, "command", 'test ! -e "$HOME/.pytest-forge"')
    assert result.status == "passed", result.message
    Path("/tmp/agent-left-this").unlink(missing_ok=True)


def test_a_mode_is_kept(left: Left) -> None:
    (left.base / "_hidden").mkdir()
    script = left.base / "_hidden/run.sh"
    script.write_text("#!/bin/sh\nexit 5\n")
    script.chmod(0o755)
    result = left.check("_hidden", "command", {"run": "./run.sh", "exit_code": 5})
    assert result.status == "passed", result.message


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_folder_of_no_use_is_an_error(left: Left, folder: str) -> None:
    (left.base / "empty").mkdir()
    result = left.check(folder)
    assert result.status == "error"
    assert f"hidden: the folder {folder} " in result.message


def test_code_that_makes_failing_tests_pass_is_found_out(left: Left) -> None:
    """A module under test runs in the process that counts."""
    left.write({
        "calc.py": WRONG + "import pytest\nfrom_call = pytest.CallInfo.from_call.__func__\n"
        "def quiet(cls, func, when, reraise=None):\n"
        "    call = from_call(cls, func, when, reraise)\n"
        "    call.excinfo = None\n    return call\n"
        "pytest.CallInfo.from_call = classmethod(quiet)\n"
    })  # fmt: skip
    result = left.check({"original": "tests/**"})
    assert result.status == "failed"
    assert result.message.startswith("results of tests are not told as they are: one that must fail was told as passed")


@pytest.mark.parametrize(
    ("name", "hidden", "taken"),
    [
        ("a/b/__init__.py", "a/b.py", True),
        ("a/b.cpython-311-x86_64-linux-gnu.so", "a/b.py", True),
        ("a/b.py", "a/b.py", False),
        ("a/bc/x.py", "a/b.py", False),
        ("a/b/x", "a/b.txt", False),
        ("a/b.json", "a/b.py", False),
    ],
)
def test_what_python_prefers(name: str, hidden: str, taken: bool) -> None:
    assert takes_precedence(name, hidden) is taken
