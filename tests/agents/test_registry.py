"""Agents by name, the two that ask no model, and functions as agents."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.agents import BUILT_IN, READY, find_agent
from pytest_agenttasks.exceptions import AgentError, LimitReached, ModelUnavailableError
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace
from tests.models.answers import Tape, answered, chain, unanswered

TASK = TaskSpec(prompt="Do it.")


def run(name: str, workspace: Workspace, session: Session | None = None, **spec: Any) -> AgentResult:
    task = TaskSpec.model_validate({"prompt": "Do it.", **spec})
    return find_agent(name).run(task, workspace, session or Session(None), task.limits)


@pytest.mark.parametrize(("name", "asks"), [("loop", True), ("oracle", False), ("nop", False)])
def test_built_in(name: str, asks: bool) -> None:
    assert find_agent(name).asks_models is asks
    assert name in BUILT_IN


KNOWN = ", ".join([*BUILT_IN, *READY][:6]) + ", …"
OR_A_FUNCTION = "(or a Python function: package.module:function)"
WRONG = {
    "lop": f"unknown agent 'lop'; did you mean 'loop'? {OR_A_FUNCTION}",
    "my agent": f"unknown agent 'my agent'; did you mean 'mini-swe-agent'? {OR_A_FUNCTION}",
    "": f"unknown agent ''; known: {KNOWN} {OR_A_FUNCTION}",
    "os.path": f"unknown agent 'os.path'; known: {KNOWN} {OR_A_FUNCTION}",
    "no_such_module:f": "the agent 'no_such_module:f' cannot be imported: ModuleNotFoundError: "
    "No module named 'no_such_module'",
    "os.path:nothing": "the agent 'os.path:nothing' cannot be imported: AttributeError: module 'posixpath' has no "
    "attribute 'nothing'",
    "os:sep": "the agent 'os:sep' is no function: found str",
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_are_no_agent(name: str) -> None:
    with pytest.raises(AgentError) as caught:
        find_agent(name)
    assert str(caught.value) == WRONG[name]


@pytest.mark.parametrize("line", ["1 / 0", "raise SystemExit(2)", "def ("])
def test_a_module_that_breaks_at_its_import(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "breaks_at_import.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AgentError, match="the agent 'breaks_at_import:run' cannot be imported: "):
        find_agent("breaks_at_import:run")
    sys.modules.pop("breaks_at_import", None)


class TestFunction:
    """A function of a project."""

    @pytest.fixture
    def define(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
        def define(body: str) -> str:
            (tmp_path / "agents_of_a_test.py").write_text(f"def run(task, workspace, session, limits):\n    {body}\n")
            monkeypatch.syspath_prepend(tmp_path)
            monkeypatch.delitem(sys.modules, "agents_of_a_test", raising=False)
            return "agents_of_a_test:run"

        return define

    def test_it_gets_all_of_the_task(self, define: Callable[[str], str], workspace: Workspace) -> None:
        name = define("return f'{task.prompt} {workspace.path} {session.requested} {limits.steps}'")
        session = Session(chain())
        assert run(name, workspace, session, limits={"steps": 4}).answer == f"Do it. {workspace.path} m 4"

    @pytest.mark.parametrize(("value", "answer"), [("None", ""), ("''", ""), ("'words'", "words")])
    def test_what_it_may_return(
        self, value: str, answer: str, define: Callable[[str], str], workspace: Workspace
    ) -> None:
        session = Session(chain())
        session.use(Tape(answered()))
        name = define(f"session.complete([]); return {value}")
        assert run(name, workspace, session) == AgentResult("finished", answer, 1)

    def test_a_result_of_its_own(self, define: Callable[[str], str], workspace: Workspace) -> None:
        name = define("from pytest_agenttasks.results import AgentResult; return AgentResult('no_progress', 'x', 7)")
        assert run(name, workspace) == AgentResult("no_progress", "x", 7)

    def test_anything_else_is_an_error(self, define: Callable[[str], str], workspace: Workspace) -> None:
        with pytest.raises(AgentError, match=r"^the agent agents_of_a_test:run returned int, not an AgentResult or a "):
            run(define("return 0"), workspace)

    def test_an_exception_of_its_own(self, define: Callable[[str], str], workspace: Workspace) -> None:
        with pytest.raises(AgentError, match=r"^the agent agents_of_a_test:run raised KeyError: 'x'\n") as caught:
            run(define("{}['x']"), workspace)
        assert isinstance(caught.value.__cause__, KeyError)
        assert "agents_of_a_test.py" in str(caught.value)

    @pytest.mark.parametrize("code", ["__import__('pytest').skip('later')", "__import__('sys').exit(0)"])
    def test_nothing_is_skipped_into_green(self, code: str, define: Callable[[str], str], workspace: Workspace) -> None:
        with pytest.raises(AgentError, match="raised S"):
            run(define(code), workspace)

    def test_ours_pass_through(self, define: Callable[[str], str], workspace: Workspace) -> None:
        session = Session(chain())
        session.use(Tape(unanswered("unavailable"), unanswered("context_length_exceeded")))
        name = define("session.complete([])")
        with pytest.raises(ModelUnavailableError):
            run(name, workspace, session)
        with pytest.raises(LimitReached):
            run(name, workspace, session)


class TestOracle:
    """Shows that a task can be done."""

    def test_the_solution_is_run_in_the_workspace(self, workspace: Workspace) -> None:
        session = Session(None)
        result = run("oracle", workspace, session, solution="echo new > b.txt\ncat a.txt b.txt\n")
        assert (result.stopped, result.answer, result.steps) == ("finished", "one\ntwo\none\nnew\n", 0)
        assert (workspace.path / "b.txt").exists()
        assert [message["role"] for message in session.transcript] == ["user", "assistant"]

    @pytest.mark.parametrize("solution", [None, ""])
    def test_without_a_solution(self, solution: str | None, workspace: Workspace) -> None:
        with pytest.raises(AgentError, match="the task has no `solution`"):
            run("oracle", workspace, solution=solution)

    def test_files_are_laid_over_the_workspace_before_the_script(self, workspace: Workspace, tmp_path: Path) -> None:
        for name in ("a.txt", "sub/new.txt", "sub/__pycache__/old.pyc"):
            (tmp_path / "done" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "done" / name).write_text("done\n")
        solution = {"from": "done", "run": "cat a.txt sub/*; rm sub/new.txt"}
        task = TaskSpec.model_validate({"prompt": "Do it.", "solution": solution})
        result = find_agent("oracle", tmp_path).run(task, workspace, Session(None), task.limits)
        assert result.answer.splitlines()[:2] == ["done", "done"]
        assert workspace.changed() == ("a.txt",)

    @pytest.mark.parametrize(
        ("folder", "told"),
        [
            ("none", "there is no folder {here}/none"),
            ("unfit", "the files of {here}/unfit do not fit over the workspace: "),
            ("out", "the workspace's folder holds a link that leads out of it: link -> ../b; "),
        ],
    )
    def test_files_that_cannot_be_copied(self, folder: str, told: str, workspace: Workspace, tmp_path: Path) -> None:
        (tmp_path / "unfit/a.txt").mkdir(parents=True)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/link").symlink_to("../b")
        task = TaskSpec.model_validate({"prompt": "Do it.", "solution": {"from": folder}})
        with pytest.raises(AgentError) as caught:
            find_agent("oracle", tmp_path).run(task, workspace, Session(None), task.limits)
        assert str(caught.value).startswith(f"the task's solution: {told.format(here=tmp_path)}")

    def test_the_first_command_that_fails_ends_it(self, workspace: Workspace) -> None:
        with pytest.raises(AgentError) as caught:
            run("oracle", workspace, solution="echo begun\nfalse\ntouch b.txt")
        assert str(caught.value) == "the task's solution ended with exit code 1\nbegun"
        assert not (workspace.path / "b.txt").exists()

    def test_only_the_end_of_a_long_output_is_told(self, workspace: Workspace) -> None:
        with pytest.raises(AgentError) as caught:
            run("oracle", workspace, solution="seq 100; exit 9")
        assert str(caught.value).splitlines() == [
            "the task's solution ended with exit code 9", *map(str, range(86, 101))
        ]  # fmt: skip

    def test_it_may_run_out_of_time(self, workspace: Workspace) -> None:
        with pytest.raises(AgentError, match="the task's solution ran out of time"):
            run("oracle", workspace, solution="sleep 60", limits={"seconds": 0.2})


def test_nop_leaves_everything_as_it_is(workspace: Workspace) -> None:
    assert find_agent("nop").run(TASK, workspace, Session(None), Limits()) == AgentResult("finished")
    assert workspace.changed() == ()
