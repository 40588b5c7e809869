"""A real sshd on loopback, for workers on "another machine": another folder, reached as another machine is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from socket import create_server
from venv import EnvBuilder

import pytest

SEPARATION = Path("/run/sshd")
"""The folder that an sshd of root must have."""

LISTENS = "Server listening on 127.0.0.1"

TRIES = 5


@dataclass(frozen=True)
class Sshd:
    """A server for the user of the tests.

    Attributes:
        config: of ssh, by which it is host `b`.
        restricted: of ssh, by which it is host `b` with a key that may forward nothing.
    """

    config: Path
    restricted: Path


@contextmanager
def running_sshd(folder: Path) -> Iterator[Sshd]:
    """Serve while the `with` block lasts, with keys of its own; skips where that cannot be."""
    server = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if server is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("ssh or sshd is not installed")
    if os.geteuid() == 0 and not SEPARATION.is_dir():
        SEPARATION.mkdir(mode=0o755, exist_ok=True)
    keys = [_key(folder / name) for name in ("host", "user", "bound")]
    lines = [keys[1].with_suffix(".pub").read_text(), "restrict " + keys[2].with_suffix(".pub").read_text()]
    (folder / "authorized").write_text("".join(lines))
    process, port = _started(server, folder, keys[0])
    try:
        yield Sshd(*(_client(folder, port, key) for key in keys[1:]))
    finally:
        process.terminate()
        process.communicate()


def _started(server: str, folder: Path, key: Path) -> tuple[subprocess.Popen[str], int]:
    """The server and its port. Between looking for a free one and using it another test may take it."""
    told = ""
    for _ in range(TRIES):
        with create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config = _written(folder / "sshd_config", [
            f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {key}", f"AuthorizedKeysFile {folder / 'authorized'}",
            "PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes",
        ])  # fmt: skip
        process = subprocess.Popen([server, "-D", "-e", "-f", config], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        told = process.stderr.readline()
        if LISTENS in told:
            return process, port
        process.terminate()
        process.communicate()
    pytest.skip(f"sshd cannot be run here: {told.strip()}")


def _key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, stdin=subprocess.DEVNULL)
    return path


def _client(folder: Path, port: int, key: Path) -> Path:
    return _written(folder / f"{key.name}.config", [
        "Host b", "HostName 127.0.0.1", f"Port {port}", f"User {getuser()}", f"IdentityFile {key}",
        "IdentitiesOnly yes", f"UserKnownHostsFile {folder / 'known'}", "StrictHostKeyChecking accept-new",
        "BatchMode yes", "LogLevel ERROR",
    ])  # fmt: skip


def _written(file: Path, lines: list[str]) -> Path:
    file.write_text("\n".join(lines) + "\n")
    return file


def interpreter(folder: Path) -> Path:
    """A virtual environment of its own, with all that is installed for these tests."""
    EnvBuilder(symlinks=True, with_pip=False).create(folder)
    here = sysconfig.get_path("purelib")
    there = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(there, "tests.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    return folder / "bin" / Path(sys.executable).name
