from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.cassettes import Mode, cassette_path, plan


@pytest.mark.parametrize(
    ("mode", "there", "ci", "expected"),
    [
        ("replay", True, False, "replay"),
        ("replay", False, False, "replay"),
        ("record", True, False, "record"),
        ("record", True, True, "record"),
        ("live", True, True, "live"),
        ("auto", True, False, "replay"),
        ("auto", False, False, "record"),
        ("auto", True, True, "replay"),
        ("auto", False, True, "replay"),
    ],
)
def test_plan(tmp_path: Path, mode: Mode, there: bool, ci: bool, expected: str) -> None:
    path = tmp_path / "a--b.yaml"
    if there:
        path.touch()
    assert plan(mode, path, ci=ci) == expected


def test_path() -> None:
    assert cassette_path(Path("c"), "tasks/shop", "tests-for", "flash") == Path("c/tasks/shop/tests-for--flash.yaml")
