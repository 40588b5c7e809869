"""Agents that ask no model: `oracle` runs a task's own solution, `nop` does nothing."""

from __future__ import annotations

from pytest_agenttasks import __version__
from pytest_agenttasks.exceptions import AgentError
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
    """Shows that a task can be done: its checks must pass on its solution."""

    name = "oracle"

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Run the task's `solution` in the workspace.

        Raises:
            AgentError: there is none, or it did not end with exit code 0.
        """
        if not task.solution:
            raise AgentError("the task has no `solution`, which is what the oracle agent runs")
        result = workspace.execute(f"set -e\n{task.solution}", seconds=limits.seconds)
        if result.exit_code != 0:
            ending = "ran out of time" if result.timed_out else f"ended with exit code {result.exit_code}"
            tail = "\n".join(result.output.splitlines()[-LAST_LINES:])
            raise AgentError(f"the task's solution {ending}\n{tail}".rstrip())
        session.transcript = [
            {"role": "user", "content": task.prompt},
            {"role": "assistant", "content": f"{task.solution}\n{result.output}"},
        ]
        return AgentResult("finished", result.output)


class NopAgent(_Scripted):
    """Shows that a task's checks bite: they must fail on what it leaves."""

    name = "nop"

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:  # noqa: ARG002
        """Leave everything as it is."""
        return AgentResult("finished")
