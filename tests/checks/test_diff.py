from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.checks import Place, run_checks
from pytest_agenttasks.spec import Check, WorkspaceSpec
from pytest_agenttasks.workspace import open_workspace
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


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Box]:
    """A workspace that began with files."""
    files = {"src/a.py": "".join(f"line {n}\n" for n in range(20)), "README.md": "# Shop\n", "logo.png": "\0png"}
    with open_workspace(WorkspaceSpec(files=files), base=tmp_path, isolation="none") as workspace:
        yield Box(workspace)


def test_what_must_be_changed(shop: Box) -> None:
    assert shop.fails("diff", {"must": "tests/**"}) == "nothing was changed in tests/**; changed: nothing"
    shop.write({"README.md": "# The shop\n"})
    assert shop.fails("diff", {"must": ["tests/", "README.md"]}) == (
        "nothing was changed in tests/; changed: README.md"
    )
    shop.passes("diff", {"must": "README.md"})


def test_what_must_stay(shop: Box) -> None:
    shop.passes("diff", {"never": "src/"})
    (shop.path / "src/a.py").unlink()
    message = shop.fails("diff", {"never": ["src/", "docs/"]})
    assert message == "changed what must stay as it was (src/, docs/): src/a.py"


def test_the_size_of_a_change(shop: Box) -> None:
    shop.write({"src/a.py": "first\n" + (shop.path / "src/a.py").read_text().replace("line 7\n", "line seven\n")})
    shop.passes("diff", {"min_lines": 3, "max_lines": 3, "max_files": 1})
    assert shop.fails("diff", {"max_lines": 2}) == "3 lines changed, expected at most 2: src/a.py (3)"
    assert shop.fails("diff", {"min_lines": 4}) == "3 lines changed, expected at least 4"
    shop.write({"b.txt": "x"})
    assert shop.fails("diff", {"max_files": 1}) == "2 files changed, expected at most 1: b.txt, src/a.py"


def test_all_that_is_wrong_is_said(shop: Box) -> None:
    shop.write({"b.txt": "x\n"})
    assert shop.fails("diff", {"only": "src/", "must": "src/", "max_files": 0}).splitlines() == [
        "changed outside src/: b.txt",
        "also: nothing was changed in src/; changed: b.txt",
        "also: 1 file changed, expected at most 0: b.txt",
    ]


def test_binary_files_have_no_lines(shop: Box) -> None:
    shop.write({"logo.png": b"\0other"})
    shop.passes("diff", {"max_lines": 0, "max_files": 1})
    assert shop.fails("diff", {"min_lines": 1}) == (
        "0 lines changed, expected at least 1; binary or too big to count: logo.png"
    )


def test_a_renamed_file_is_one_file_without_lines(shop: Box) -> None:
    (shop.path / "src/a.py").rename(shop.path / "src/b.py")
    shop.passes("diff", {"max_lines": 0, "max_files": 1, "must": ["src/a.py", "src/b.py"]})


def test_a_copy_is_no_renamed_file(shop: Box) -> None:
    shop.write({"src/b.py": (shop.path / "src/a.py").read_bytes()})
    assert shop.fails("diff", {"max_lines": 19}) == "20 lines changed, expected at most 19: src/b.py (20)"


def test_a_file_that_becomes_a_link(shop: Box) -> None:
    (shop.path / "README.md").unlink()
    (shop.path / "README.md").symlink_to("src/a.py")
    shop.passes("diff", {"must": "README.md", "max_lines": 2})


@pytest.mark.parametrize("options", [{}, {"min_lines": 3, "max_lines": 2}])
def test_what_says_nothing_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"give at least one of only, must|min_lines 3 is more than max_lines 2"):
        Check.model_validate({"diff": options})
