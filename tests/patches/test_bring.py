"""What agents leave, of every kind, comes to a working tree as it was in the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.patches import Bringing, Ended, Journal, Patch, Repository
from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import open_workspace
from tests.cli.applying import git
from tests.workspace.test_patch import before, change, contents, needs_git

pytestmark = needs_git


def work_of(folder: Path, *commands: str) -> tuple[bytes, dict[str, tuple[str, bytes | str]]]:
    """The patch of some work on a copy of a folder, and what it left."""
    with open_workspace(WorkspaceSpec(**{"from": str(folder)}), base=folder, isolation="none") as workspace:
        if not commands:
            change(workspace.path)
        for command in commands:
            assert workspace.execute(command).exit_code == 0
        return workspace.patch(), contents(workspace.path)


def repository(top: Path, *settings: str) -> Repository:
    """A repository with all in one commit."""
    git(top, "init", "-q")
    for setting in settings:
        git(top, "config", *setting.split("="))
    git(top, "add", "--force", ".")
    git(top, "commit", "-q", "-m", "one")
    return Repository.around(top)


def bring(repository: Repository, *patches: Patch) -> list[Ended]:
    journal = Journal(repository.top, repository.folder)
    with journal.alone(), Bringing.of(repository, patches, frozenset()) as bringing:
        ended = [bringing.add(patch) for patch in patches]
        bringing.write(journal)
    return ended


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "top/so ürce"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "apply.whitespace=error", "core.fileMode=false"])
def test_every_kind_of_change(source: Path, setting: str) -> None:
    """Binary, links, modes, line ends, deletions, odd names, a folder that becomes a file: whatever git is told."""
    before(source)
    found = repository(source.parent, setting)
    patch, left = work_of(source)
    (ended,) = bring(found, Patch(patch, source.name))
    assert ended.status == "applied", ended.why
    assert len(ended.files) > 30
    assert contents(source) == left
    (again,) = bring(found, Patch(patch, source.name))
    assert (again.status, contents(source)) == ("there", left)


def test_patches_on_top_of_each_other(source: Path) -> None:
    """The second one made what the third one changes; a fourth one knows nothing of them."""
    (source / "a").write_text("1\n2\n3\n4\n5\n")
    found = repository(source.parent)
    first, _ = work_of(source, "echo 6 >> a")
    (source / "a").write_text("1\n2\n3\n4\n5\n6\n")
    second, _ = work_of(source, "sed -i s/1/one/ a; echo new > b")
    (source / "b").write_text("new\n")
    third, _ = work_of(source, "rm b; mkdir b; echo c > b/c")
    (source / "b").unlink()
    (source / "a").write_text("1\n2\n3\n4\n5\n")
    fourth, _ = work_of(source, "sed -i s/1/uno/ a")
    ended = bring(found, *(Patch(patch, source.name) for patch in (first, second, third, fourth)))
    assert [one.status for one in ended] == ["applied", "applied", "applied", "left out"]
    assert (source / "a").read_text() == "one\n2\n3\n4\n5\n6\n"
    assert (source / "b/c").read_text() == "c\n"


def test_many_files(source: Path) -> None:
    for number in range(300):
        (source / str(number)).write_text(f"{number}\n")
    found = repository(source.parent)
    patch, left = work_of(source, "for f in *; do echo more >> $f; done")
    (ended,) = bring(found, Patch(patch, source.name))
    assert (ended.status, len(ended.files)) == ("applied", 300)
    assert contents(source) == left
