"""What an agent is: who does a task."""

from __future__ import annotations

from typing import Protocol

from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace


class Worker(Protocol):
    """What a project registers as an agent of its own: the part of an agent that works.

    Attributes:
        asks_models: whether it may ask models; False: no cassette, no key, no gateway.
    """

    asks_models: bool

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult | str | None:
        """Work in the workspace; ask models through the session only.

        Returns:
            How the work ended; a text is the final words of an agent that finished, None is no words.

        Raises:
            LimitReached: a limit of the task ended the work.
            AgentTasksError: infrastructure failed; whatever else is raised is told as the agent's error.
        """


class Agent(Worker, Protocol):
    """What does a task.

    Attributes:
        name: as results and cassettes call it.
    """

    name: str

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Work in the workspace, as every worker does; tell how it ended."""

    @property
    def version(self) -> str:
        """Of what does the work; `unknown` where nobody says."""

    def missing(self) -> str | None:
        """What it needs and is not installed, and what to do about it, in one line; None if all is there."""

    def shape(self) -> object:
        """What of its own code goes into its requests, as JSON: a recording of another shape is stale."""
