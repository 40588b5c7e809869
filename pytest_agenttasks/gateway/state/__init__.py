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

__all__ = ["PROBE", "Cooldown", "Held", "Need", "Spent", "State", "StateError", "Taken", "Window"]
