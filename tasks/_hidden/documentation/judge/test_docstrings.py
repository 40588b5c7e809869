"""Docstrings of the one module that the agent was to document, which is known by the package that is here."""

import ast
import re
from pathlib import Path
from zlib import crc32

import pytest

from judge.code import own, parameters, public, raised

MODULE, BEFORE = ("shop/inventory.py", 495485270) if Path("shop").is_dir() else ("depot/pickups.py", 1571175911)
SOURCE = Path(MODULE).read_text("utf-8")
TREE = ast.parse(SOURCE)
INSIDE = [one for node in public(TREE) if isinstance(node, ast.ClassDef) for one in public(node)]
DEFINITIONS = pytest.mark.parametrize("node", [*public(TREE), *INSIDE], ids=lambda node: node.name)


def sections(node):
    """The sections of a docstring with their entries; the summary and what stands in Returns have the name ''."""
    found, name = {"": {}}, ""
    for line in (ast.get_docstring(node) or "").splitlines():
        heading = re.fullmatch(r"(Args|Attributes|Returns|Raises):", line)
        entry = re.match(r"    (\w+)(?: \([^)]*\))?: *(.*)", line) if name != "Returns" else None
        if heading:
            name = heading[1]
            found[name] = {}
        elif entry and name:
            found[name][entry[1]] = entry[2].split()
        elif line.strip():
            last = next(reversed(found[name]), "")
            found[name].setdefault(last, []).extend(line.split())
    return found


def assert_tells(node, section, names):
    found = sections(node).get(section, {})
    assert set(found) == set(names), f"{node.name}: {section}"
    assert {name: words for name, words in found.items() if len(words) < 3} == {}, (
        f"{node.name}: {section} is too short"
    )


def test_the_code_is_what_it_was():
    lines = SOURCE.splitlines()
    for node in ast.walk(TREE):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            first = node.body[0]
            lines[first.lineno - 1 : first.end_lineno] = [""] * (first.end_lineno - first.lineno + 1)
    code = "\n".join(line.rstrip() for line in lines if line.strip())
    assert crc32(code.encode()) == BEFORE, "something else than docstrings was changed"


@DEFINITIONS
def test_the_first_line_is_a_sentence(node):
    summary = (ast.get_docstring(node) or "").partition("\n")[0]
    assert summary.endswith(".")
    assert len(summary.split()) >= 3


@DEFINITIONS
def test_every_parameter_and_field_is_told(node):
    if isinstance(node, ast.ClassDef):
        assert_tells(node, "Attributes", [one.target.id for one in node.body if isinstance(one, ast.AnnAssign)])
    else:
        assert_tells(node, "Args", parameters(node))


@DEFINITIONS
def test_results_and_errors_are_told(node):
    if isinstance(node, ast.ClassDef):
        return
    assert_tells(node, "Raises", raised(node))
    returns = any(isinstance(one, ast.Return) and one.value for one in own(node))
    assert_tells(node, "Returns", [""] if returns else [])
