"""One function names cassettes, run folders and ids: its names are legal, unique, and stay the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_agenttasks.spec import folder, slug

ODD = ["", ".", "..", "-", "--", "/", "a/b", "a b", "A", "é", "日本", "a\nb", "a--b", ".hidden", "x" * 500, "con\0",
       "\udcff", "tests-for[src/a.py]", "-rf", "a.", "a-"]  # fmt: skip


@pytest.mark.parametrize("name", ["hello", "llama-3.3-8b", "tests_for.x", "0", "x" * 80])
def test_a_legal_name_is_its_own_slug(name: str) -> None:
    assert slug(name) == name


@pytest.mark.parametrize("name", ODD)
def test_any_name_becomes_legal(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_.][a-z0-9._-]*", slug(name))
    assert slug(name) not in (".", "..")
    assert len(slug(name)) <= 90


@pytest.mark.parametrize("name", ODD)
def test_none_holds_what_stands_between_a_task_and_its_preset(name: str) -> None:
    assert "--" not in slug(name)


def test_no_two_names_have_one_slug() -> None:
    names = [*ODD, "a-b", "a", "x" * 80, "x" * 501, "tests-for[src-a.py]", "tests-for-src-a.py", "é".upper()]
    assert len({slug(name) for name in names}) == len(names)


def test_slugs_stay_as_they_are_because_cassettes_are_named_by_them() -> None:
    assert slug("tests-for[src/slug.py]") == "tests-for-src-slug.py-9733d9dc"


def test_the_folder_of_a_file_is_its_path_without_the_ending() -> None:
    root = Path("/project")
    assert folder(root / "tasks/sub/code.yaml", root) == "tasks/sub/code"
    assert len({folder(root / name, root) for name in ("a.yaml", "a.yml", "a.task.yaml", "a.task.yml")}) == 4
    assert folder(root / "Tasks/a.yaml", root) == f"{slug('Tasks')}/a"
    assert folder(root / ".task.yaml", root) == slug(".task")


def test_files_outside_of_the_root_do_not_collide() -> None:
    one, other = (folder(Path(f"/{place}/code.yaml"), Path("/project")) for place in "ab")
    assert one != other
    assert re.fullmatch(r"outside-[0-9a-f]{8}/code", one)
