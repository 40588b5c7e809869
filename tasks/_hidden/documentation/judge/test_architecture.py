import ast
import re
from pathlib import Path

import pytest

from judge.code import modules
from judge.pages import dead_links, rows, sections

PAGE = sections(Path("docs/architecture.md").read_text("utf-8"))


def imports(tree):
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.removeprefix("depot.") for name in names if name.startswith("depot.")}


def test_who_imports_whom():
    told = {}
    for link, purpose, needs in rows(PAGE["Modules"])[1:]:
        name = re.fullmatch(r"\[`?(?:depot\.)?(\w+)(?:\.py)?`?\]\(\.\./depot/(\w+)\.py\)", link)
        assert name, f"no link to the file of a module: {link}"
        assert name[1] == name[2]
        assert len(purpose.split()) >= 3, f"{name[1]}: what it is for"
        told[name[1]] = set(re.findall(r"\w+", re.sub(r"\]\([^)]*\)|depot\.|\.py\b", "", needs)))
    assert told == {name: imports(tree) for name, tree in modules("depot").items()}


@pytest.mark.parametrize(
    ("section", "names"), [("State", ["numbering", "sorting"]), ("Files and terminal", ["manifests", "sorting"])]
)
def test_what_is_not_a_function_of_its_arguments(section, names):
    items = re.findall(r"^[-*] `(?:depot\.)?(\w+)(?:\.py)?`", PAGE[section], re.MULTILINE)
    assert sorted(items) == names


def test_errors_of_our_own():
    named = set(re.findall(r"`(\w+Error)`", PAGE["Errors"]))
    assert named - {"ValueError", "KeyError"} == {"UnroutableError", "TrackingError"}


def test_the_readme_leads_there_and_all_links_somewhere():
    readme = Path("README.md").read_text("utf-8")
    assert "(docs/architecture.md)" in readme
    assert "A parcel depot: where parcels go, what they cost, who moves them. Standard library only.\n" in readme
    assert dead_links("README.md", "docs/architecture.md") == []
