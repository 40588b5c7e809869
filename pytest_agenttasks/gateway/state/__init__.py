"""What is known of accounts (cooldowns, requests, learnt limits, spend), in SQLite or Redis."""

from pytest_agenttasks.gateway.state.base import (
    PROBE,
    Cooldown,
    Held,
    Need,
    Spent,
    State,
    StateError,
    Taken,
    Window,
)
from pytest_agenttasks.gateway.state.place import MEMORY, open_state

__all__ = [
    "MEMORY",
    "PROBE",
    "Cooldown",
    "Held",
    "Need",
    "Spent",
    "State",
    "StateError",
    "Taken",
    "Window",
    "open_state",
]
