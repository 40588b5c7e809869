"""The OpenHands SDK as the agent, in a program of its own in the sandbox."""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from pytest_agenttasks.agents.child import Program, run_program
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace

CHILD = Path(__file__).with_name("openhands_child.py")

OLDEST_PYTHON = (3, 12)


class OpenHandsAgent:
    """Works with the SDK's terminal and file editor."""

    name = "openhands"
    asks_models = True

    @property
    def version(self) -> str:
        """Of the SDK."""
        try:
            return metadata.version("openhands-sdk")
        except metadata.PackageNotFoundError:
            return "unknown"

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Let a conversation of the SDK run until it finishes or a limit is reached.

        Raises:
            AgentError: the SDK failed by itself.
            AgentTasksError: the workspace or the sandbox failed.
        """
        request = workspace.stash("openhands.json", json.dumps({"prompt": task.prompt, "steps": limits.steps + 1}))
        # Given as text: the sandbox does not show where this package lies, if that is a checkout.
        command = [sys.executable, "-P", "-c", CHILD.read_text("utf-8"), request]
        program = Program(self.name, command, {}, endings={0: "finished", 3: "stuck"})
        return run_program(program, task, workspace, session, limits)

    def missing(self) -> str | None:
        """Python 3.12, or the SDK."""
        if sys.version_info < OLDEST_PYTHON:
            found = ".".join(map(str, sys.version_info[:3]))
            return f"the agent openhands needs Python 3.12 or newer, and this is {found} ({sys.executable})"
        if _is_installed():
            return None
        return f"the agent openhands needs its SDK in {sys.executable}: pip install 'pytest-agenttasks[openhands]'"

    def shape(self) -> str:
        """The text of the child program, and the version of the SDK."""
        return CHILD.read_text("utf-8") + self.version


@cache
def _is_installed() -> bool:
    """Asked for each task before a run, found out once."""
    return all(find_spec(name) for name in ("openhands", "openhands.sdk", "openhands.tools"))
