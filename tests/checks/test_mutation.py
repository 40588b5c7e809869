"""Runs in a sandbox and without. A run costs a second: what one of them shows is asserted with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.conftest import Box

PRICE = """\
def price(goods, rebate=0):
    if goods < 0:
        raise ValueError(goods)
    if goods >= 100:
        return goods - rebate
    return goods + 5
"""
GOOD = """\
import pytest
from shop.price import price

def test_price():
    assert [price(0), price(1, 9), price(99), price(100), price(100, 9)] == [5, 6, 104, 100, 91]
    with pytest.raises(ValueError):
        price(-1)
"""
NO_ASSERT = """\
from shop.price import price

def test_price():
    price(0), price(99), price(100), price(100, 9)
    try:
        price(-1)
    except ValueError:
        pass
"""
OF = {"of": "shop/price.py", "min": 80}


def with_tests(box: Box, tests: str, **more: str) -> None:
    box.write({"shop/price.py": PRICE, "tests/test_price.py": tests, **more})


def test_good_tests_pass_and_leave_nothing(any_box: Box) -> None:
    with_tests(any_box, GOOD + "    open('left.txt', 'x').close()\n")
    message = any_box.passes("mutation", {**OF, "args": "tests"})
    assert message.endswith("of shop/price.py killed (100 %), 80 % needed (1 passed)")
    assert any_box.left() == ["shop/price.py", "tests/test_price.py"]


def test_tests_that_assert_nothing_fail(any_box: Box) -> None:
    with_tests(any_box, NO_ASSERT)
    first, *changes = any_box.fails("mutation", OF).splitlines()
    assert first == (
        "3 of 13 mutants of shop/price.py killed (23 %), 80 % needed; survived: shop/price.py:1 `0` → `1`, "
        "shop/price.py:3 `raise ValueError(goods)` → `pass`, shop/price.py:4 `>=` → `>` and 7 more"
    )
    assert len(changes) == 10
    assert changes[1] == "   3 `raise ValueError(goods)` → `pass`"
    first, *changes = any_box.fails("mutation", {**OF, "mutants": 9, "min": 100}).splitlines()
    assert "of 9 mutants of shop/price.py killed" in first
    assert "100 % needed; a sample of the 13 that are possible; survived: " in first
    at = changes.index("   3 - raise ValueError(goods)")
    assert changes[at + 1] == "     + pass"


def test_lines_that_no_test_runs_are_told(box: Box) -> None:
    with_tests(box, "from shop.price import price\ndef test_a(): assert price(1) == 6\n")
    message = box.fails("mutation", OF)
    assert message.startswith(
        "5 of 13 mutants of shop/price.py killed (38.4 %), 80 % needed; 3 in code that no test runs;"
    )


def test_tests_that_fail_by_themselves(box: Box) -> None:
    with_tests(box, GOOD + "def test_c(): assert 1 == 2\n")
    assert (
        box.fails("mutation", OF).splitlines()[0] == "1 of 2 tests failed: tests/test_price.py::test_c: assert 1 == 2"
    )


def test_no_tests(box: Box) -> None:
    box.write({"shop/price.py": PRICE})
    assert "pytest collected no tests" in box.fails("mutation", OF)


def test_a_src_layout_and_settings_of_the_project(box: Box) -> None:
    box.write({
        "src/läden/preis berechnung.py": "x = 1\n",
        "src/läden/preis.py": PRICE,
        "tests/conftest.py": "import läden.preis\n",
        "tests/test_ü.py": GOOD.replace("shop.price", "läden.preis"),
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\naddopts = '--cov=src -n 2'\n",
    })  # fmt: skip
    message = box.passes("mutation", {"of": "src/läden/preis.py", "min": 80, "args": "tests"})
    assert "src/läden/preis.py killed (100 %)" in message


class TestOddMutants:
    def test_endless_loops_and_ends_of_the_process_are_killed(self, any_box: Box) -> None:
        source = (
            "import os\n"
            "def count(n):\n"
            "    seen = 0\n"
            "    while n > 0:\n"
            "        n -= 1\n"  # without end: += and the like
            "        seen += 1\n"
            "        if n == 77:\n"
            "            os._exit(0)\n"
            "    return seen\n"
        )
        tests = "from count import count\ndef test_a(): assert (count(3), count(0)) == (3, 0)\n"
        any_box.write({"count.py": source, "test_count.py": tests})
        message = any_box.passes("mutation", {"of": "count.py", "min": 60})
        assert "by the time limit" in message

    def test_memory_output_and_children_cost_only_their_mutant(self, box: Box) -> None:
        source = (
            "import subprocess, sys\n"
            "BIG = False\n"
            "def f():\n"
            "    if BIG:\n"
            "        subprocess.Popen(['sleep', '1000'])\n"
            "        bytearray(3 << 30)\n"
            "        while True: print('x' * 1000)\n"
            "    return [1, 2]\n"
        )
        box.write({"f.py": source, "test_f.py": "from f import f\ndef test_a(): assert f() == [1, 2]\n"})
        message = box.fails("mutation", {"of": "f.py", "min": 100})
        assert message.startswith(
            "5 of 16 mutants of f.py killed (31.2 %), 100 % needed; 11 in code that no test runs;"
        )


class TestForgers:
    @pytest.mark.parametrize(
        "end", ["import os; os._exit(0)", "import sys; sys.exit(0)", "import os; os.kill(os.getppid(), 9)"]
    )
    def test_tests_that_end_the_run(self, box: Box, end: str) -> None:
        with_tests(box, f"{end}\n{GOOD}")
        assert "passed" not in box.fails("mutation", OF)

    def test_tests_that_pin_the_text_of_the_file(self, box: Box) -> None:
        with_tests(box, f"def test_a():\n    import shop.price\n    assert open('shop/price.py').read() == {PRICE!r}\n")
        message = box.fails("mutation", OF)
        assert message.startswith("the tests fail where shop/price.py has nothing but a comment more at its end")

    def test_a_conftest_that_lets_all_fail_only_fails_itself(self, box: Box) -> None:
        forged = "import os, sys\nos.fork = None\nsys.modules['json'] = None\n"
        with_tests(box, NO_ASSERT, **{"conftest.py": forged})
        box.fails("mutation", OF)


class TestSessions:
    """How often a session begins, which a conftest.py can count where there is no sandbox."""

    def count(self, box: Box, tests: str, seen: Path, **more: str) -> int:
        conftest = f"with open({str(seen)!r}, 'a') as file: file.write('x')\n"
        with_tests(box, tests, **{"conftest.py": conftest + more.get("conftest", "")})
        box.check("mutation", {**OF, "mutants": 3})
        return len(seen.read_text())

    def test_one_for_all(self, box: Box, tmp_path: Path) -> None:
        assert self.count(box, GOOD, tmp_path / "seen") == 1

    def test_where_it_cannot_be_forked_it_is_that_of_the_unchanged_code(self, box: Box, tmp_path: Path) -> None:
        thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        the_same, mutants = 1, 3
        assert self.count(box, GOOD, tmp_path / "seen", conftest=thread) == 1 + the_same + mutants

    def test_failing_tests_are_run_without_a_fork_as_well(self, box: Box, tmp_path: Path) -> None:
        assert self.count(box, GOOD.replace("104", "105"), tmp_path / "seen") == 2

    def test_tests_that_only_fail_in_a_fork(self, box: Box) -> None:
        conftest = "import os\nPID = os.getpid()\n"
        with_tests(
            box,
            GOOD.replace(
                "def test_price():", "def test_price():\n    import os, conftest; assert os.getpid() == conftest.PID"
            ),
            **{"conftest.py": conftest},
        )
        assert "100 %" in box.passes("mutation", {**OF, "mutants": 3})

    def test_what_mutants_print_goes_nowhere(self, box: Box, tmp_path: Path) -> None:
        seen = tmp_path / "seen"
        where = f"import os\nwith open({str(seen)!r}, 'a') as file: print(os.readlink('/proc/self/fd/1'), file=file)\n"
        with_tests(box, f"{GOOD}\ndef test_last():\n    price(1)\n    {where.replace(chr(10), chr(10) + '    ')}\n")
        box.fails("mutation", {**OF, "min": 100, "mutants": 3, "args": "-s -k test_last"})
        clean, *others = seen.read_text().splitlines()
        assert Path(clean).name == "clean.out"
        assert others == ["/dev/null"] * len(others) != []


class TestOtherWays:
    """Where a session cannot be forked at the import, each mutant has one from its start."""

    def test_a_conftest_with_a_thread(self, box: Box) -> None:
        conftest = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        with_tests(box, GOOD, **{"conftest.py": conftest})
        assert "100 %" in box.passes("mutation", {**OF, "mutants": 3})

    def test_the_file_is_first_opened_in_a_later_test(self, box: Box) -> None:
        before = (
            "from pathlib import Path\ndef test_0(): Path('seen').touch()\ndef test_1(): assert Path('seen').exists()\n"
        )
        late = "def test_2():\n    from shop.price import price\n    assert price(1) == 6 and Path('seen').exists()\n"
        with_tests(box, before + late)
        assert "no test runs" in box.fails("mutation", {**OF, "min": 100})

    def test_the_file_runs_in_another_process_only(self, box: Box) -> None:
        tests = (
            "import subprocess, sys\n"
            "def test_a(): assert subprocess.check_output([sys.executable, '-m', 'shop.price']) == b''\n"
        )
        with_tests(box, tests)
        message = box.fails("mutation", OF)
        assert message.startswith("0 of 13 mutants of shop/price.py killed (0 %)")
        assert message.splitlines()[0].count("(not covered)") == 3


class TestTargets:
    def test_a_link_back_into_the_workspace_is_not_written_through(self, box: Box) -> None:
        with_tests(box, GOOD.replace("shop.price", "linked"))
        (box.path / "linked.py").symlink_to(box.path / "shop/price.py")
        box.fails("mutation", {**OF, "of": "linked.py", "mutants": 3})
        assert (box.path / "shop/price.py").read_text() == PRICE

    def test_none(self, box: Box) -> None:
        box.write({"shop/other.py": PRICE, "test_a.py": "def test_a(): pass\n"})
        assert box.fails("mutation", OF) == "no file matches shop/price.py; there are: shop/other.py"

    def test_a_syntax_error(self, box: Box) -> None:
        with_tests(box, "def test_a(): pass\n", **{"shop/price.py": "def f(:\n"})
        message = box.fails("mutation", OF)
        assert message == "shop/price.py cannot be changed: SyntaxError: invalid syntax (<unknown>, line 1)"

    def test_one_that_the_agent_has_emptied(self, box: Box) -> None:
        with_tests(box, "def test_a(): pass\n", **{"shop/price.py": "# nothing\n"})
        assert box.fails("mutation", OF) == "shop/price.py holds nothing that a mutant could change"

    def test_too_slow(self, box: Box) -> None:
        with_tests(box, GOOD.replace("    assert", "    import time; time.sleep(3)\n    assert"))
        message = box.fails("mutation", {**OF, "seconds": 15})
        assert message.startswith("too slow: only ")
        assert "of 13 mutants of shop/price.py were tried within 15 s, one run of the tests takes " in message
