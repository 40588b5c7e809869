"""An agent without tools: `agent: benchmarks.projects.talker:talk`. Each request has all that was said before."""

from __future__ import annotations

from benchmarks.projects.said import CALLS, begin, go_on
from pytest_agenttasks.models import Session
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace


def talk(task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> str:  # noqa: ARG001
    """The last answer."""
    messages = begin(task.prompt)
    session.transcript = messages
    for _ in range(CALLS):
        text = session.complete(messages, seconds=limits.seconds).message["content"]
        messages += go_on(text)
    return str(text)
