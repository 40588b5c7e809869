"""No network in a replay: what the code in this process may reach while a replayed task is at work."""

from __future__ import annotations

from pytest_agenttasks.network.guard import Guard, free
from pytest_agenttasks.network.hosts import Hosts

__all__ = ["Guard", "Hosts", "free"]
