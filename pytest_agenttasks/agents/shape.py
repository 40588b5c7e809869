"""What of an agent's own code goes into its requests, as a short hash."""

from __future__ import annotations

import inspect
import json
from hashlib import sha256
from pathlib import Path

from pytest_agenttasks.agents.loop import NUDGE, SYSTEM, LoopAgent
from pytest_agenttasks.agents.protocols import TextTools
from pytest_agenttasks.agents.registry import FunctionAgent, find_agent
from pytest_agenttasks.agents.tools import DEFINITIONS


def agent_digest(name: str) -> str:
    """A hash of the agent's name and of what shapes its requests.

    Of the built-in agent its prompts and tools; of a Python function the file that it stands in. What that file
    imports is not looked at.

    Raises:
        AgentError: there is no such agent.
    """
    agent = find_agent(name)
    shape: list[object] = [name]
    if isinstance(agent, LoopAgent):
        shape += [SYSTEM, NUDGE, TextTools.explanation, DEFINITIONS]
    if isinstance(agent, FunctionAgent):
        shape.append(_source(agent))
    return sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()


def _source(agent: FunctionAgent) -> str:
    """The text of the function's file; empty where it has none, as a built-in of Python."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(agent.function))
        return Path(file).read_text("utf-8", "replace") if file else ""
    except (OSError, TypeError):
        return ""
