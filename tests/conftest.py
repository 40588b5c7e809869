"""Shared by all tests: no key of the developer, no CI variable, a provider and a project to run pytest in."""

from __future__ import annotations

import os

import pytest

pytest_plugins = ["pytester"]

LEFT_BEHIND = ("CI", "GITHUB_STEP_SUMMARY", "AGENTTASKS_MODEL", "OPENHANDS_MODEL", "AGENTTASKS_GATEWAY_TOKEN",
               "OPENROUTER_API_BASE", "PYTEST_ADDOPTS")  # fmt: skip


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not depend on who runs them."""
    for name in os.environ:
        if name in LEFT_BEHIND or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
