"""The platform, and what has to be installed: programs of checks and workspaces, the package for Redis."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from pytest_agenttasks.checks import missing_tools
from pytest_agenttasks.settings import Plan
from pytest_agenttasks.workspace import missing_git


def unsupported() -> str | None:
    """Why nothing runs on this platform."""
    if sys.platform == "win32":
        return "agent tasks do not run on Windows; they do in WSL, on Linux and on macOS"
    return None


def lacking_tools(plans: Sequence[Plan]) -> list[str]:
    """What checks and workspaces need and is not here, a line each, with what to do about it."""
    lacking = missing_tools([check for plan in plans for check in plan.task.spec.checks])
    if any(plan.task.spec.workspace.git for plan in plans) and (git := missing_git()):
        lacking.append(git)
    return lacking


def unusable_state(state: str) -> str | None:
    """Why this installation cannot open the place that is named for accounts' state."""
    scheme, is_url, _ = state.partition("://")
    if is_url and scheme not in ("redis", "rediss", "unix"):
        return f"agenttasks_state: {scheme}:// is no Redis; expected a file, redis://… or memory"
    if is_url and importlib.util.find_spec("redis") is None:
        return (
            "agenttasks_state names a Redis, and the package redis is not installed: "
            "pip install 'pytest-agenttasks[redis]'"
        )
    return None
