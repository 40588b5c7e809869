"""An agent cannot edit its judge: what it left in the place of hidden inputs, or to steer them, does not count."""

from __future__ import annotations

import os
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


REGISTER = (
    "frame = sys._getframe()\n"
    "while not isinstance(frame.f_locals.get('config'), pytest.Config): frame = frame.f_back\n"
    "frame.f_locals['config'].pluginmanager.register(Plugin())\n"
)
FORGING = {
    "calls that never fail": "import pytest\nfrom_call = pytest.CallInfo.from_call.__func__\n"
    "def quiet(cls, func, when, reraise=None):\n    call = from_call(cls, func, when, reraise)\n"
    "    call.excinfo = None\n    return call\npytest.CallInfo.from_call = classmethod(quiet)\n",
    "tests that are not run": "import pytest\npytest.Function.runtest = lambda self: None\n",
    "a plugin of its own": "import sys, pytest\nclass Plugin:\n    @pytest.hookimpl(tryfirst=True)\n"
    "    def pytest_pyfunc_call(self, pyfuncitem): return True\n" + REGISTER,
    "a protocol of its own": "import sys, pytest\nclass Plugin:\n    @pytest.hookimpl(tryfirst=True)\n"
    "    def pytest_runtest_protocol(self, item, nextitem):\n"
    "        for when in ('setup', 'call', 'teardown'):\n"
    "            call = pytest.CallInfo.from_call(lambda: None, when)\n"
    "            report = pytest.TestReport.from_item_and_call(item, call)\n"
    "            item.ihook.pytest_runtest_logreport(report=report)\n"
    "        return True\n" + REGISTER,
}
"""What a module under test can do: it runs in the process that counts."""


@pytest.mark.parametrize("how", FORGING)
def test_code_that_makes_failing_tests_pass_is_found_out(left: Left, how: str) -> None:
    left.write({"calc.py": FORGING[how] + WRONG})
    result = left.check({"original": "tests/**"})
    assert result.status == "failed", result.message
    assert result.message.startswith("results of tests are not told as they are: ")


def test_a_conftest_that_answers_for_the_tests_is_found_out(left: Left) -> None:
    """Also where nothing is hidden."""
    hook = "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_pyfunc_call(pyfuncitem): return True\n"
    left.write({"conftest.py": hook})
    [result] = run_checks([Check.model_validate({"pytest": PYTEST})], Place(left.workspace))
    assert result.status == "failed"
    assert "one that must fail passed" in result.message


def test_folders_in_the_place_of_tests_are_gone(left: Left) -> None:
    (left.workspace.path / "tests/test_calc.py").unlink()
    left.write({"tests/test_calc.py/x": "", "tests/test_more.py/y/z": "", "conftest.py/conftest.py": ""})
    result = left.check({"original": "tests/**", "files": {"tests/test_more.py": MORE}})
    assert result.status == "failed"
    assert "test_calc.py::test_add: assert 3 == 4" in result.message


def test_settings_behind_a_link_do_not_steer(left: Left) -> None:
    left.write({"evil.py": FORGE, "settings.toml": "[tool.pytest.ini_options]\naddopts = '-p evil'\n"})
    (left.workspace.path / "pyproject.toml").symlink_to("settings.toml")
    assert left.check({"original": "tests/**"}).status == "failed"


@pytest.mark.parametrize("settings", ["a = " + "[" * 5_000, "# [tool.pytest\n", "\xff", "[tool]\npytest = 3\n"])
def test_settings_that_cannot_be_read_are_no_error(left: Left, settings: str) -> None:
    left.write({"calc.py": SUM, "pyproject.toml": settings})
    assert left.check({"original": "tests/**"}).status == "passed"


def test_a_link_in_the_place_of_byte_code_is_no_error(left: Left) -> None:
    left.write({"calc.py": SUM})
    (left.workspace.path / "__pycache__").symlink_to("/tmp")
    assert left.check({"original": "tests/**"}).status == "passed"
    assert Path("/tmp").is_dir()


@pytest.mark.parametrize("kind", ["link", "folder", "broken", "pipe"])
def test_only_files_are_hidden_inputs(left: Left, kind: str) -> None:
    (left.base / "_hidden").mkdir()
    (left.base / "real").mkdir()
    odd = left.base / "_hidden/odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        targets = {"link": left.base / "real/a.py", "folder": left.base / "real", "broken": Path("nowhere")}
        odd.symlink_to(targets[kind])
    (left.base / "real/a.py").write_text("")
    result = left.check("_hidden")
    assert result.status == "error"
    assert "hidden: _hidden/odd is " in result.message


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
