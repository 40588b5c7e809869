from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import TaskFileError
from pytest_agenttasks.spec import load_tasks
from tests.checks.conftest import Box


def test_passes(box: Box) -> None:
    box.write({"README.md": "## Usage\nrun it"})
    assert box.passes("contains", {"file": "README.md", "text": "Usage\nrun"})


def test_names_the_file_and_the_text(box: Box) -> None:
    box.write({"README.md": "nothing"})
    message = box.fails("contains", {"file": "README.md", "text": "usage"})
    assert message == "README.md does not contain 'usage'"


def test_case_matters_unless_told(box: Box) -> None:
    box.write({"README.md": "Usage"})
    message = box.fails("contains", {"file": "README.md", "text": "usage"})
    assert message == "README.md does not contain 'usage': upper and lower case differ"
    box.passes("contains", {"file": "README.md", "text": "uSAGE", "ignore_case": True})


def test_text_is_taken_as_it_is(box: Box) -> None:
    box.write({"a.txt": "abc"})
    box.fails("contains", {"file": "a.txt", "text": "a.c"})


def test_one_matching_file_suffices(box: Box) -> None:
    box.write({"docs/a.md": "no", "docs/b.md": "usage"})
    assert "docs/b.md" in box.passes("contains", {"file": "docs/*.md", "text": "usage"})
    message = box.fails("contains", {"file": "docs/*.md", "text": "licence"})
    assert message == "docs/a.md, docs/b.md do not contain 'licence'"


def test_a_missing_file_is_said_to_be_missing(box: Box) -> None:
    box.write({"READ.md": "x"})
    message = box.fails("contains", {"file": "README.md", "text": "x"})
    assert message == "no file matches README.md; there are: READ.md"


def test_a_folder_is_said_to_be_one(box: Box) -> None:
    (box.path / "README.md").mkdir()
    assert "README.md is a folder" in box.fails("contains", {"file": "README.md", "text": "x"})


def test_bytes_that_are_no_text(box: Box) -> None:
    box.write({"a.bin": b"\xff\xfe\x00usage\xff"})
    box.passes("contains", {"file": "a.bin", "text": "usage"})
    message = box.fails("contains", {"file": "a.bin", "text": "licence"})
    assert message == "a.bin does not contain 'licence': it is binary, not UTF-8 text"


def test_broken_bytes_are_no_replacement_character(box: Box) -> None:
    box.write({"a.txt": b"x\xffy"})
    box.fails("contains", {"file": "a.txt", "text": "\ufffd"})


def test_a_huge_file_is_read_to_a_bound(box: Box) -> None:
    with (box.path / "a.txt").open("wb") as file:
        file.truncate(2**40)
    assert "binary" in box.fails("contains", {"file": "a.txt", "text": "usage"})


def test_a_huge_text_is_read_to_a_bound(box: Box) -> None:
    box.write({"a.txt": b" " * (16 * 2**20) + b"usage"})
    message = box.fails("contains", {"file": "a.txt", "text": "usage"})
    assert message == "a.txt does not contain 'usage': only the first 16 MiB were searched"


def test_a_file_without_permission(box: Box) -> None:
    box.write({"a.txt": "usage"})
    (box.path / "a.txt").chmod(0)
    if os.access(box.path / "a.txt", os.R_OK):
        pytest.skip("this user (root) reads every file")
    assert "a.txt cannot be read" in box.fails("contains", {"file": "a.txt", "text": "usage"})


def test_a_link_out_is_not_read(box: Box) -> None:
    (box.path / "a.txt").symlink_to("/etc/passwd")
    assert "no file matches a.txt" in box.fails("contains", {"file": "a.txt", "text": "root"})


def test_the_line_that_is_nearest_is_told(box: Box) -> None:
    box.write({"README.md": "# Shop\n\n## Useage\n"})
    message = box.fails("contains", {"file": "README.md", "text": "## Usage"})
    assert message == "README.md does not contain '## Usage': line 3 is near it: '## Useage'"


def test_a_count(box: Box) -> None:
    box.write({"a.txt": "x y x\nx"})
    assert box.passes("contains", {"file": "a.txt", "text": "x", "count": 3}) == "a.txt contains 'x' 3 times"
    message = box.fails("contains", {"file": "a.txt", "text": "x", "max": 2})
    assert message.splitlines() == [
        "a.txt contains 'x' 3 times, expected at most 2",
        "a.txt:1: x y x",
        "a.txt:1: x y x",
        "a.txt:2: x",
    ]
    box.fails("contains", {"file": "a.txt", "text": "x", "min": 4})
    box.fails("contains", {"file": "a.txt", "text": "x", "count": 4})


def test_none_at_all(box: Box) -> None:
    box.write({"src/a.py": "a = 1\n", "src/b.py": "b = 1\nprint(b)\n"})
    assert box.passes("contains", {"file": "src/a.py", "text": "print(", "max": 0}) == (
        "src/a.py does not contain 'print('"
    )
    message = box.fails("contains", {"file": "src/*.py", "text": "print(", "max": 0})
    assert message.splitlines() == ["src/b.py contains 'print(', expected none", "src/b.py:2: print(b)"]


def test_nothing_may_be_found_but_the_file_must_be_there(box: Box) -> None:
    assert box.fails("contains", {"file": "a.py", "text": "print(", "max": 0}).startswith("no file matches a.py")


def test_counted_over_all_files_or_in_each(box: Box) -> None:
    box.write({"a.py": "# Licence\n", "b.py": "# licence\n", "c.py": "# Licence\n# Licence\n"})
    box.passes("contains", {"file": "*.py", "text": "Licence", "count": 3})
    message = box.fails("contains", {"file": "*.py", "text": "Licence", "in": "each"})
    assert message == "b.py does not contain 'Licence' (1 of 3 files): upper and lower case differ"
    message = box.fails("contains", {"file": "[ac].py", "text": "Licence", "in": "each", "count": 1})
    assert message.splitlines()[0] == "c.py contains 'Licence' 2 times, expected exactly 1 (1 of 2 files)"
    box.passes("contains", {"file": "*.py", "text": "licence", "in": "each", "ignore_case": True})


def test_what_may_not_be_there_cannot_hide_behind_the_bound(box: Box) -> None:
    box.write({"a.txt": b" " * (16 * 2**20) + b"TODO"})
    for check, options in (("contains", {"text": "TODO"}), ("matches", {"regex": "TODO"})):
        message = box.fails(check, {"file": "a.txt", "max": 0, **options})
        assert message == "a.txt is larger than 16 MiB: what it may not hold cannot be told"


def test_an_expression(any_box: Box) -> None:
    any_box.write({"src/a.py": "import os\n\ndef total(items: list[int]) -> int:\n    return sum(items)\n"})
    assert any_box.passes("matches", {"file": "src/*.py", "regex": r"^def \w+\(.*\) -> int:$"}) == (
        r"src/a.py matches '^def \\w+\\(.*\\) -> int:$'"
    )
    message = any_box.fails("matches", {"file": "src/*.py", "regex": "^import", "max": 0})
    assert message.splitlines() == ["src/a.py matches '^import', expected none", "src/a.py:1: import os"]
    assert any_box.fails("matches", {"file": "src/*.py", "regex": "^class "}) == "src/a.py does not match '^class '"


def test_flags_of_an_expression(box: Box) -> None:
    box.write({"a.txt": "one\nTwo\n"})
    assert box.fails("matches", {"file": "a.txt", "regex": "^two"}).endswith(": upper and lower case differ")
    box.passes("matches", {"file": "a.txt", "regex": "^two", "ignore_case": True})
    box.fails("matches", {"file": "a.txt", "regex": "^Two", "multiline": False})
    box.fails("matches", {"file": "a.txt", "regex": "one.Two"})
    box.passes("matches", {"file": "a.txt", "regex": "one.Two", "dot_all": True})


def test_an_expression_counted_in_each_file(box: Box) -> None:
    box.write({"a.md": "# A\n# B\n", "b.md": "no\n"})
    message = box.fails("matches", {"file": "*.md", "regex": "^# ", "in": "each", "min": 2})
    assert message == "b.md does not match '^# ', expected at least 2 (1 of 2 files)"


def test_a_text_for_which_an_expression_takes_for_ever_fails(any_box: Box) -> None:
    any_box.write({"a.txt": "a" * 60 + "!"})
    message = any_box.fails("matches", {"file": "a.txt", "regex": "(a+)+$", "seconds": 1})
    assert message == (
        "a.txt: the search for '(a+)+$' did not end within 1 s: an expression with one repetition in another, such as "
        "(a+)+, can take for ever"
    )


def test_an_expression_in_bytes_that_are_no_text(box: Box) -> None:
    box.write({"a.bin": b"\xff\x00usage"})
    box.passes("matches", {"file": "a.bin", "regex": "usage"})


def test_no_file_for_an_expression(box: Box) -> None:
    assert box.fails("matches", {"file": "a.txt", "regex": "x", "max": 0}).startswith("no file matches a.txt")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("matches: {file: a, regex: '('}", "4:29: '(' is no regular expression: missing )"),
        ("matches: {file: a, regex: 'a{99999999999999999999}'}", "is no regular expression: the repetition number is"),
        ("contains: {file: a, text: b, count: 1, max: 2}", "4:13: give either 'count', or 'min' and 'max'"),
        ("contains: {file: a, text: b, min: 3, max: 2}", "4:13: min 3 is more than max 2"),
        ("contains: {file: a, text: b, in: any}", "4:36: in: found 'any' (text), expected 'all' or 'each'"),
        ("contains: {file: a, text: b, max: -1}", "4:37: max: found -1, expected at least 0"),
    ],
)
def test_mistakes_are_told_at_their_line(tmp_path: Path, check: str, message: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"prompt: x\n\nchecks:\n- {check}\n")
    with pytest.raises(TaskFileError) as told:
        load_tasks(file, "t.yaml")
    assert message in str(told.value)
