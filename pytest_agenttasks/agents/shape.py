"""What of an agent's own code goes into its requests, as a short hash."""

from __future__ import annotations

import json
from hashlib import sha256

from pytest_agenttasks.agents.base import Agent


def agent_digest(agent: Agent) -> str:
    """A hash of the agent's name and of what shapes its requests."""
    return sha256(json.dumps([agent.name, agent.shape()], sort_keys=True).encode()).hexdigest()
