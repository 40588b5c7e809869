from __future__ import annotations

import pytest

from pytest_agenttasks.spec import Check
from tests.checks.conftest import Box, exchange


@pytest.fixture
def worked(box: Box) -> Box:
    """An agent that has run the tests twice."""
    box.did(
        "done",
        exchange(("bash", {"command": "ls"}), ("write_file", {"path": "a.py", "content": "pytest"})),
        exchange(("bash", {"command": "cd src && python -m pytest -q"})),
        exchange(("Bash", {"command": ["pytest", "-x"]})),
        exchange(("finish", {"answer": "done"})),
        steps=4,
    )
    return box


def test_passes(worked: Box) -> None:
    message = worked.passes("trajectory", {"used": "bash", "unused": "web*", "ran": "pytest", "steps": {"max": 4}})
    assert message == "as expected in 4 steps; used: bash (2), write_file (1), Bash (1), finish (1)"


def test_how_often_a_tool_was_used(worked: Box) -> None:
    worked.passes("trajectory", {"used": {"BASH": {"count": 3}, "write_file": {}}})
    message = worked.fails("trajectory", {"used": {"bash": {"max": 2}, "edit_file": {}}})
    assert message.splitlines() == [
        "bash was used 3 times, expected at most 2; used: bash (2), write_file (1), Bash (1), finish (1); "
        "edit_file was used 0 times, expected at least 1; used: bash (2), write_file (1), Bash (1), finish (1)",
        "ran: ls",
        "ran: cd src && python -m pytest -q",
        "ran: pytest -x",
    ]


def test_a_tool_that_must_not_be_used(worked: Box) -> None:
    message = worked.fails("trajectory", {"unused": ["web", "write_*"]})
    assert message.startswith("write_file was used, expected not; used: ")


def test_commands(worked: Box) -> None:
    worked.passes("trajectory", {"ran": {r"\bpytest\b": {"count": 2}, "rm -rf": {"max": 0}}})
    message = worked.fails("trajectory", {"ran": {"pytest": {"max": 1}, "^git": {}}})
    assert message.splitlines()[0] == (
        "2 commands of 3 match 'pytest', expected at most 1; 0 commands of 3 match '^git', expected at least 1"
    )


def test_what_an_editor_is_to_do_is_no_command(box: Box) -> None:
    box.did("", exchange(("file_editor", {"command": "view", "path": "pytest.py"})), steps=1)
    assert box.fails("trajectory", {"ran": "view"}) == "0 commands of 0 match 'view', expected at least 1"


def test_tools_in_text_count_where_a_model_knows_no_tool_calls(box: Box) -> None:
    said = '<tool name="bash">\n<arg name="command">pytest -q</arg>\n</tool>'
    box.did("", exchange(text=said, tools=False), exchange(text=said), steps=2)
    box.passes("trajectory", {"used": {"bash": {"count": 1}}, "ran": "^pytest"})


def test_a_command_for_which_an_expression_takes_for_ever(box: Box) -> None:
    box.did("", exchange(("bash", {"command": "a" * 60 + "!"})), steps=1)
    box.hurry()
    assert "the search for '(a+)+$' did not end within" in box.fails("trajectory", {"ran": "(a+)+$"})


def test_amounts(worked: Box) -> None:
    worked.passes("trajectory", {"steps": {"min": 4}, "calls": {"max": 4}, "tokens": {"min": 40, "max": 40}})
    message = worked.fails("trajectory", {"steps": {"max": 3}, "calls": {"min": 5}, "tokens": {"max": 39}})
    assert message.splitlines()[0] == (
        "4 steps, expected at most 3; 4 calls, expected at least 5; 40 tokens, expected at most 39"
    )


def test_tokens_that_nobody_told_are_no_pass(box: Box) -> None:
    box.did("", exchange(tokens=0), exchange(), steps=2)
    assert "did not tell how many tokens" in box.errs("trajectory", {"tokens": {"max": 100}})
    box.fails("trajectory", {"tokens": {"max": 5}})


def test_arguments_that_are_no_json(box: Box) -> None:
    broken = exchange(("bash", {}))
    broken.answer["tool_calls"][0]["function"]["arguments"] = "{"
    broken.answer["tool_calls"].append("nonsense")
    box.did("", broken, steps=1)
    box.passes("trajectory", {"used": "bash"})


def test_an_agent_that_asked_nobody_fails(box: Box) -> None:
    box.did("done")
    message = box.fails("trajectory", {"unused": "web"})
    assert message == "the agent loop asked no model: there is no trajectory to look at"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give at least one of used, unused, ran, steps, calls, tokens"),
        ({"used": "bash", "unused": ["bash"]}, "'bash' is in 'used' and in 'unused'"),
        ({"ran": "("}, "is no regular expression"),
        ({"used": [1]}, "valid dictionary"),
        ({"steps": {"min": 3, "max": 2}}, "min 3 is more than max 2"),
    ],
)
def test_options_that_say_nothing_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Check.model_validate({"trajectory": options})
