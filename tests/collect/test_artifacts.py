"""Artifacts are copied beside each other, and nothing else happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.collect import Copied, EvidenceReader, copy_artifacts, merged
from tests.collect.test_merged import FIRST, done, slug, write


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with two artifacts, and a link that leads out of it."""
    folder = write(tmp_path, FIRST, done("a"), planned="a b")
    made = folder / slug("a") / "artifacts"
    (made / "sub").mkdir(parents=True)
    (made / "sub/ä b.txt").write_text("one")
    (made / "-x").write_bytes(b"\xff")
    (made / "passwd").symlink_to("/etc/passwd")
    (made / "etc").symlink_to("/etc")
    return folder


def copied(run: Path, target: Path) -> Copied:
    column, folders = merged("all", [run])
    return copy_artifacts(target, column.entries, EvidenceReader(folders))


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_they_lie_in_the_folders_of_their_tasks_and_links_are_left_out(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "new/made"
    assert copied(run, target) == Copied(written=2)
    assert files(target) == {"tasks/t/a--m/sub/ä b.txt": b"one", "tasks/t/a--m/-x": b"\xff"}


def test_no_file_is_replaced(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    copied(run, target)
    kept = target / slug("a") / "-x"
    kept.write_text("mine")
    assert copied(run, target) == Copied(there=1, kept=[kept])
    assert kept.read_text() == "mine"


def test_nothing_is_written_outside(run: Path, tmp_path: Path) -> None:
    target, outside = tmp_path / "made", tmp_path / "outside"
    outside.mkdir()
    (target / "tasks").mkdir(parents=True)
    (target / "tasks/t").symlink_to(outside)
    assert len(copied(run, target).outside) == 2
    assert list(outside.iterdir()) == []


def test_a_link_or_a_file_in_the_way_is_kept(run: Path, tmp_path: Path) -> None:
    target, outside = tmp_path / "made", tmp_path / "outside"
    place = target / slug("a")
    place.mkdir(parents=True)
    (place / "-x").symlink_to(outside)
    (place / "sub").write_text("")
    assert copied(run, target) == Copied(kept=[place / "-x", place / "sub/ä b.txt"])
    assert not outside.exists()
