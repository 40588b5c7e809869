from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from pytest_agenttasks.spec import Check


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../a.txt", "a/../../b"])
@pytest.mark.parametrize("name", ["files", "python", "diff"])
def test_a_pattern_that_leads_out_is_refused(name: str, pattern: str) -> None:
    with pytest.raises(ValueError, match="leads out of the workspace: give a path relative to it"):
        Check.model_validate({name: pattern})


def test_a_name_with_two_dots_in_it_is_a_name() -> None:
    assert Check.model_validate({"files": "a..b/c..txt"}).files is not None


@pytest.mark.parametrize("check", [{"pytest": "-k 'a"}, {"coverage": {"of": "a.py", "min": 1, "args": "-k 'a"}}])
def test_arguments_with_an_open_quotation_are_refused(check: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot be split into arguments as a shell does: No closing quotation"):
        Check.model_validate(check)


HIDDEN_MISTAKES: dict[str, tuple[object, str]] = {
    "nothing in it": ({"pytest": "a", "hidden": {}}, "hidden: give `from`, `files` or `original`"),
    "a diff": ({"diff": "a", "hidden": "b"}, "hidden: diff looks at the agent's own work"),
    "a way out": ({"pytest": "a", "hidden": {"files": {"../a": ""}}}, "leads out of the workspace"),
    "a glob": ({"pytest": "a", "hidden": {"files": {"a/*.py": ""}}}, "give the path of a file"),
    "no check": ({"hidden": "b"}, "give exactly one check"),
}


@pytest.mark.parametrize("what", HIDDEN_MISTAKES)
def test_mistakes_in_hidden_inputs(what: str) -> None:
    given, message = HIDDEN_MISTAKES[what]
    with pytest.raises(ValidationError, match=re.escape(message)):
        Check.model_validate(given)


EMPTY = [
    {"coverage": {"of": [], "min": 100}},
    {"files": []},
    {"absent": []},
    {"diff": {"only": []}},
    {"answer": []},
    {"command": {"run": "a", "stdout": []}},
    {"pytest": {"tests": []}},
    {"trajectory": {"used": []}},
    {"judge": {"rubric": "a", "sees": []}},
    {"pytest": "a", "hidden": {"original": []}},
]


@pytest.mark.parametrize("check", EMPTY, ids=str)
def test_an_empty_list_which_any_work_would_satisfy_is_refused(check: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"should have at least 1 item"):
        Check.model_validate(check)


NUL = [{"command": "a\0b"}, {"pytest": "a\0b"}, {"files": "a\0b"}, {"python": {"imports": {"a": "b\0"}}}]


@pytest.mark.parametrize("check", NUL, ids=str)
def test_a_nul_character_is_refused(check: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="found a NUL character"):
        Check.model_validate(check)


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_numbers_without_end_are_refused(number: float) -> None:
    for check in ({"command": {"run": "a", "seconds": number}}, {"coverage": {"of": "a", "min": number}}):
        with pytest.raises(ValidationError, match="finite number"):
            Check.model_validate(check)


MISPLACED: dict[str, tuple[object, str]] = {
    "an option for its check": ({"exists": "a"}, "unknown key 'exists'; did you mean 'files', of which 'exist'"),
    "hidden in its check": (
        {"pytest": {"args": "tests", "hidden": "b"}},
        "hidden stands beside pytest, not in it: write it on the level of `pytest:`",
    ),
    "guard in its check": ({"files": {"exist": "a", "guard": True}}, "guard stands beside files, not in it"),
    "several files": ({"mutation": {"of": ["a.py", "b.py"], "min": 1}}, "expected one file: write a check for each"),
    "a number of steps": ({"trajectory": {"steps": 20}}, "found 20, expected bounds: write {max: 20} or {min: 20}"),
    "no JSON": ({"answer": {"json": False}}, "found false, expected true or a mapping; leave it out"),
    "an expression": ({"matches": {"file": "a", "regex": "\\d("}}, "'\\d(' is no regular expression"),
    "a colon": (
        {"pytest": {"tests": "tests/test_a.py:test_b[x]"}},
        "'tests/test_a.py:test_b[x]' is no node id of pytest: write 'tests/test_a.py::test_b[x]', with two colons",
    ),
}


@pytest.mark.parametrize("what", MISPLACED)
def test_what_is_meant_is_told(what: str) -> None:
    given, message = MISPLACED[what]
    with pytest.raises(ValidationError, match=re.escape(message)):
        Check.model_validate(given)


def test_names_of_tests_with_colons_of_their_own() -> None:
    Check.model_validate({"pytest": {"tests": ["a.py", "a.py::B::test_c[x.py:3]", "a"]}})
