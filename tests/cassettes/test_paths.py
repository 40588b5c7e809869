from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.cassettes import Mode, cassette_path, plan
from pytest_agenttasks.cassettes.paths import trials_recorded


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


def test_trials_recorded(tmp_path: Path) -> None:
    """By their whole names: what only looks like one is none."""

    def name(trial: int) -> str:
        return f"t-trial{trial}-{trial:08x}" if trial else "t"

    for file in ("t--m", f"{name(1)}--m", f"{name(12)}--m", f"{name(3)}--n", "t-trial4-ffffffff--m", "u-trial5-5--m"):
        (tmp_path / f"{file}.yaml").touch()
    assert trials_recorded(tmp_path / f"{name(2)}--m.yaml", name) == [0, 1, 12]
    assert trials_recorded(tmp_path / "nowhere/x--m.yaml", name) == []
