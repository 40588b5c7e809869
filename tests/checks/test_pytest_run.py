from __future__ import annotations

import py_compile
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import pytest

from tests.checks.conftest import Box

GOOD = "def test_a(): pass\ndef test_b(): pass\n"
ENDLESS = "while True: pass\n"


class TestCounting:
    def test_passes(self, any_box: Box) -> None:
        any_box.write({"tests/test_x.py": GOOD})
        assert any_box.passes("pytest", "tests") == "2 passed"

    def test_the_workspace_is_on_the_path_and_nothing_is_left_in_it(self, box: Box) -> None:
        box.write({"src/a.py": "x = 1", "tests/test_x.py": "from src.a import x\ndef test_a(): assert x == 1"})
        box.passes("pytest", {"args": "tests"})
        assert box.left() == ["src/a.py", "tests/test_x.py"]

    def test_too_few(self, box: Box) -> None:
        box.write({"test_x.py": GOOD})
        assert box.fails("pytest", {"min_passed": 3}) == "2 tests pass, 3 needed (2 passed)"

    def test_skipped_and_xfailed_tests_have_not_passed(self, box: Box) -> None:
        source = (
            "import pytest\n"
            "def test_a(): pass\n"
            "@pytest.mark.skip\ndef test_b(): pass\n"
            "@pytest.mark.xfail\ndef test_c(): assert 0\n"
            "@pytest.mark.xfail\ndef test_d(): pass\n"
            "@pytest.mark.xfail(run=False)\ndef test_e(): pass\n"
            "def test_f(): pytest.skip('later')\n"
        )
        box.write({"test_x.py": source, "test_y.py": "import pytest\npytest.importorskip('no_such_module')\n"})
        message = box.fails("pytest", {"min_passed": 2})
        assert message == "1 test passes, 2 needed (1 passed, 3 skipped, 2 xfailed, 1 xpassed)"

    def test_a_test_that_is_rerun_counts_once(self, box: Box) -> None:
        flaky = (
            "import pytest\ntries = []\n@pytest.mark.flaky(reruns=3)\n"
            "def test_a():\n    tries.append(1)\n    assert len(tries) > 2\n"
        )
        box.write({"test_x.py": flaky})
        assert box.fails("pytest", {"min_passed": 2}) == "1 test passes, 2 needed (1 passed)"

    def test_failures(self, any_box: Box) -> None:
        any_box.write({"tests/test_x.py": "def test_a(): assert 1 == 2\ndef test_b(): {}['k']\ndef test_c(): pass\n"})
        lines = any_box.fails("pytest", "tests").splitlines()
        assert lines[0] == "2 of 3 tests failed: tests/test_x.py::test_a: assert 1 == 2"
        assert lines[1] == "also: tests/test_x.py::test_b: KeyError: 'k'"
        assert "E   assert 1 == 2" in lines

    def test_many_failures_are_told_in_a_few_lines(self, box: Box) -> None:
        mark = "import pytest\n@pytest.mark.parametrize('n', range(40))\n"
        body = "".join(f"    x{number} = {number}\n" for number in range(60))
        box.write({"test_x.py": f"{mark}def test_a(n):\n{body}    assert n < 0, 'y' * 9000\n"})
        message = box.fails("pytest", "--tb=long")
        assert message.startswith("40 of 40 tests failed: test_x.py::test_a[0]: AssertionError: yyyy")
        assert "and 34 more" in message
        assert len(message.splitlines()) <= 20
        assert len(message) < 4_000

    def test_a_fixture_that_breaks_fails_its_test(self, box: Box) -> None:
        source = (
            "import pytest\n"
            "@pytest.fixture\ndef before(): 1/0\n"
            "@pytest.fixture\ndef after():\n    yield\n    1/0\n"
            "def test_a(after): pass\n"
            "def test_b(before): pass\n"
            "@pytest.mark.xfail(strict=True)\ndef test_c(): pass\n"
        )
        box.write({"test_x.py": source})
        lines = box.fails("pytest", "").splitlines()
        assert lines[:3] == [
            "3 of 3 tests failed: test_x.py::test_a: ZeroDivisionError: division by zero",
            "also: test_x.py::test_b: ZeroDivisionError: division by zero",
            "also: test_x.py::test_c: [XPASS(strict)]",
        ]

    def test_a_first_failure_that_ends_the_run(self, box: Box) -> None:
        box.write({"test_x.py": "def test_a(): assert 0\n" + GOOD.replace("_a", "_c")})
        assert box.fails("pytest", "-x").startswith("1 of 3 tests failed, 2 did not run: test_x.py::test_a")


class TestArguments:
    def test_are_split_like_a_shell_does_and_not_run_by_one(self, box: Box) -> None:
        box.write({"test_x.py": GOOD})
        assert box.passes("pytest", "-k 'test_a or test_b' test_x.py") == "2 passed"
        assert box.fails("pytest", "'$(touch made)'").startswith("file or directory not found: $(touch made)")
        assert not (box.path / "made").exists()

    def test_a_path_that_the_agent_did_not_write(self, box: Box) -> None:
        assert box.fails("pytest", "tests").splitlines()[0] == "file or directory not found: tests"

    def test_a_test_that_the_agent_did_not_write(self, box: Box) -> None:
        box.write({"test_x.py": GOOD})
        assert "not found: " in box.fails("pytest", "test_x.py::test_z").splitlines()[0]

    def test_an_option_that_does_not_exist_is_the_tasks_mistake(self, box: Box) -> None:
        box.write({"test_x.py": GOOD})
        message = box.errs("pytest", "--no-such-option test_x.py")
        assert message == (
            "the check could not be run: pytest does not know the arguments --no-such-option: correct `args`"
        )

    def test_no_tests(self, box: Box) -> None:
        box.write({"tests/helper.py": "x = 1"})
        assert box.fails("pytest", "tests") == "pytest collected no tests; 1 test must pass (none ran)"

    def test_collecting_only_is_not_running(self, box: Box) -> None:
        box.write({"test_x.py": GOOD})
        assert "0 of 2 tests ran" in box.fails("pytest", "--collect-only")


class TestSettings:
    def test_of_the_workspace_hold(self, box: Box) -> None:
        box.write({"check_x.py": GOOD, "pyproject.toml": "[project]\nname = 'x'\n"})
        box.write({"setup.cfg": "[tool:pytest]\npython_files = check_*.py\n"})
        assert box.passes("pytest", "") == "2 passed"
        box.write({"pyproject.toml": "[tool.pytest.ini_options]\npython_files = 'no_*.py'\n"})
        box.fails("pytest", "")

    def test_of_outer_folders_do_not(self, box: Box) -> None:
        outer = box.path.parent
        (outer / "pytest.ini").write_text("[pytest]\npython_files = none_*.py\n")
        (outer / "conftest.py").write_text("1/0\n")
        box.write({"test_x.py": GOOD, "pyproject.toml": "[project]\nname = 'x'\n"})
        box.passes("pytest", "")

    def test_a_projects_own_options_do_not_break_it(self, box: Box) -> None:
        addopts = "-n 2 --dist loadfile --reruns 2 --lf -p no:randomly --strict-markers --strict-config"
        box.write({"test_x.py": GOOD, "pytest.ini": f"[pytest]\naddopts = {addopts}\n"})
        box.passes("pytest", "")

    def test_that_are_broken(self, box: Box) -> None:
        box.write({"test_x.py": GOOD, "pytest.ini": "no header\n"})
        assert "pytest.ini:1" in box.fails("pytest", "").splitlines()[0]


class TestWhatAgentsLeave:
    def test_a_syntax_error_in_a_test(self, box: Box) -> None:
        box.write({"tests/test_x.py": "def test_a(:\n", "tests/test_y.py": GOOD})
        message = box.fails("pytest", "tests")
        assert message.splitlines()[0] == (
            "1 file could not be collected: tests/test_x.py: SyntaxError: invalid syntax"
        )
        assert 'test_x.py", line 1' in message

    def test_an_import_that_fails(self, box: Box) -> None:
        box.write({"test_x.py": "import no_such_module\n", "test_y.py": "from test_x import z\n"})
        first = box.fails("pytest", "").splitlines()[0]
        assert first.startswith("2 files could not be collected: test_x.py: ModuleNotFoundError: No module named")

    def test_a_conftest_that_cannot_be_imported(self, box: Box) -> None:
        box.write({"conftest.py": "import no_such_module\n", "test_x.py": GOOD})
        assert "no_such_module" in box.fails("pytest", "").splitlines()[0]

    def test_a_conftest_that_breaks_pytest(self, box: Box) -> None:
        box.write({"conftest.py": "def pytest_runtest_logreport(report): 1/0\n", "test_x.py": GOOD})
        first = box.fails("pytest", "").splitlines()[0]
        assert first == "pytest broke in code of the workspace: ZeroDivisionError: division by zero"

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nos._exit(0)\n",
            "import sys\nsys.exit(0)\n",
            "import os\ndef pytest_collection_finish(session): os._exit(0)\n",
            "import os\ndef pytest_runtest_logfinish(nodeid): os._exit(0)\n",
            "import pytest\ndef pytest_runtest_logfinish(nodeid): pytest.exit('fine', returncode=0)\n",
            "import pytest\ndef pytest_cmdline_main(config): return 0\n",
            "def pytest_runtestloop(session): return True\n",
            "def pytest_runtest_protocol(item): return True\n",
            "def pytest_sessionfinish(session): session.exitstatus = 0\n",
        ],
    )
    def test_a_conftest_that_ends_the_run(self, box: Box, source: str) -> None:
        box.write({"conftest.py": source, "test_x.py": GOOD, "test_y.py": "def test_c(): assert 0\n"})
        box.fails("pytest", "")

    def test_a_test_that_ends_the_process(self, box: Box) -> None:
        box.write({"test_x.py": GOOD + "import os\ndef test_c(): os._exit(0)\n"})
        first = box.fails("pytest", "").splitlines()[0]
        assert first == "pytest was ended from inside while test_x.py::test_c ran, with exit code 0"

    def test_a_test_that_kills_the_process(self, any_box: Box) -> None:
        any_box.write({"test_x.py": "import os\ndef test_c(): os.kill(os.getpid(), 9)\n"})
        first = any_box.fails("pytest", "").splitlines()[0]
        assert first.startswith("pytest was ended from inside while test_x.py::test_c ran")

    def test_a_run_that_is_ended_after_enough_tests_passed(self, any_box: Box) -> None:
        """Otherwise the one test that passed before the end would be enough."""
        exits = "import pytest\ndef pytest_runtest_logfinish(nodeid): pytest.exit('fine', returncode=0)\n"
        any_box.write({"conftest.py": exits, "test_x.py": GOOD})
        message = any_box.fails("pytest", "")
        assert message == "the session was ended early: 1 of 2 tests ran (1 passed)"

    def test_a_fake_summary(self, box: Box) -> None:
        box.write({"test_x.py": "def test_a():\n    print('==== 9 passed in 0.1s ====')\n    assert 0\n"})
        assert box.fails("pytest", "-s").startswith("1 of 1 test failed: test_x.py::test_a: assert 0")

    def test_a_fork_that_runs_on(self, box: Box) -> None:
        fork = "import os\ndef test_a():\n    pid = os.fork()\n    if pid: os.waitpid(pid, 0)\n"
        box.write({"test_x.py": f"{fork}    assert pid\n"})
        assert box.passes("pytest", "") == "1 passed"

    def test_a_module_that_stands_in_for_pytest(self, box: Box) -> None:
        box.write({f"{name}.py": "raise SystemExit(0)\n" for name in ("pytest", "_pytest", "pluggy", "xdist")})
        box.write({"test_x.py": "def test_a(): assert 0\n"})
        box.fails("pytest", "test_x.py")

    def test_byte_code_that_is_not_of_the_source(self, box: Box) -> None:
        box.write({"src/a.py": "x = 1\n", "make.py": (
            "import importlib.util, py_compile, pathlib, sys\n"
            "pathlib.Path('lie.py').write_text('x = 2\\n')\n"
            "py_compile.compile('lie.py', importlib.util.cache_from_source('src/a.py'),"
            " invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)\n"
        )})  # fmt: skip
        box.passes("command", "python make.py")
        box.passes("command", "python -c 'from src.a import x; assert x == 2'")
        box.write({"test_x.py": "from src.a import x\ndef test_a(): assert x == 2\n"})
        assert "assert 1 == 2" in box.fails("pytest", "test_x.py")

    def test_an_endless_test(self, any_box: Box) -> None:
        any_box.write({"test_x.py": GOOD + f"def test_c():\n    open('now', 'w').write('x')\n    {ENDLESS}"})
        any_box.interrupt()
        first = any_box.fails("pytest", {"seconds": 60}).splitlines()[0]
        assert first == "the tests did not end within 60 s: test_x.py::test_c was running (2 passed)"

    def test_an_endless_import(self, box: Box) -> None:
        box.write({"test_x.py": f"open('now', 'w').write('x')\n{ENDLESS}"})
        box.interrupt()
        first = box.fails("pytest", {"seconds": 60}).splitlines()[0]
        assert first == "the tests did not end within 60 s: no test had begun (none ran)"

    def test_huge_output(self, box: Box) -> None:
        box.write({"test_x.py": "def test_a():\n    print('x' * 5_000_000)\n    assert 0\n"})
        message = box.fails("pytest", "-s")
        assert message.startswith("1 of 1 test failed: test_x.py::test_a: assert 0")
        assert len(message) < 4_000

    def test_a_test_that_takes_the_tools_of_the_record(self, box: Box) -> None:
        taken = "    monkeypatch.setattr(json, 'dumps', None)\n    monkeypatch.setattr(os, 'write', None)\n"
        box.write({"test_x.py": f"import json, os\ndef test_a(monkeypatch):\n{taken}"})
        box.passes("pytest", "")

    def test_a_test_that_goes_elsewhere(self, box: Box) -> None:
        box.write({"test_x.py": "import os\ndef test_a(): os.chdir('/')\ndef test_b(): pass\n"})
        assert box.passes("pytest", "") == "2 passed"

    def test_a_folder_with_the_name_of_a_test(self, box: Box) -> None:
        (box.path / "test_x.py").mkdir()
        assert "no tests" in box.fails("pytest", "test_x.py")

    def test_an_exit_code_without_failure(self, box: Box) -> None:
        exits = "def pytest_sessionfinish(session): session.exitstatus = 9\n"
        box.write({"conftest.py": exits, "test_x.py": GOOD})
        assert "no test failed, but pytest ended with exit code 9" in box.fails("pytest", "")

    def test_messages_do_not_name_this_machine(self, any_box: Box) -> None:
        any_box.write({"test_x.py": "import os\ndef test_a(): assert os.getcwd() == ''\n"})
        message = any_box.fails("pytest", "")
        assert str(any_box.path) not in message
        assert "/workspace" in message


NAMED = {
    "tests/test_x.py": "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n): pass\n"
    "class TestC:\n    def test_m(self): pass\n@pytest.mark.skip\ndef test_s(): pass\n"
}


class TestByteCode:
    def test_of_the_workspace_is_not_used(self, any_box: Box) -> None:
        any_box.write({"a.py": "x = 1\n", "test_a.py": "import a\ndef test_a(): assert a.x == 2\n"})
        forged = any_box.path / "forged.py"
        forged.write_text("x = 2\n")
        never_checked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(forged), cache_from_source(str(any_box.path / "a.py")), invalidation_mode=never_checked, doraise=True
        )
        assert "assert 1 == 2" in any_box.fails("pytest", {})

    def test_of_what_is_installed_is_used(self, any_box: Box) -> None:
        rare = ("wave", "mailbox", "nntplib", "imaplib", "poplib", "ftplib", "sched", "tabnanny", "this")
        name = next(one for one in rare if has_byte_code(one))
        tests = (
            "import sys\nopened = []\n"
            "sys.addaudithook(lambda event, args: event == 'open' and opened.append(str(args[0])))\n"
            f"def test_a():\n    assert '{name}' not in sys.modules\n    import {name}\n"
            f"    assert any('__pycache__/{name}.' in one for one in opened)\n"
        )
        any_box.write({"test_a.py": tests})
        any_box.passes("pytest", {})


def has_byte_code(name: str) -> bool:
    spec = find_spec(name)
    return spec is not None and spec.cached is not None and Path(spec.cached).exists()


class TestNamed:
    """Tests that must be among those that passed."""

    @pytest.mark.parametrize("name", ["test_a", "test_a[2]", "TestC", "TestC::test_m"])
    def test_one_that_passed(self, box: Box, name: str) -> None:
        box.write(NAMED)
        assert box.passes("pytest", {"tests": f"tests/test_x.py::{name}"}) == "3 passed, 1 skipped"

    def test_one_that_did_not(self, box: Box) -> None:
        box.write(NAMED)
        message = box.fails("pytest", {"tests": ["tests/test_x.py::test_a", "tests/test_x.py::test_s"]})
        assert message == "tests/test_x.py::test_s skipped; tests/test_x.py::test_s must pass"

    def test_one_that_is_not_there(self, box: Box) -> None:
        box.write(NAMED)
        message = box.fails("pytest", {"tests": "tests/test_x.py::test_aa"})
        assert message.startswith("no test tests/test_x.py::test_aa ran; there are: tests/test_x.py::test_")

    def test_too_many_skipped(self, box: Box) -> None:
        box.write({**NAMED, "test_y.py": "import pytest\npytest.importorskip('no_such_module')\n"})
        box.passes("pytest", {"max_skipped": 2})
        message = box.fails("pytest", {"max_skipped": 1})
        assert message == "2 tests skipped, at most 1 may be (3 passed, 2 skipped)"
