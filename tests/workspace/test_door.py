"""Commands reach a server in this process through a door, and nothing else does."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import IsolationError
from pytest_agenttasks.workspace import Isolation
from pytest_agenttasks.workspace import doorway as doorway_module
from tests.workspace.conftest import Open

ASK = """
import os, socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 20) as asked:
    asked.sendall(sys.argv[3].encode())
    print(asked.recv(100).decode())
"""


class Greeter:
    """Answers one message of each connection; keeps every listening socket it was given."""

    def __init__(self) -> None:
        self.listening: list[socket.socket] = []

    def accept(self, listening: socket.socket) -> None:
        self.listening.append(listening)
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def _serve(self, listening: socket.socket) -> None:
        try:
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(b"hello " + connection.recv(100))
        except OSError:  # closed
            return

    def close(self) -> None:
        for one in self.listening:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def greeter() -> Iterator[Greeter]:
    with closing(Greeter()) as one:
        yield one


@pytest.mark.parametrize("network", [False, True])
def test_commands_find_the_server(opened: Open, isolation: Isolation, greeter: Greeter, network: bool) -> None:
    """The same door serves one command after the other."""
    workspace = opened(isolation, files={"ask.py": ASK}, network=network)
    with workspace.door(greeter.accept) as door:
        said = [
            workspace.execute(["python", "ask.py", door.host, str(door.port), name], door=door).output
            for name in ("one", "two")
        ]
    private = isolation == "bubblewrap" and not network
    assert said == ["hello one\n", "hello two\n"]
    assert (door.host, door.port == 8080) == ("127.0.0.1", private)
    assert len(greeter.listening) == (2 if private else 1)


def test_two_commands_at_once(opened: Open, isolation: Isolation, greeter: Greeter) -> None:
    workspace = opened(isolation, files={"ask.py": ASK})
    said: list[str] = []

    def ask(me: str, other: str) -> None:
        meet = f"touch {me}; until [ -e {other} ]; do sleep 0.01; done; python ask.py {door.host} {door.port} {me}"
        said.append(workspace.execute(meet, door=door).output)

    with workspace.door(greeter.accept) as door:
        threads = [threading.Thread(target=ask, args=names) for names in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(said) == ["hello a\n", "hello b\n"]


def test_the_host_cannot_connect_and_a_command_without_the_door_neither(
    opened: Open, bubblewrap: Isolation, greeter: Greeter
) -> None:
    workspace = opened(bubblewrap, files={"ask.py": ASK})
    outcome: list[str] = []

    def connect(listening: socket.socket) -> None:
        try:
            socket.create_connection(listening.getsockname(), 5).close()
            outcome.append("connected")
        except ConnectionRefusedError:
            outcome.append("refused")
        greeter.accept(listening)

    ask = ["python", "ask.py", "127.0.0.1", "8080", "me"]
    with workspace.door(connect) as door:
        assert workspace.execute(ask, door=door).output == "hello me\n"
        assert "Connection refused" in workspace.execute(ask).output
    assert outcome == ["refused"]


def test_the_command_is_what_it_would_be_without(opened: Open, bubblewrap: Isolation, greeter: Greeter) -> None:
    """Process, arguments, stdin, descriptors and signals."""
    workspace = opened(bubblewrap)
    look = (
        "cat; echo $$; ls /proc/self/fd; tr '\\0' ' ' < /proc/$$/cmdline; set -o pipefail; yes | head -n 1; echo $?;"
        " env | sort; ulimit -a; exit 7"
    )
    with workspace.door(greeter.accept) as door:
        results = [workspace.execute(look, door=one) for one in (door, None)]
    assert results[0].output == results[1].output
    assert [one.exit_code for one in results] == [7, 7]


def test_a_program_that_is_missing(opened: Open, isolation: Isolation, greeter: Greeter) -> None:
    workspace = opened(isolation)
    with workspace.door(greeter.accept) as door:
        result = workspace.execute(["no-such-program"], door=door)
    assert (result.exit_code, result.output) == (127, "sh: 1: exec: no-such-program: not found\n")


def test_a_sandbox_that_does_not_start(
    opened: Open, bubblewrap: Isolation, greeter: Greeter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace = opened(bubblewrap)
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: no way' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with (
        workspace.door(greeter.accept) as door,
        pytest.raises(IsolationError, match="could not run a command: no way"),
    ):
        workspace.execute("true", door=door)
    assert greeter.listening == []


def test_a_sandbox_that_cannot_listen(
    opened: Open, bubblewrap: Isolation, greeter: Greeter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where the sandbox's loopback is not up: here the port is taken."""
    program = tmp_path / "bwrap"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "words = sys.argv[sys.argv.index('--') + 1:]\n"
        "words[words.index('8080')] = os.environ['TAKEN']\nos.execvp(words[0], words)\n"
    )
    program.chmod(0o755)
    workspace = opened(bubblewrap)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with socket.create_server(("127.0.0.1", 0)) as other, workspace.door(greeter.accept) as door:
        taken = str(other.getsockname()[1])
        with pytest.raises(IsolationError, match=r"nothing can listen on 127\.0\.0\.1:8080 in the sandbox: .*in use"):
            workspace.execute("true", door=door, env={"TAKEN": taken})


def test_who_cannot_accept_ends_the_command(opened: Open, bubblewrap: Isolation) -> None:
    def refuse(_: socket.socket) -> None:
        raise RuntimeError("no more threads")

    workspace = opened(bubblewrap)
    with workspace.door(refuse) as door, pytest.raises(RuntimeError, match="no more threads"):
        workspace.execute("sleep 1000", door=door)


def test_a_closed_door(opened: Open, isolation: Isolation, greeter: Greeter) -> None:
    workspace = opened(isolation)
    with workspace.door(greeter.accept) as door:
        pass
    with pytest.raises(ValueError, match="the door is closed"):
        workspace.execute("true", door=door)


def test_time_and_daemons_behind_a_door(opened: Open, isolation: Isolation, greeter: Greeter) -> None:
    workspace = opened(isolation)
    with workspace.door(greeter.accept) as door:
        result = workspace.execute("setsid sleep 1000 & echo up; wait", door=door, seconds=1)
    assert (result.timed_out, result.output) == (True, "up\n")


def test_the_program_that_opens_doors_needs_nothing_of_the_project() -> None:
    """It is given to the interpreter as text, in a sandbox in which the project need not be visible."""
    source = Path(str(doorway_module.__file__)).read_text("utf-8")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        words = [sys.executable, "-I", "-S", "-c", source, "0", "echo", "ran"]
        done = subprocess.run(words, stdin=theirs.fileno(), stdout=subprocess.PIPE, env={}, cwd="/", check=True)
        message, (descriptor,), _, _ = socket.recv_fds(ours, 10, 1)
    with socket.socket(fileno=descriptor) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
    assert (message, done.stdout) == (b"L", b"ran\n")
