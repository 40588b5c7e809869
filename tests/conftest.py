"""Shared by all tests: no key of the developer, no CI variable, nothing in the home directory."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

NOT_NEEDED = "-p no:anyio -p no:pytest_cov"
"""Plugins that came along with other packages: loading them takes a fifth of each small run of pytest."""

LEFT_BEHIND = ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "AGENTTASKS_MODEL",
               "OPENHANDS_MODEL", "AGENTTASKS_GATEWAY_TOKEN", "OPENROUTER_API_BASE", "PYTEST_ADDOPTS",
               "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT")  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where gateways of the tests keep what they know of accounts, also those that several tests share."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("AGENTTASKS_STATE", str(folder / "session.sqlite"))
        for name in LEFT_BEHIND:  # fixtures that several tests share begin before those of a test
            patch.delenv(name, raising=False)
        patch.setenv("PYTEST_ADDOPTS", NOT_NEEDED)
        # Else each of the hundreds of processes that tests start compiles and rewrites the package anew.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield folder


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, state_folder: Path) -> None:
    """Tests do not depend on who runs them, nor on what an earlier one taught a gateway."""
    monkeypatch.setenv("AGENTTASKS_STATE", str(state_folder / f"{secrets.token_hex(8)}.sqlite"))
    for name in os.environ:
        if name in LEFT_BEHIND or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_ADDOPTS", NOT_NEEDED)


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
