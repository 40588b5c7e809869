"""What an agent did, as a trajectory: ATIF, the Agent Trajectory Interchange Format that Harbor publishes.

`trajectory_of` makes it from the calls of a session, so that all agents' trajectories are of one form, whatever the
agent is and however it tells of itself.
"""

from pytest_agenttasks.trajectory.calls import ToolUse, calls_in_text, tool_uses
from pytest_agenttasks.trajectory.document import SCHEMA_VERSION, About, Trajectory, trajectory_of
from pytest_agenttasks.trajectory.exchange import Exchange

__all__ = [
    "SCHEMA_VERSION",
    "About",
    "Exchange",
    "ToolUse",
    "Trajectory",
    "calls_in_text",
    "tool_uses",
    "trajectory_of",
]
