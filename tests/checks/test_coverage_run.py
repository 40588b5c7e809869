from __future__ import annotations

import pytest

from pytest_agenttasks.checks.coverage_run import Share, ranges
from tests.checks.conftest import Box

SOURCE = "def f(x):\n    if x:\n        return 1\n    y = 2\n    return y\n"  # 5 statements
HALF = "from src.a import f\ndef test_a(): assert f(1) == 1\n"  # runs 3 of them
WHOLE = HALF + "def test_b(): assert f(0) == 2\n"


def test_passes(any_box: Box) -> None:
    any_box.write({"src/a.py": SOURCE, "tests/test_a.py": WHOLE})
    message = any_box.passes("coverage", {"of": "src/a.py", "min": 100, "args": "tests"})
    assert message == "100 % of src/a.py covered, 100 % needed (2 passed)"
    assert any_box.left() == ["src/a.py", "tests/test_a.py"]


def test_below_the_minimum_the_missing_lines_are_named(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "tests/test_a.py": HALF})
    message = box.fails("coverage", {"of": "./src/a.py", "min": 60.1})
    assert message == "60 % of src/a.py covered, 60.1 % needed; missing lines: 4-5"


def test_as_much_as_the_minimum_is_enough(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "tests/test_a.py": HALF})
    box.passes("coverage", {"of": "src/a.py", "min": 60})


def test_a_share_is_never_rounded_up() -> None:
    assert str(Share(6996, 10_000)) == "69.9 %"
    assert str(Share(7000, 10_000)) == "70 %"
    assert str(Share(29, 100)) == "29 %"
    assert str(Share(0, 0)) == "0 %"


def test_a_file_that_is_never_imported(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "test_a.py": "def test_a(): pass\n"})
    message = box.fails("coverage", {"of": "src/a.py", "min": 70})
    assert message == "src/a.py was never imported by the tests: 0 % of its lines covered, 70 % needed"


def test_tests_that_leave_the_folder(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "test_a.py": f"import os\n{WHOLE}def test_z(tmp_path): os.chdir(tmp_path)\n"})
    assert box.passes("coverage", {"of": "src/a.py", "min": 100}).startswith("100 % of src/a.py covered")


def test_tests_that_fail(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "test_a.py": WHOLE + "def test_c(): assert 0\n"})
    message = box.fails("coverage", {"of": "src/a.py", "min": 10})
    assert message.splitlines()[0] == "1 of 3 tests failed: test_a.py::test_c: assert 0"


def test_no_tests(box: Box) -> None:
    box.write({"src/a.py": SOURCE})
    assert "no tests" in box.fails("coverage", {"of": "src/a.py", "min": 10})


def test_a_missing_file(box: Box) -> None:
    box.write({"src/b.py": SOURCE, "test_a.py": "def test_a(): pass\n"})
    assert box.fails("coverage", {"of": "src/a.py", "min": 70}) == "no file matches src/a.py; there are: src/b.py"


def test_an_emptied_file(box: Box) -> None:
    box.write({"src/a.py": "# gone\n", "test_a.py": "import src.a\ndef test_a(): pass\n"})
    message = box.fails("coverage", {"of": "src/a.py", "min": 70})
    assert message == "src/a.py holds no statement that could be covered, 70 % needed"


def test_settings_of_the_workspace_change_nothing(box: Box) -> None:
    exclude = "exclude_lines =\n    return\n    y = 2\n"
    box.write({
        "src/a.py": SOURCE,
        "test_a.py": HALF,
        ".coveragerc": f"[run]\nomit = test_*\ninclude = x\n[report]\n{exclude}",
        "setup.cfg": f"[coverage:report]\n{exclude}",
        "tox.ini": "[coverage:run]\nomit = *\n",
        "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['return', 'y = 2']\n",
        "pytest.ini": "[pytest]\naddopts = --cov=src --cov-fail-under=1 -n 2\n",
    })  # fmt: skip
    message = box.fails("coverage", {"of": "src/a.py", "min": 90})
    assert message == "60 % of src/a.py covered, 90 % needed; missing lines: 4-5"


def test_comments_that_take_lines_and_branches_out_of_the_count_change_nothing(box: Box) -> None:
    source = (
        "def f(x):\n    if x:  # pragma: no branch\n        return 1\n    y = 2  # pragma: no cover\n    return y\n"
    )
    stub = "TYPE_CHECKING = False\ndef g(x):\n    if TYPE_CHECKING:\n        x = 1\n    return x\n"
    box.write({"src/a.py": source, "src/b.py": stub, "test_a.py": HALF + "from src.b import g\ng(1)\n"})
    message = box.fails("coverage", {"of": ["src/a.py", "src/b.py"], "min": 90, "min_branches": 90})
    assert message.splitlines() == [
        "60 % of src/a.py covered, 90 % needed; missing lines: 4-5",
        "also: 50 % of the branches of src/a.py covered, 90 % needed; missing: 2→4",
        "also: 80 % of src/b.py covered, 90 % needed; missing lines: 4",
        "also: 50 % of the branches of src/b.py covered, 90 % needed; missing: 3→4",
    ]


@pytest.mark.parametrize("what", ["unlink()", "write_text('x = (')", "write_text('x = 1')"])
def test_tests_that_delete_or_change_the_source(box: Box, what: str) -> None:
    change = f"import pathlib\ndef test_z(): pathlib.Path('src/a.py').{what}\n"
    box.write({"src/a.py": SOURCE, "test_a.py": HALF + change})
    message = box.fails("coverage", {"of": "src/a.py", "min": 10})
    assert message == "the tests changed or deleted what they should cover: src/a.py"


def test_a_module_that_stands_in_for_coverage(box: Box) -> None:
    box.write({"coverage.py": "raise SystemExit(0)\n", "src/a.py": SOURCE, "test_a.py": HALF})
    assert "60 %" in box.fails("coverage", {"of": "src/a.py", "min": 90})


def test_a_conftest_that_ends_the_run(box: Box) -> None:
    box.write({"src/a.py": SOURCE, "test_a.py": WHOLE, "conftest.py": "import os\nos._exit(0)\n"})
    assert "ended from inside" in box.fails("coverage", {"of": "src/a.py", "min": 10})


@pytest.mark.parametrize(
    ("lines", "shown"),
    [((), ""), ((3,), "3"), ((3, 4), "3-4"), ((1, 3, 4, 5, 9), "1, 3-5, 9"), ((1, 2, 4, 5), "1-2, 4-5")],
)
def test_ranges(lines: tuple[int, ...], shown: str) -> None:
    assert ranges(lines) == shown


def test_branches_are_told_apart_from_lines(box: Box) -> None:
    source = "def f(x):\n    if x:\n        x = 1\n    return x\n"
    box.write({"src/a.py": source, "test_a.py": "from src.a import f\ndef test_a(): assert f(1) == 1\n"})
    message = box.passes("coverage", {"of": "src/a.py", "min": 100, "min_branches": 50})
    assert message == "100 % of src/a.py covered, 100 % needed, 50 % of its branches, 50 % needed (1 passed)"
    message = box.fails("coverage", {"of": "src/a.py", "min_branches": 51})
    assert message == "50 % of the branches of src/a.py covered, 51 % needed; missing: 2→4"


def test_each_file_must_reach_the_minimum(box: Box) -> None:
    tests = HALF + "from src.b import f as g\ndef test_b(): assert g(1) == 1 and g(0) == 2\n"
    box.write({"src/__init__.py": "", "src/a.py": SOURCE, "src/b.py": SOURCE, "src/c.py": SOURCE, "test_a.py": tests})
    message = box.fails("coverage", {"of": "src/*.py", "min": 70})
    assert message.splitlines() == [
        "60 % of src/a.py covered, 70 % needed; missing lines: 4-5",
        "also: src/c.py was never imported by the tests: 0 % of its lines covered, 70 % needed",
    ]
    message = box.passes("coverage", {"of": ["src/a.py", "src/b.py"], "min": 60})
    assert message == "60 % of src/a.py covered, 60 % needed; 100 % of src/b.py covered, 60 % needed (2 passed)"


def test_one_of_the_two_minimums_is_given(box: Box) -> None:
    with pytest.raises(ValueError, match="coverage: give `min`, `min_branches` or both"):
        box.check("coverage", {"of": "a.py"})


def test_what_a_plugin_of_the_settings_runs_is_covered(box: Box) -> None:
    box.write({
        "src/a.py": SOURCE,
        "early.py": "from src.a import f\nf(0)\n",
        "test_a.py": HALF,
        "pytest.ini": "[pytest]\naddopts = -p early\n",
    })  # fmt: skip
    assert box.passes("coverage", {"of": "src/a.py", "min": 100}).startswith("100 % of src/a.py covered")
