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


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Use every core where nobody said how many: most tests wait for processes that they started."""
    option = config.option
    chosen = hasattr(config, "workerinput") or getattr(option, "numprocesses", 0) is not None
    if not chosen and not option.usepdb and not option.collectonly:
        option.numprocesses = os.cpu_count()
        option.dist = "loadfile"
        option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no worker is left with them at the end."""
    items.sort(key=lambda item: "/e2e/" not in item.nodeid)
