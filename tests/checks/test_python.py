from __future__ import annotations

import json
import sys

import pytest

from pytest_agenttasks.checks import missing_tools
from pytest_agenttasks.spec import Check
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


SHOP = {"src/shop/__init__.py": "", "src/shop/money.py": "class Money: pass\ndef parse(text): return Money()\n"}


def test_modules_import(any_box: Box) -> None:
    any_box.write(SHOP)
    any_box.passes("python", {"imports": "src.shop.money"})
    options = {"path": "src", "imports": {"shop": [], "shop.money": ["Money", "parse"]}}
    assert any_box.passes("python", options) == "2 modules imported"
    message = any_box.fails("python", {"path": "src", "imports": {"shop.money": "Mony", "shop.cart": []}})
    assert message.splitlines()[0] == "shop.money has no Mony; did you mean 'Money'? (2 problems)"
    assert message.splitlines()[1].startswith("shop.cart cannot be imported: ModuleNotFoundError: No module named")


def test_a_module_that_breaks_tells_where(box: Box) -> None:
    box.write({"a.py": "import b\n", "b.py": "\nvalue = 1 / 0\n"})
    assert box.fails("python", {"imports": "a"}) == "a cannot be imported: ZeroDivisionError: division by zero (b.py:2)"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit(3)", "a cannot be imported: SystemExit: 3 (a.py:1)"),
        ("import os; os._exit(0)", "the import of a ended the interpreter, with exit code 0"),
        ("while True: pass", "the import of a did not end within 1 s"),
    ],
)
def test_a_module_that_does_not_come_back(box: Box, code: str, message: str) -> None:
    box.write({"a.py": code})
    assert box.fails("python", {"imports": "a", "seconds": 1}) == message


def test_an_import_leaves_nothing(box: Box) -> None:
    box.write({"a.py": "x = 1"})
    box.passes("python", {"imports": {"a": "x"}})
    assert box.left() == ["a.py"]


def test_each_module_in_an_interpreter_of_its_own(box: Box) -> None:
    box.write({"a.py": "import json; json.loads = None", "b.py": "import json; assert json.loads"})
    box.passes("python", {"imports": ["a", "b"]})


def test_ruff(any_box: Box) -> None:
    any_box.write({"a.py": "x = 1\n", "b.py": "import os\n"})
    assert any_box.passes("python", {"compiles": "a.py", "ruff": True}) == "1 file compiled, nothing found by ruff"
    message = any_box.fails("python", {"compiles": "*.py", "ruff": True})
    assert message == "ruff: b.py:1:8: F401 [*] `os` imported but unused"
    any_box.passes("python", {"compiles": "*.py", "ruff": ["E", "W"]})
    any_box.fails("python", {"compiles": "*.py", "ruff": ["D100"]})


def test_an_agent_cannot_switch_ruff_off(box: Box) -> None:
    box.write({"b.py": "# ruff: noqa\nimport os  # noqa\n", "ruff.toml": "exclude = ['*.py']\n[lint]\nselect = []\n"})
    assert "F401" in box.fails("python", {"compiles": "b.py", "ruff": True})
    box.passes("python", {"compiles": "b.py", "ruff": True, "settings": "workspace"})


def test_rules_that_ruff_does_not_know_are_an_error(box: Box) -> None:
    box.write({"a.py": "x = 1\n"})
    assert "ruff ended with exit code 2" in box.errs("python", {"compiles": "a.py", "ruff": ["NOPE"]})


def test_a_module_that_is_not_of_the_workspace(any_box: Box) -> None:
    any_box.write({"space/c.py": "", "space/b.py": "import os\nos.chdir('/')\n"})
    any_box.passes("python", {"imports": ["space", "space.c", "space.b"]})
    message = any_box.fails("python", {"imports": {"json": "dumps", "sys": []}})
    assert message.startswith(f"json was not found in the workspace: what is imported is {json.__file__} (2 problems)")
    assert message.endswith("sys was not found in the workspace: what is imported is built-in")


def test_mypy(any_box: Box) -> None:
    any_box.write({"a.py": "def f(x: int) -> str:\n    return x\n", "b.py": "def f(x):\n    return x\n"})
    message = any_box.fails("python", {"compiles": "a.py", "mypy": True})
    assert message.startswith('mypy: a.py:2: error: Incompatible return value type (got "int", expected "str")')
    assert any_box.passes("python", {"compiles": "b.py", "mypy": True}).endswith("nothing found by mypy")
    assert "error: Function is missing a type annotation" in any_box.fails(
        "python", {"compiles": "b.py", "mypy": "strict"}
    )
    assert any_box.left() == ["a.py", "b.py"]


def test_a_file_cannot_set_mypy(box: Box) -> None:
    box.write({"a.py": "# fine\n# mypy: ignore-errors\nx: int = 'a'\n", "b.py": "# coding: utf-7\n+ACM- mypy: x\n"})
    [line] = box.fails("python", {"compiles": "a.py", "mypy": "strict"}).splitlines()
    assert line == "mypy: a.py:2: `# mypy: ignore-errors` sets mypy from inside the file; remove the line"
    assert "b.py:2: `# mypy: x`" in box.fails("python", {"compiles": "b.py", "mypy": True})
    box.passes("python", {"compiles": "a.py", "mypy": True, "settings": "workspace"})


def test_settings_of_mypy(box: Box) -> None:
    box.write({"a.py": "x: int = 'a'\nimport gone_elsewhere\n", "mypy.ini": "[mypy]\nignore_errors = True\n"})
    assert "a.py:1: error" in box.fails("python", {"compiles": "a.py", "mypy": True})
    box.passes("python", {"compiles": "a.py", "mypy": True, "settings": "workspace"})


def test_a_file_that_does_not_compile_is_told_first(box: Box) -> None:
    box.write({"a.py": "("})
    message = box.fails("python", {"compiles": "a.py", "ruff": True, "mypy": True, "imports": "a"})
    assert message.startswith("a.py:1: SyntaxError")


def test_tools_that_are_missing_are_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check.model_validate({"python": {"compiles": "a.py", "ruff": True, "mypy": "strict"}})]
    assert missing_tools(checks) == []
    monkeypatch.setitem(sys.modules, "mypy", None)
    [line] = missing_tools(checks)
    assert line.startswith("mypy is not installed for ")
    assert line.endswith("and the check `python` needs it: pip install mypy")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ruff": True}, "ruff looks at the files of 'compiles', which is missing"),
        ({}, "give at least one of compiles, imports"),
        ({"imports": "a/b.py"}, "'a/b.py' is no name of a module"),
        ({"imports": "a", "path": "../x"}, "leads out of the workspace"),
        ({"compiles": "a", "ruff": []}, "at least 1"),
    ],
)
def test_options_that_say_nothing_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Check.model_validate({"python": options})
