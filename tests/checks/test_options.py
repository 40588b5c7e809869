from __future__ import annotations

import pytest

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
