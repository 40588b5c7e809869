"""Whether a file lies on a network mount, where SQLite's shared memory does not work.

SQLite's write-ahead log needs memory that all processes share, which a network file system cannot give
(https://www.sqlite.org/wal.html, "All processes using a database must be on the same host computer").
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

NETWORK = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
        "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf",
        "virtiofs",
    }
)  # fmt: skip
"""Types of file systems that several machines share, or a machine and its guests."""

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def on_network(file: Path) -> bool:
    """Whether a file lies on such a mount; False where the system does not tell (no Linux)."""
    try:
        table = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    return file_system(PurePosixPath(file.resolve()), table) in NETWORK


def file_system(file: PurePosixPath, table: str) -> str:
    """Type of the file system that holds an absolute path; empty if none does.

    Args:
        file: without symbolic links.
        table: text of /proc/self/mountinfo; its format is in proc_pid_mountinfo(5).
    """
    deepest, found = -1, ""
    for line in table.splitlines():
        mount, _, kind = line.partition(" - ")
        point = PurePosixPath(_ESCAPED.sub(lambda code: chr(int(code.group(1), 8)), mount.split()[4]))
        # of two on one point the later covers the earlier
        if len(point.parts) >= deepest and file.is_relative_to(point):
            deepest, found = len(point.parts), kind.split()[0]
    return found
