from __future__ import annotations

import sqlite3
import threading
from pathlib import Path, PurePosixPath

import pytest

from pytest_agenttasks.gateway.state.database import Journal, connect
from pytest_agenttasks.gateway.state.mounts import NETWORK, file_system, on_network

TABLE = r"""
23 28 0:21 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
30 23 0:25 / /home rw,relatime - nfs4 server:/export/home rw,vers=4.2,addr=10.0.0.2
31 30 0:26 / /home/me/local rw,relatime shared:7 - tmpfs tmpfs rw
32 23 0:27 / /mnt/with\040space rw,relatime - cifs //server/share rw
33 23 0:28 / /mnt/twice rw,relatime - ext4 /dev/vdb rw
34 33 0:29 / /mnt/twice rw,relatime - fuse.sshfs me@server: rw
""".strip()


@pytest.mark.parametrize(
    ("file", "kind", "network"),
    [
        ("/var/state/a.sqlite", "ext4", False),
        ("/home/me/.local/state/a.sqlite", "nfs4", True),
        ("/home/me/local/a.sqlite", "tmpfs", False),
        ("/homeless/a.sqlite", "ext4", False),
        ("/mnt/with space/a.sqlite", "cifs", True),
        ("/mnt/twice/a.sqlite", "fuse.sshfs", True),
    ],
)
def test_the_deepest_and_latest_mount_holds_a_file(file: str, kind: str, network: bool) -> None:
    found = file_system(PurePosixPath(file), TABLE)
    assert (found, found in NETWORK) == (kind, network)


def test_nothing_holds_a_file_where_nothing_is_mounted() -> None:
    assert file_system(PurePosixPath("/a"), "") == ""


def test_temporary_files_of_this_machine_are_local(tmp_path: Path) -> None:
    assert not on_network(tmp_path / "not there" / "a.sqlite")


@pytest.mark.parametrize(("before", "wanted"), [("delete", "wal"), ("wal", "delete")])
def test_the_journal_changes_once_others_have_let_go(tmp_path: Path, before: Journal, wanted: Journal) -> None:
    file = tmp_path / "a.sqlite"
    connect(file, journal=before).close()
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM request").fetchone()
    release = threading.Timer(0.1, other.close)
    release.start()
    database = connect(file, 20.0, wanted)
    release.join()
    assert database.execute("PRAGMA journal_mode").fetchone() == (wanted,)
    database.close()


def test_a_file_changes_its_journal_with_its_mount(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    for journal in ("wal", "delete", "wal"):
        database = connect(file, journal="delete" if journal == "delete" else "wal")
        database.execute("INSERT INTO call VALUES (?, 'call', 0)", (journal + str(file.stat().st_size),))
        assert file.with_name("a.sqlite-wal").exists() is (journal == "wal")
        database.close()
