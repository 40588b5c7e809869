"""Checks: what must hold in a workspace when its agent is done."""

from pytest_agenttasks.checks.base import Place, Work, WorkspaceLike
from pytest_agenttasks.checks.context import CheckContext
from pytest_agenttasks.checks.hidden import hidden_digest, missing_folder
from pytest_agenttasks.checks.mistakes import mistakes
from pytest_agenttasks.checks.run import missing_tools, run_checks

__all__ = [
    "CheckContext",
    "Place",
    "Work",
    "WorkspaceLike",
    "hidden_digest",
    "missing_folder",
    "missing_tools",
    "mistakes",
    "run_checks",
]
