from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.state.places import Place, RedisPlace, RedisServer, SqlitePlace, redis_server


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    """One server for all tests, emptied for each."""
    with redis_server() as made:
        yield made


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, runner: asyncio.Runner, tmp_path: Path) -> Iterator[Place]:
    """Each place that there is: what holds for one holds for all."""
    made: SqlitePlace | RedisPlace
    if request.param == "sqlite":
        made = SqlitePlace(runner, tmp_path / "accounts.sqlite")
    else:
        made = RedisPlace(runner, request.getfixturevalue("server"))
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB that can be mounted anew."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted: needs Linux and root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
