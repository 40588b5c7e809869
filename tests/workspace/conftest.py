from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import Isolation, Workspace, open_workspace, probe_bubblewrap

Open = Callable[..., Workspace]


def spec(**given: Any) -> WorkspaceSpec:
    return WorkspaceSpec.model_validate(given)


@pytest.fixture
def bubblewrap() -> Isolation:
    reason = probe_bubblewrap()
    if reason is not None:
        pytest.skip(reason)
    return "bubblewrap"


@pytest.fixture(params=["bubblewrap", "none"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Each test runs in both isolations."""
    if request.param == "none":
        return "none"
    found: Isolation = request.getfixturevalue("bubblewrap")
    return found


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Open workspaces as a task file in `tmp_path` would; they close with the test."""
    with ExitStack() as stack:

        def open_one(isolation: Isolation = "none", **given: Any) -> Workspace:
            return stack.enter_context(open_workspace(spec(**given), base=tmp_path, isolation=isolation))

        yield open_one
