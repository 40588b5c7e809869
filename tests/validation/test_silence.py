"""Comments in task files that silence findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.validation import Finding, TaskFacts, heard

TASK = TaskFacts("t.yaml::one", "t.yaml", 2)


def left(folder: Path, text: str, *findings: Finding, ignored: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    (folder / "t.yaml").write_text(text, "utf-8")
    return [(one.code, one.line) for one in heard(findings, [TASK], folder, ignored)]


IDLE = Finding("idle-check", "m", "t.yaml", 4, TASK.id)
LIMITS = Finding("no-limits", "m", "t.yaml", 2, TASK.id)


@pytest.mark.parametrize(
    ("comment", "place", "expected"),
    [
        ("# validate: ignore=idle-check", 4, [("no-limits", 2)]),
        ("#validate:ignore=idle-check", 4, [("no-limits", 2)]),
        ("# validate: ignore=no-limits, idle-check", 2, []),
        ("# validate: ignore=no-limits", 4, [("idle-check", 4), ("no-limits", 2)]),
        ("# validate: ignore=idle", 4, [("idle-check", 4), ("no-limits", 2)]),
        ("# ignore=idle-check", 4, [("idle-check", 4), ("no-limits", 2)]),
    ],
)
def test_a_comment_silences_its_line_or_its_task(
    comment: str, place: int, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    lines = [f"line: {number}" + (f"  {comment}" if number == place else "") for number in range(1, 6)]
    assert left(tmp_path, "\n".join(lines), IDLE, LIMITS) == expected


def test_codes_may_be_ignored_everywhere(tmp_path: Path) -> None:
    assert left(tmp_path, "", IDLE, LIMITS, ignored=("no-limits",)) == [("idle-check", 4)]


def test_a_file_that_cannot_be_read_silences_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes(b"\xff")
    assert heard([IDLE], [TASK], tmp_path, ()) == [IDLE]
