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
