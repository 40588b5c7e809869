"""A task at work: a real workspace without a sandbox, a real session, a tape of answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from pytest_agenttasks.agents import find_agent
from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.models import Chain, Session
from pytest_agenttasks.results import AgentResult, Json
from pytest_agenttasks.spec import TaskSpec, WorkspaceSpec
from pytest_agenttasks.workspace import Workspace, open_workspace
from tests.models.answers import Tape, answered, chain


def tool(name: str, /, **arguments: Any) -> Json:
    """A tool call as models send it."""
    return {"id": f"call_{name}", "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)}}  # fmt: skip


def turn(*calls: Json, **more: Any) -> Reply:
    """An answer that uses tools."""
    return answered(None, calls=list(calls), **more)


DONE = turn(tool("finish", answer="all done"))


class Work(Protocol):
    """Lets the loop work on these answers: what came out, the session, what the model was asked."""

    def __call__(
        self, *replies: Reply | AgentTasksError | Callable[[], Reply], chain: Chain = ..., **limits: Any
    ) -> tuple[AgentResult, Session, Tape]: ...


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(WorkspaceSpec(files={"a.txt": "one\ntwo\none\n"}), base=tmp_path, isolation="none") as opened:
        yield opened


@pytest.fixture
def work(workspace: Workspace) -> Work:
    default = chain()

    def work(
        *replies: Reply | AgentTasksError | Callable[[], Reply], chain: Chain = default, **limits: Any
    ) -> tuple[AgentResult, Session, Tape]:
        task = TaskSpec.model_validate({"prompt": "Do it.", "limits": limits})
        session, tape = Session(chain), Tape(*replies)
        session.use(tape)
        result = find_agent("loop").run(task, workspace, session, task.limits)
        return result, session, tape

    return work


Told = Callable[..., str]


@pytest.fixture
def told(work: Work) -> Told:
    """What a model is told after one call of a tool."""

    def told(call: Json) -> str:
        _, session, _ = work(turn(call), DONE)
        message = session.transcript[3]
        assert (message["role"], message["tool_call_id"]) == ("tool", str(call.get("id") or ""))
        text: str = message["content"]
        return text

    return told
