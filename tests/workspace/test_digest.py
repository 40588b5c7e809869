"""A hash of what a workspace starts from: it changes with the files and with nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import workspace_digest


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src/a.py").write_text("a = 1\n")
    (folder / "link").symlink_to("src/a.py")
    return folder


def digest(base: Path, *withheld: Path, **keys: object) -> str:
    return workspace_digest(WorkspaceSpec.model_validate(keys), base=base, withheld=withheld)


CHANGES: list[Callable[[Path], object]] = [
    lambda shop: (shop / "src/a.py").write_text("a = 2\n"),
    lambda shop: (shop / "src/a.py").chmod(0o755),
    lambda shop: (shop / "src/a.py").rename(shop / "src/b.py"),
    lambda shop: (shop / "more").mkdir(),
    lambda shop: (shop / "link").rename(shop / "link2"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_an_agent_would_find_otherwise_counts(shop: Path, change: Callable[[Path], object]) -> None:
    before = digest(shop.parent, **{"from": "shop"})
    change(shop)
    assert digest(shop.parent, **{"from": "shop"}) != before


@pytest.mark.parametrize(
    "keys", [{"files": {"n": "2"}}, {"setup": ["true"]}, {"network": True}, {"files": {"n": "1"}, "setup": ["true"]}]
)
def test_what_the_task_file_says_counts(tmp_path: Path, keys: dict[str, object]) -> None:
    assert digest(tmp_path, **keys) != digest(tmp_path, files={"n": "1"})


def test_caches_the_name_of_the_folder_and_what_is_withheld_do_not_count(shop: Path) -> None:
    before = digest(shop.parent, shop / "cassettes", **{"from": "shop"})
    for name in ("__pycache__/a.pyc", "src/b.pyc", ".git/HEAD", "cassettes/a.yaml", "my-env/pyvenv.cfg"):
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text("x")
    (shop / "src/a.py").touch()
    assert digest(shop.parent, shop / "cassettes", **{"from": "shop"}) == before
    moved = shop.rename(shop.parent / "other")
    assert digest(shop.parent, moved / "cassettes", **{"from": "other"}) == before


def test_a_commit_counts_by_its_files(shop: Path) -> None:
    def git(*arguments: str) -> None:
        name = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", "-C", str(shop), *name, *arguments], check=True, capture_output=True)

    def now() -> str:
        return digest(shop / "src", shop / "cassettes", git={"ref": "HEAD"})

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    before = now()
    (shop / "cassettes").mkdir()
    (shop / "cassettes/a.yaml").write_text("recorded")
    git("add", ".")
    git("commit", "-qm", "recorded")
    assert now() == before
    (shop / "b.py").write_text("b = 1\n")
    git("add", ".")
    git("commit", "-qm", "two")
    assert now() != before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="does not exist"):
        digest(tmp_path, **{"from": "none"})
