from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.world import Group, World, gateway, wait_ready, write_models
from tests.provider import Answer, Asked, Provider


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One gateway process and one provider for all tests: importing litellm takes seconds."""
    groups: dict[int, Group] = {}

    def group_of(asked: Asked) -> Group:
        found = re.search(r"/g(\d+)/", asked.path)
        assert found is not None, asked.path
        return groups[int(found.group(1))]

    def answer(asked: Asked) -> Answer:
        return group_of(asked).answer(asked)

    models: Path = tmp_path_factory.mktemp("gateway") / "models.yaml"
    keys = {"KEY_ONE": "secret-key-one", "KEY_TWO": "secret-key-two"}
    with (
        Provider(answer, look_up=lambda asked: group_of(asked).look_up(asked)) as provider,
        socket.create_server(("127.0.0.1", 0)) as raw,
        socket.socket() as dead,
    ):
        dead.bind(("127.0.0.1", 0))  # bound, never listening: connections are refused
        write_models(models, provider.base, raw.getsockname()[1], dead.getsockname()[1])
        with gateway(models, keys) as (_, port):
            assert wait_ready(port)["ready"]
            made = World(port, provider, raw)
            made.groups = groups
            yield made


@pytest.fixture
def group(world: World) -> Group:
    return world.group()
