"""Harbor's models, and trajectories that they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pytest_agenttasks.trajectory import About, Trajectory, trajectory_of
from tests.trajectory.harbor import Harbor, find_harbor
from tests.trajectory.told import ABOUT, Asked, Make


@pytest.fixture(scope="session")
def harbor() -> Iterator[Harbor]:
    """Harbor's models."""
    found = find_harbor()
    yield found
    found.close()


@pytest.fixture
def valid(harbor: Harbor) -> Make:
    """Makes a trajectory that Harbor's models take."""

    def valid(exchanges: Sequence[Asked], transcript: Sequence[Any] = (), about: About = ABOUT) -> Trajectory:
        made = trajectory_of(about, exchanges, transcript)
        assert harbor.trouble(made.document) == ""
        return made

    return valid
