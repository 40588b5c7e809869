"""Hooks that a project or another plugin can implement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_agenttasks.agents import Worker


def pytest_agenttasks_agents(config: pytest.Config) -> Mapping[str, Worker]:
    """Agents by the names that task files and `--agent` may use.

    Called once in each process, when pytest is configured: implement it in a plugin, or in the conftest.py of the
    root or of a folder that is named on the command line. An agent has an attribute `asks_models` and a method
    `run(task, workspace, session, limits)`; see docs/agents.md.
    """
    raise NotImplementedError  # a specification: pluggy calls implementations only
