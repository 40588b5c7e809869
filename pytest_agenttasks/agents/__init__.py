"""Who does the work: the built-in loop, the agents that ask no model, and Python functions by dotted path."""

from pytest_agenttasks.agents.registry import BUILT_IN, Agent, find_agent
from pytest_agenttasks.agents.shape import agent_digest

__all__ = ["BUILT_IN", "Agent", "agent_digest", "find_agent"]
