"""What a sandbox shows and allows: the options for bubblewrap.

Inside are the workspace, a private /tmp and home, /usr, a few files of /etc and the interpreter's prefixes.
/tmp and the home are folders of the host, not tmpfs: agents keep things there from one command to the next,
and what they keep costs disk, as the workspace does, not memory.

`--unshare-all` alone does not hold where the caller is root. A user namespace without capabilities does, with
two additions: no user namespaces further in, and /proc read-only. The kernel still knows the process as root,
and lets root write to /proc/sys without any capability (`test_perm` in its fs/proc/proc_sysctl.c), to
kernel.core_pattern for instance, which names a program that the host's kernel starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from pytest_agenttasks.exceptions import IsolationError, WorkspaceError
from pytest_agenttasks.workspace.folders import SHOWN_HOME, SHOWN_TMP, SHOWN_WORKSPACE, Folders
from pytest_agenttasks.workspace.keyrings import keyring_filter
from pytest_agenttasks.workspace.order import Order

_FILES = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_HOSTS = "127.0.0.1 localhost sandbox\n::1 localhost\n"

# Nothing with private keys in it (/etc/ssl as a whole): where the caller is root, they could be read inside.
_ETC = (
    "alternatives", "ca-certificates", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "mime.types",
    "pki/ca-trust", "pki/tls/cert.pem", "pki/tls/certs", "protocols", "services", "ssl/cert.pem", "ssl/certs",
    "ssl/openssl.cnf",
)  # fmt: skip
_SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SHARED_MEMORY_BYTES = 64 << 20
_OWN_PLACES = (SHOWN_TMP, SHOWN_HOME, SHOWN_WORKSPACE, "/dev", "/etc", "/proc", "/run", "/sys")


class Data:
    """Files that exist in memory only, handed to bwrap as open descriptors."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.descriptors: list[int] = []

    def descriptor(self, content: bytes) -> int:
        """Return a descriptor that reads `content`; it is closed with the stack."""
        fd = os.memfd_create("agenttasks")
        self._stack.callback(os.close, fd)
        self.descriptors.append(fd)
        with open(fd, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd


def sandbox_options(data: Data, folders: Folders, order: Order) -> Iterator[str]:
    """Give the options in order: a later mount hides an earlier one below it.

    Raises:
        IsolationError: the interpreter cannot be shown without showing the caller's home.
        WorkspaceError: a path of `writable` or `readable` does not exist or shows too much, or a command has put
            something in its place.
    """
    yield from ("--unshare-all", *(["--share-net"] if order.network else []), "--hostname", "sandbox")
    yield from ("--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--disable-userns")
    yield from ("--die-with-parent", "--new-session")
    keyrings = keyring_filter()
    if keyrings is not None:
        yield from ("--seccomp", str(data.descriptor(keyrings)))
    yield from _system()
    yield from _etc(data, order.network)
    yield from ("--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev")
    yield from ("--size", str(_SHARED_MEMORY_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm")
    yield from ("--remount-ro", "/dev", "--dir", "/run")
    yield from _mounts(folders, order.writable, order.readable)
    yield from ("--remount-ro", "/", "--chdir", SHOWN_WORKSPACE)


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))


def _etc(data: Data, network: bool) -> Iterator[str]:
    yield from ("--perms", "0755", "--dir", "/etc")
    for name in (*_ETC, *(("hosts", "resolv.conf") if network else ())):
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    for path, content in (_FILES if network else {**_FILES, "/etc/hosts": _HOSTS}).items():
        yield from ("--ro-bind-data", str(data.descriptor(content.encode())), path)


def _mounts(folders: Folders, writable: Sequence[Path], readable: Sequence[Path]) -> Iterator[str]:
    """Mount from the outside in, so that whichever lies deeper is seen: a venv below /tmp for instance."""
    private = {SHOWN_TMP: folders.tmp, SHOWN_HOME: folders.home, SHOWN_WORKSPACE: folders.workspace}
    mounts = {path: ("--ro-bind", path) for path in interpreter_prefixes()}
    mounts.update({name: ("--ro-bind", name) for path in readable for name in _shown(path)})
    mounts.update({shown: ("--bind", str(real)) for shown, real in private.items()})
    mounts.update({path: ("--bind", path) for path in map(_existing, writable)})
    for inside in sorted(mounts, key=lambda path: PurePosixPath(path).parts):
        for shown, real in private.items():
            if PurePosixPath(inside).is_relative_to(shown):
                _make_mount_point(real, PurePosixPath(inside).relative_to(shown))
        yield from (*mounts[inside], inside)


def interpreter_prefixes() -> list[str]:
    """Return the folders that the running interpreter needs, as named and resolved; none below /usr.

    Raises:
        IsolationError: one of them holds the caller's home.
    """
    named = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    found = sorted({str(Path(path).absolute()) for path in named} | {os.path.realpath(path) for path in named})
    home = _home()
    for path in found:
        if Path(home).is_relative_to(path):
            raise IsolationError(f"Python's prefix {path} holds your home folder, which a sandbox must not show")
    return [path for path in found if not Path(path).is_relative_to("/usr")]


def _existing(path: Path) -> str:
    if not path.is_dir():
        raise WorkspaceError(f"{path} is not a folder, so it cannot be made writable for a command")
    return str(path.absolute())


def _shown(path: Path) -> list[str]:
    """Return the names, as given and resolved, of a folder that may be seen; none below /usr, which is seen anyway.

    Raises:
        WorkspaceError: it is no folder, or holds what the sandbox hides or has a place of its own for.
    """
    if not path.is_dir():
        raise WorkspaceError(f"{path} is not a folder, so it cannot be shown to a command")
    names = sorted({str(path.absolute()), os.path.realpath(path)})
    for place in (*_OWN_PLACES, _home()):
        if any(Path(place).is_relative_to(name) for name in names):
            raise WorkspaceError(f"{path} cannot be shown to a command: it holds {place}; name a smaller folder")
    return [name for name in names if not Path(name).is_relative_to("/usr")]


def _home() -> str:
    return os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises for a uid without a name


def _make_mount_point(folder: Path, inside: PurePosixPath) -> None:
    """Make it here and not through bwrap, which would follow a link that a command has put there."""
    for name in inside.parts:
        folder = folder / name
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise WorkspaceError(f"/{inside} is needed by the sandbox, but a command has put a file or link there")
        folder.mkdir(exist_ok=True)
