"""Opening a place: where it is, and what is done when it cannot be used."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_agenttasks.gateway.state import State, StateError, open_state
from pytest_agenttasks.gateway.state.place import default_file
from pytest_agenttasks.gateway.state.sqlite import SqliteState
from tests.gateway.state.places import cooldown, held, need, redis_server, taken

ROOT = Path(__file__).parents[3]
SECRET = "s3cr3t"

Open = Callable[[str | Path | None], State]


@pytest.fixture
def lines() -> list[str]:
    """What the user is told."""
    return []


@pytest.fixture
def opened(runner: asyncio.Runner, lines: list[str]) -> Iterator[Open]:
    """Opens places, and closes them."""
    made: list[State] = []

    def opened(asked: str | Path | None) -> State:
        made.append(runner.run(open_state(asked if asked is None else str(asked), lines.append)))
        return made[-1]

    yield opened
    for state in made:
        runner.run(state.close())


def works(runner: asyncio.Runner, state: State) -> bool:
    runner.run(state.cool("a", cooldown(60)))
    held(runner.run(state.take([need("a")])))
    taken(runner.run(state.take([need("b")])))
    return True


def one_line(lines: list[str]) -> str:
    (line,) = lines
    assert "\n" not in line
    return line


def remembers(runner: asyncio.Runner, state: State) -> bool:
    return "a" in runner.run(state.cooldowns(["a"]))


@pytest.mark.parametrize("asked", [None, ""])
def test_by_default_it_is_a_file_that_only_the_user_can_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runner: asyncio.Runner, opened: Open, asked: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert works(runner, opened(asked))
    file = default_file()
    assert file.is_relative_to(tmp_path)
    assert opened(asked).where == str(file)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in file.parent.iterdir()} == {0o600}
    assert remembers(runner, opened(asked))


def test_a_user_without_a_home_directory_is_told(runner: asyncio.Runner, opened: Open, lines: list[str]) -> None:
    assert works(runner, opened("~no-such-user/accounts.sqlite"))
    assert "home directory" in one_line(lines)
    assert "limits are known to this run only" in lines[0]


def test_memory_is_shared_with_nobody(runner: asyncio.Runner, opened: Open, lines: list[str]) -> None:
    state = opened("memory")
    assert state.where == "memory"
    assert works(runner, state)
    assert not remembers(runner, opened("memory"))
    assert lines == []


def test_a_file_may_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert works(runner, opened("~/some/where.db"))
    assert remembers(runner, opened(tmp_path / "some" / "where.db"))
    monkeypatch.chdir(tmp_path)
    state = opened("some/where.db")
    assert state.where == str(tmp_path / "some" / "where.db")
    monkeypatch.chdir("/")
    assert remembers(runner, state)
    assert lines == []


def garbage(file: Path) -> None:
    file.write_bytes(b"this is not a database" * 999)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def scribbled_on(file: Path) -> None:
    """A page of an index is overwritten, which nobody reads soon."""
    with closing(sqlite3.connect(file)) as database:
        found = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'request_of_ticket'").fetchone()
    data, start = bytearray(file.read_bytes()), (found[0] - 1) * 4096
    data[start + 8 : start + 4096] = b"\xff" * 4088
    file.write_bytes(data)


@pytest.mark.parametrize("harm", [garbage, cut_off, scribbled_on])
def test_a_damaged_file_is_kept_under_another_name(
    tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str], harm: Callable[[Path], None]
) -> None:
    file = tmp_path / "a.sqlite"
    for n in range(2):
        state = opened(file)
        assert works(runner, state)
        runner.run(state.close())
        harm(file)
        damaged = file.read_bytes()
        fresh = opened(file)
        assert not remembers(runner, fresh)
        assert works(runner, fresh)
        assert fresh.where == str(file)
        runner.run(fresh.close())
        kept = [one for one in tmp_path.iterdir() if ".damaged-" in one.name]
        assert damaged in [one.read_bytes() for one in kept]
        assert len(kept) == len(lines) == n + 1
        assert str(file) in lines[n]
        assert any(one.name in lines[n] for one in kept)


def test_who_still_has_a_damaged_file_open_does_not_harm_the_fresh_one(
    tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    file = tmp_path / "a.sqlite"
    runner.run(opened(file).close())
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from pytest_agenttasks.gateway.state import *\n"
        "from pytest_agenttasks.gateway.state.sqlite import SqliteState\n"
        "state = SqliteState(Path(sys.argv[1]))\n"
        "asyncio.run(state.cool('a', Cooldown(60, 'rate_limited', 'unavailable')))\n"
        "print(flush=True); sys.stdin.read()\n"
        "try: asyncio.run(state.cool('b', Cooldown(60, 'rate_limited', 'unavailable')))\n"
        "except StateError as error: print(error)\n"
        "asyncio.run(state.close())\n"
    )
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        garbage(file)
        fresh = opened(file)
        assert not remembers(runner, fresh)
        assert works(runner, fresh)
        assert list(tmp_path.glob("a.sqlite.damaged-*-wal")), "a database and its log stay together"
        said, _ = other.communicate()
    assert "has been replaced by another file" in said
    assert works(runner, fresh)
    assert remembers(runner, opened(file))
    assert "it is kept as" in one_line(lines)


def changed(file: Path, statement: str) -> bytes:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(statement)
    return file.read_bytes()


def test_a_file_of_a_newer_version_is_left_alone(
    tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    file = tmp_path / "a.sqlite"
    runner.run(SqliteState(file).close())
    before = changed(file, "PRAGMA user_version = 7")
    state = opened(file)
    assert works(runner, state)
    assert state.where == "memory"
    assert file.read_bytes() == before
    assert f"{file} was written by another version" in one_line(lines)
    assert "limits are known to this run only" in lines[0]


def test_a_database_of_something_else_is_left_alone(
    tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    file = tmp_path / "bookmarks.sqlite"
    before = changed(file, "CREATE TABLE bookmark (url TEXT)")
    assert works(runner, opened(file))
    assert file.read_bytes() == before
    assert f"{file} is a database of something else" in one_line(lines)


def test_a_file_that_cannot_be_made_is_told(
    tmp_path: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    (tmp_path / "file").touch()
    for asked in (tmp_path, tmp_path / "file" / "a.sqlite"):
        assert works(runner, opened(asked))
        assert str(asked) in one_line(lines)
        assert "limits are known to this run only" in lines.pop()


@pytest.mark.parametrize("there", [True, False])
def test_a_read_only_folder_is_told(
    small_disk: Path, runner: asyncio.Runner, opened: Open, lines: list[str], there: bool
) -> None:
    file = small_disk / "a.sqlite"
    if there:
        runner.run(SqliteState(file).close())
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert works(runner, opened(file))
    assert str(file) in one_line(lines)
    assert "limits are known to this run only" in lines[0]


def test_a_read_only_folder_with_a_damaged_file_is_told(
    small_disk: Path, runner: asyncio.Runner, opened: Open, lines: list[str]
) -> None:
    file = small_disk / "a.sqlite"
    garbage(file)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert works(runner, opened(file))
    assert f"{file} is damaged and cannot be moved aside" in one_line(lines)


def test_a_full_disk_is_told(small_disk: Path, runner: asyncio.Runner, opened: Open, lines: list[str]) -> None:
    (small_disk / "ballast").write_bytes(bytes(200 * 1024))
    assert works(runner, opened(small_disk / "a.sqlite"))
    assert "full" in one_line(lines)


def test_a_lock_that_stays_is_told(tmp_path: Path, runner: asyncio.Runner) -> None:
    file = tmp_path / "a.sqlite"
    runner.run(SqliteState(file).close())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateError, match="locked by another process"):
            SqliteState(file, busy=0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize(
    "asked",
    [
        f"redis://me:{SECRET}@127.0.0.1:1/0",
        f"rediss://:{SECRET}@127.0.0.1:1?socket_timeout=1",
        f"redis://127.0.0.1:1?password={SECRET}",
        f"unix://me:{SECRET}@/no/such/redis.sock?db=1",
    ],
)
def test_a_redis_that_does_not_answer_is_an_error_without_the_password(opened: Open, asked: str) -> None:
    pytest.importorskip("redis", reason="the package redis is not installed")
    with pytest.raises(StateError) as caught:
        opened(asked)
    text = str(caught.value)
    assert SECRET not in text
    assert "\n" not in text
    assert text.startswith(asked.partition("://")[0] + "://")
    assert "see that it runs" in text


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (f"redis://:{SECRET}/more@127.0.0.1:6379/0", "cannot be read"),
        (f"redis://:{SECRET}#more@127.0.0.1", "cannot be read"),
        (f"redis://:12?{SECRET}@host", "cannot be read"),
        (f"redis://me:12/{SECRET}@host", "cannot be read"),
        (f"redis://me:12#{SECRET}@host", "cannot be read"),
        (f"redis://me:[{SECRET}@host", "cannot be read"),
        (f"redis://host:6379/{SECRET}", "cannot be read"),
        (f"redis://host:{SECRET}/0", "cannot be read"),
        (f"rediss://me:{SECRET}@host:99999999/0", "cannot be read"),
        (f"unix://me:12/{SECRET}@/socket", "cannot be read"),
        (f"redis://me:{SECRET}@127.0.0.1:1/0?no_such_option=1", "options cannot be read"),
        (f"redis://:{SECRET}@127.0.0.1:1/0?socket_timeout=soon", "options cannot be read"),
        (f"postgres://me:{SECRET}@host/db", "begins with postgres://"),
        (f"http://{SECRET}", "begins with http://"),
    ],
)
def test_a_url_that_cannot_be_read_is_an_error_without_the_password(opened: Open, asked: str, why: str) -> None:
    pytest.importorskip("redis", reason="the package redis is not installed")
    with pytest.raises(StateError) as caught:
        opened(asked)
    assert why in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_passwords_of_redis_are_sent_and_never_shown(runner: asyncio.Runner, opened: Open) -> None:
    with redis_server("--requirepass", f"{SECRET}/@#") as server:
        state = opened(f"unix://:{SECRET}%2F%40%23@{server.socket}")
        assert state.where == server.url
        assert works(runner, state)
        with pytest.raises(StateError) as caught:
            opened(f"unix://:{SECRET}@{server.socket}")
        assert SECRET not in str(caught.value)


def test_a_redis_that_cannot_be_written_is_an_error(opened: Open) -> None:
    with redis_server("--maxmemory", "1") as server, pytest.raises(StateError, match="maxmemory"):
        opened(server.url)


def test_redis_over_tls(runner: asyncio.Runner, opened: Open, tmp_path: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "cert"]
    try:
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl cannot make a certificate")
    port = free_port()
    cert, key = str(tmp_path / "cert"), str(tmp_path / "key")
    options = ["--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"]
    with redis_server(*options) as server:
        if server.client().config_get("tls-port") != {"tls-port": str(port)}:
            pytest.skip("this redis-server has no TLS")
        state = opened(f"rediss://127.0.0.1:{port}?ssl_ca_certs={cert}")
        assert works(runner, state)
        assert state.where == f"rediss://127.0.0.1:{port}"
        with pytest.raises(StateError, match="certificate"):
            opened(f"rediss://127.0.0.1:{port}")


def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; sys.modules['redis'] = None\n"
        "from pytest_agenttasks.gateway.state import *\n"
        "try: asyncio.run(open_state('redis://me:s3cr3t@host', print))\n"
        "except StateError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "redis://host:6379 needs the package redis: pip install 'pytest-agenttasks[redis]'\n"
