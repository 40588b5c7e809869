from __future__ import annotations

from tests.checks.conftest import Box


def test_passes(any_box: Box) -> None:
    any_box.write({"src/a.py": "x = 1\n", "src/deep/b.py": "# -*- coding: latin-1 -*-\nx = '\xe9'\n"})
    assert any_box.passes("python", "src/**/*.py") == "2 files compiled"


def test_nothing_is_executed(box: Box) -> None:
    box.write({"a.py": "open('ran', 'w')\nraise SystemExit(1)\n"})
    box.passes("python", "a.py")
    assert not (box.path / "ran").exists()


def test_names_file_line_and_what_is_wrong(any_box: Box) -> None:
    any_box.write({"src/a.py": "x = 1\ndef f(:\n    pass\n", "src/b.py": "x = 1\n"})
    assert any_box.fails("python", "src/*.py").splitlines() == ["src/a.py:2: SyntaxError: invalid syntax"]


def test_all_broken_files_are_named(box: Box) -> None:
    box.write({"a.py": "(", "b.py": "if x:\ny\n", "c.py": "x = 1"})
    lines = box.fails("python", "*.py").splitlines()
    assert lines[0] == "a.py:1: SyntaxError: '(' was never closed (2 of 3 files do not compile)"
    assert lines[1].startswith("b.py:2: IndentationError: expected an indented block")


def test_bytes_that_are_no_source(box: Box) -> None:
    box.write({"nul.py": b"x = 1\0", "bytes.py": b"x = '\xff'\n", "coding.py": "# coding: nonsense\n"})
    for name in ("nul.py", "bytes.py", "coding.py"):
        assert name in box.fails("python", name)


def test_source_that_exhausts_the_compiler(any_box: Box) -> None:
    any_box.write({"deep.py": "(" * 100_000, "minus.py": "x = " + "-" * 1_000_000 + "1\n"})
    for name in ("deep.py", "minus.py"):
        assert any_box.fails("python", name).startswith(name)


def test_a_pattern_without_match(box: Box) -> None:
    box.write({"src/readme.txt": "x"})
    assert box.fails("python", "src/*.py") == "no file matches src/*.py; there are: src/readme.txt"


def test_a_folder(box: Box) -> None:
    box.write({"src/a.py": "x"})
    assert box.fails("python", "src") == "src is a folder, not a file; there are: src/a.py"


def test_a_module_of_the_workspace_does_not_stand_in(box: Box) -> None:
    box.write({"json.py": "raise SystemExit(0)\n", "sitecustomize.py": "raise SystemExit(0)\n", "a.py": "("})
    assert "never closed" in box.fails("python", "a.py")
