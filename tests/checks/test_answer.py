from __future__ import annotations

import pytest

from pytest_agenttasks.spec import Check
from tests.checks.conftest import Box


def test_passes(any_box: Box) -> None:
    any_box.did("All done: 12 tests pass, see tests/test_money.py.\n")
    message = any_box.passes("answer", {"contains": "tests/test_money.py", "matches": r"\b\d+ tests? pass\b"})
    assert message == "the answer is as expected: All done: 12 tests pass, see tests/test_money.py."
    any_box.passes("answer", "All done")
    any_box.passes("answer", ["All", "done"])


def test_says_what_is_missing_and_what_was_answered(any_box: Box) -> None:
    any_box.did("Nothing to do.\nBye.")
    assert any_box.fails("answer", {"contains": ["done", "bye"], "matches": "^Hi"}).splitlines() == [
        "the answer does not contain 'done'; the answer does not contain 'bye': upper and lower case differ; "
        "the answer does not match '^Hi'",
        "the answer: Nothing to do.",
        "Bye.",
    ]


def test_what_may_not_be_said(box: Box) -> None:
    box.did("Fine.\nI could not run the tests.")
    box.passes("answer", {"lacks": "sorry"})
    message = box.fails("answer", {"lacks": ["sorry", "COULD NOT"], "ignore_case": True})
    assert message.splitlines()[0] == "the answer contains 'COULD NOT', expected none, in line 2"


def test_the_whole_answer(box: Box) -> None:
    box.did("\n42\n")
    box.passes("answer", {"equals": "42"})
    assert box.fails("answer", {"equals": "42\n43"}).splitlines()[0] == (
        "the answer is not as expected: line 2 is not there, expected '43'"
    )
    box.did("Forty-Two")
    box.passes("answer", {"equals": "forty-two", "ignore_case": True})
    assert box.fails("answer", {"equals": "forty-two"}).startswith(
        "the answer is not as expected: line 1 is 'Forty-Two'"
    )


def test_json(any_box: Box) -> None:
    any_box.did('{"verdict": "ok", "count": 3}')
    any_box.passes("answer", {"json": True})
    any_box.passes("answer", {"json": {"values": {"/verdict": "ok"}, "schema": {"required": ["count"]}}})
    message = any_box.fails("answer", {"json": {"values": {"/verdit": "ok"}, "schema": {"required": ["total"]}}})
    assert message.splitlines()[0] == (
        "the answer: /verdit is not there: the top has verdict, count; did you mean 'verdict'?; "
        "the answer: 'total' is a required property"
    )


def test_json_in_the_only_fenced_block(box: Box) -> None:
    box.did("Here it is:\n\n```json\n[1, 2]\n```\n\nDone.")
    box.passes("answer", {"json": {"values": {"/1": 2}}})
    box.did("```json\n1\n```\n```json\n2\n```\n")
    assert box.fails("answer", {"json": True}).startswith("the answer is not JSON: Expecting value (line 1, column 1)")


@pytest.mark.parametrize(("stopped", "because"), [("finished", ""), ("steps", ": it was ended by steps")])
def test_an_agent_that_said_nothing_fails(box: Box, stopped: str, because: str) -> None:
    box.did(" \n", stopped=stopped)
    assert box.fails("answer", {"lacks": "x"}) == f"the agent loop gave no answer{because}"


@pytest.mark.parametrize("check", [{"answer": "x"}, {"trajectory": {"used": "bash"}}])
def test_an_error_where_only_the_workspace_is_there(box: Box, check: dict[str, object]) -> None:
    [(name, options)] = check.items()
    assert "what the agent did is not known here" in box.errs(name, options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give at least one of contains, lacks, matches, equals, json"),
        ({"ignore_case": True}, "give at least one of contains"),
        ({"matches": "("}, "is no regular expression"),
        ({"json": False}, "leave it out where any answer will do"),
    ],
)
def test_options_that_say_nothing_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Check.model_validate({"answer": options})
