"""Values that can hardly be keys."""

from __future__ import annotations

import pytest

from pytest_agenttasks.doctor.odd_keys import BEGINS, looks_wrong
from pytest_agenttasks.models.providers import KEY_VARIABLES

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"

ODD = {
    f" {KEY}": "white space",
    f"{KEY}\n": "line break",
    f"'{KEY}'": "quotes",
    f'"{KEY}"': "quotes",
    "$OPENROUTER_KEY": "begins with $",
    "${{ secrets.KEY }}": "begins with $",
    "sk-or-…": "stands for a key",
    "sk-or-v1-...": "stands for a key",
    "your-key": "stands for a key",
    "<key>": "stands for a key",
    "sk-or-xxxxxxxx": "stands for a key",
    "changeme": "stands for a key",
    "sk-or-v1-01234 56789": "white space within",
    "sk-or-v1-schlüssel": "no HTTP header takes",
    "sk-ant-api03-0123456789": "begins as keys for ANTHROPIC_API_KEY do",
}


@pytest.mark.parametrize("value", ODD)
def test_it_is_told_why_and_never_what(value: str) -> None:
    told = looks_wrong("OPENROUTER_API_KEY", value)
    assert told is not None
    assert ODD[value] in told
    assert value not in told


@pytest.mark.parametrize(("variable", "value"), [("OPENROUTER_API_KEY", KEY), ("MINE", "abc"), ("MINE", "sk-or-v1-1")])
def test_what_may_be_a_key_is_none_of_its_business(variable: str, value: str) -> None:
    told = looks_wrong(variable, value)
    assert told is None


def test_only_variables_that_presets_have_are_compared() -> None:
    assert BEGINS.keys() <= set(KEY_VARIABLES.values())
