from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pytest_agenttasks.checks import Place, Work, WorkspaceLike, missing_tools, run_checks
from pytest_agenttasks.checks.run import CHECKS
from pytest_agenttasks.exceptions import IsolationError
from pytest_agenttasks.results import AgentResult, CheckResult, CommandResult
from pytest_agenttasks.spec import Check
from pytest_agenttasks.spec.check_options import FIELDS
from pytest_agenttasks.workspace import Change, Content
from tests.checks.conftest import Box, exchange


def checks(*entries: dict[str, object]) -> list[Check]:
    return [Check.model_validate(entry) for entry in entries]


def test_every_check_of_a_task_file_is_there() -> None:
    assert set(CHECKS) == set(FIELDS)


def test_all_are_run_in_order_and_keep_their_lines(box: Box) -> None:
    box.write({"a.txt": "x"})
    given = checks({"files": "b.txt"}, {"diff": "a.txt"}, {"files": "a.txt"}, {"command": "false"})
    results = run_checks(given, Place(box.workspace), [3, None, 5])
    assert [(one.check, one.status, one.line) for one in results] == [
        ("files", "failed", 3),
        ("diff", "passed", None),
        ("files", "passed", 5),
        ("command", "failed", None),
    ]


def test_no_checks(box: Box) -> None:
    assert run_checks([], Place(box.workspace)) == []


class Broken:
    """A workspace that is gone."""

    def __init__(self, path: Path, error: Exception) -> None:
        self.path = path
        self.error = error

    def matching(self, pattern: str) -> list[Path]:  # noqa: ARG002
        raise self.error

    def entries(self, pattern: str) -> list[str]:  # noqa: ARG002
        raise self.error

    def changed(self) -> tuple[str, ...]:
        raise self.error

    def changes(self) -> tuple[Change, ...]:
        raise self.error

    def original(self, name: str) -> Content | None:  # noqa: ARG002
        raise self.error

    def copy(self, changes: Mapping[str, Content | None]) -> AbstractContextManager[WorkspaceLike]:  # noqa: ARG002
        raise self.error

    def patch(self) -> bytes:
        raise self.error

    def display(self, text: str) -> str:
        return text

    def execute(self, command: str | Sequence[str], **_: object) -> CommandResult:  # noqa: ARG002
        raise self.error


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (IsolationError("bwrap is gone"), "the check could not be run: bwrap is gone"),
        (RuntimeError("oh"), "the check could not be run: RuntimeError: oh"),
    ],
)
def test_what_cannot_be_run_is_an_error(tmp_path: Path, name: str, error: Exception, message: str) -> None:
    main: dict[str, object] = {
        "contains": {"file": "a", "text": "b"},
        "matches": {"file": "a", "regex": "b"},
        "coverage": {"of": "a", "min": 50},
        "mutation": {"of": "a", "min": 50},
        "call": "json:dumps",
        "answer": {"matches": "a"},
        "trajectory": {"ran": "a"},
    }
    work = Work("loop", AgentResult("finished", "done"), [exchange(("bash", {"command": "ls"}))])
    [result] = run_checks(checks({name: main.get(name, "a")}), Place(Broken(tmp_path, error), work), [4])
    assert result == CheckResult(name, "error", message, 4)


def test_nothing_is_missing_here() -> None:
    assert missing_tools(checks({"coverage": {"of": "a", "min": 50}}, {"pytest": ""})) == []


def test_tools_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    assert missing_tools(checks({"pytest": ""}, {"files": "a"})) == []
    [line] = missing_tools(checks({"pytest": ""}, {"coverage": {"of": "a", "min": 50}}))
    assert line.startswith("coverage is not installed for ")
    assert line.endswith("and the check `coverage` needs it: pip install coverage")
