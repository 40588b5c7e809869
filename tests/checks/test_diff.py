from __future__ import annotations

from pytest_agenttasks.checks import Place, run_checks
from pytest_agenttasks.spec import Check
from tests.checks.conftest import Box


def test_passes(box: Box) -> None:
    box.write({"tests/test_a.py": "x", "tests/deep/test_b.py": "x"})
    assert box.passes("diff", "tests/**") == "2 files changed, all within tests/**"


def test_nothing_changed(box: Box) -> None:
    assert box.passes("diff", "tests/**") == "0 files changed, all within tests/**"


def test_names_what_was_changed_elsewhere(box: Box) -> None:
    box.write({"tests/test_a.py": "x", "src/a.py": "x", "README.md": "y"})
    message = box.fails("diff", ["tests/**", "docs/**"])
    assert message == "changed outside tests/**, docs/**: README.md, src/a.py"


def test_at_most_ten_are_named(box: Box) -> None:
    box.write({f"{number:02}.txt": "x" for number in range(14)})
    assert box.fails("diff", "tests/**").endswith("08.txt, 09.txt and 4 more")


def test_what_other_checks_leave_does_not_count(box: Box) -> None:
    box.write({"tests/test_a.py": "def test_a(): pass"})
    checks = [Check.model_validate(one) for one in ({"command": "touch made"}, {"diff": "tests/**"})]
    assert [result.status for result in run_checks(checks, Place(box.workspace))] == ["passed", "passed"]
    assert (box.path / "made").exists()


def test_a_folder_with_a_slash_stands_for_all_below(box: Box) -> None:
    box.write({"tests/deep/test_a.py": "x"})
    box.passes("diff", "tests/")
    box.fails("diff", "tests")
