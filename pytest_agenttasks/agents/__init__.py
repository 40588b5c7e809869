"""Who does the work: the built-in loop, OpenHands, any program, Python functions, and agents that ask no model."""

from pytest_agenttasks.agents.base import Agent, Worker
from pytest_agenttasks.agents.function import PythonAgent
from pytest_agenttasks.agents.program import ProgramAgent
from pytest_agenttasks.agents.ready import READY
from pytest_agenttasks.agents.registry import BUILT_IN, find_agent, register, registered
from pytest_agenttasks.agents.shape import agent_digest

__all__ = [
    "BUILT_IN",
    "READY",
    "Agent",
    "ProgramAgent",
    "PythonAgent",
    "Worker",
    "agent_digest",
    "find_agent",
    "register",
    "registered",
]
