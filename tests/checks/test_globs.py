from __future__ import annotations

import pytest

from pytest_agenttasks.checks.globs import matches


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("a.py", "a.py"),
        ("a.py", "./a.py"),
        ("a.py", "*.py"),
        (".env", "*"),
        ("src/a.py", "src/*.py"),
        ("src/a1.py", "src/a[0-9].py"),
        ("src/ab.py", "src/a?.py"),
        ("src/a.py", "*/a.py"),
        ("src/a.py", "**"),
        ("src/a.py", "src/**"),
        ("src/a.py", "src/"),
        ("src/deep/er/a.py", "src/**"),
        ("src/deep/er/a.py", "src/**/*.py"),
        ("src/a.py", "src/**/*.py"),
        ("a.py", "**/a.py"),
        ("src/x/y/tests/z/a.py", "**/tests/**/*.py"),
        ("[x].py", "[[]x].py"),
    ],
)
def test_matches(path: str, pattern: str) -> None:
    assert matches(path, pattern)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("src/a.py", "*.py"),
        ("src/a.py", "a.py"),
        ("src/a.py", "src"),
        ("src/deep/a.py", "src/*"),
        ("src/deep/a.py", "src/*.py"),
        ("src/deep/a.py", "src/**.py"),
        ("src", "src/**"),
        ("src", "src/"),
        ("srcs/a.py", "src/**"),
        ("xsrc/a.py", "src/**"),
        ("a.PY", "*.py"),
        ("src/a.pyc", "src/*.py"),
        ("a/b", "a?b"),
        ("a/b", "a[/]b"),
    ],
)
def test_does_not_match(path: str, pattern: str) -> None:
    assert not matches(path, pattern)
