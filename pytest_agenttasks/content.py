"""What a recording is made from, as short hashes: they tell later whether it is still what the task would ask.

A hash tells that something changed, and what; whether the change matters to a request is what a replay tells. Limits
are not in it: none of them is in a request.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING

from pytest_agenttasks.agents import Agent, agent_digest
from pytest_agenttasks.workspace import workspace_digest

if TYPE_CHECKING:
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.spec import Task

DIGITS = 16
"""Hexadecimal digits of a hash: it guards against mistakes, not against people."""


def now() -> str:
    """The time of a recording: UTC, to the second, as RFC 3339 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def content_of(task: Task, agent: Agent, settings: Settings) -> dict[str, str]:
    """Hashes of the prompt, of the agent, and of what the workspace starts from.

    Args:
        task: the task.
        agent: who does it.
        settings: what an agent is not shown depends on them.

    Raises:
        WorkspaceError: what the workspace starts from is not there.
    """
    workspace = workspace_digest(task.spec.workspace, base=task.path.parent, withheld=settings.withheld(task))
    hashes = {
        "prompt": sha256(task.spec.prompt.encode("utf-8", "surrogatepass")).hexdigest(),
        "agent": agent_digest(agent),
        "workspace": workspace,
    }
    return {name: digest[:DIGITS] for name, digest in hashes.items()}
