"""Agents that ask no model: `oracle` runs a task's own solution, `nop` does nothing."""

from __future__ import annotations

from pathlib import Path

from pytest_agenttasks import __version__
from pytest_agenttasks.exceptions import AgentError, WorkspaceError
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace

LAST_LINES = 15


class _Scripted:
    version = __version__
    asks_models = False

    def missing(self) -> None:
        """It needs nothing."""

    def shape(self) -> None:
        """It asks no model."""


class OracleAgent(_Scripted):
    """Shows that a task can be done: its checks must pass on its solution.

    Args:
        here: folder of the task file, which a solution's folder starts from.
    """

    name = "oracle"

    def __init__(self, here: Path = Path()) -> None:
        self._here = here

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Lay the files of the task's `solution` over the workspace, and run its script there.

        Raises:
            AgentError: there is no solution, its files cannot be copied, or it did not end with exit code 0.
        """
        solution = task.solution
        if solution is None:
            raise AgentError("the task has no `solution`, which is what the oracle agent runs")
        told = []
        if solution.from_ is not None:
            _lay(self._here / solution.from_, workspace)
            told += [f"the files of {solution.from_}"]
        if solution.run:
            told += [solution.run, _run(solution.run, workspace, limits.seconds)]
        session.transcript = [
            {"role": "user", "content": task.prompt},
            {"role": "assistant", "content": "\n".join(told)},
        ]
        return AgentResult("finished", told[-1] if solution.run else "")


def _lay(folder: Path, workspace: Workspace) -> None:
    try:
        workspace.overlay(folder)
    except WorkspaceError as error:
        raise AgentError(f"the task's solution: {error}") from error


def _run(script: str, workspace: Workspace, seconds: float) -> str:
    result = workspace.execute(f"set -e\n{script}", seconds=seconds)
    if result.exit_code != 0:
        ending = "ran out of time" if result.timed_out else f"ended with exit code {result.exit_code}"
        tail = "\n".join(result.output.splitlines()[-LAST_LINES:])
        raise AgentError(f"the task's solution {ending}\n{tail}".rstrip())
    return result.output


class NopAgent(_Scripted):
    """Shows that a task's checks bite: they must fail on what it leaves."""

    name = "nop"

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:  # noqa: ARG002
        """Leave everything as it is."""
        return AgentResult("finished")
