"""Commands that try to read a key or to change something outside of the workspace, and what there is to find.

Needs no library, so that any interpreter can run it as another user: `python -m tests.workspace.hostile [NAME…]`
prints the faults that were found, one a line.
"""

# An attack is read best in one line.
# ruff: noqa: E501

from __future__ import annotations

import ctypes
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import Isolation, Resources, Workspace, open_workspace
from pytest_agenttasks.workspace.keyrings import keyring_numbers

ATTEMPTED = "attempted"
ESCAPED = "escaped"

# What each prints is searched for the key. It prints "escaped" if it could do what it must not be able to.
READING = {
    "the environment": "env; cat /proc/self/environ",
    # Only the lines with a key: of the output its start and its end are kept, and hosts have many processes.
    "environments of processes": "cat /proc/[0-9]*/environ /proc/$PPID/environ /proc/*/task/*/environ | tr '\\0' '\\n' | grep -a KEY",
    "the caller by its id": "cat /proc/$CALLER/environ /proc/$CALLER/cmdline; ls -l /proc/$CALLER/fd",
    "descriptors left open": "for fd in /proc/self/fd/* /proc/1/fd/*; do timeout 0.2 head -c 10000 $fd; done; ls -l /proc/1/fd",
    "memory of processes": "for p in /proc/[0-9]*; do head -c 1 $p/mem; cat $p/auxv | head -c 10; done; strings /proc/kcore | head",
    "the home of the host": 'cat "$HOST_HOME"/.ssh/id_rsa "$HOST_HOME"/.netrc; ls -la "$HOST_HOME"; ls -A /root',
    "the root of process 1": 'cat /proc/1/root"$HOST_HOME"/.ssh/id_rsa; cat /proc/1/cwd/../../.."$HOST_HOME"/.ssh/id_rsa',
    "a link out": 'ln -s "$HOST_HOME"/.ssh/id_rsa link; cat link; ln -s / root; cat "root$HOST_HOME/.ssh/id_rsa"',
    "a link out, read by another name": 'cat "/workspace/../../..$HOST_HOME/.ssh/id_rsa"; cat "/oldroot$HOST_HOME/.ssh/id_rsa"',
    "workspaces of other tasks": 'cat "$OTHER"/secret; cat /tmp/agenttasks-*/workspace/secret; ls /tmp/agenttasks-*',
    "an abstract socket": 'timeout 5 python3 -c "$CONNECT" unix "@$ABSTRACT"',
    "a socket of the host": 'timeout 5 python3 -c "$CONNECT" unix "$SOCKET"',
    "a port of the host": 'timeout 5 python3 -c "$CONNECT" tcp "$PORT"',
    "the session keyring": 'python3 -c "$KEYRING"; cat /proc/keys',
    "a process of the host, traced": 'python3 -c "$PTRACE" "$CALLER"; strace -p "$CALLER" 2>/dev/null',
}
"""Without a sandbox, most of them find the key."""

CHANGING = {
    "shadow": f"head -c 1 /etc/shadow && echo {ESCAPED}",
    "docker": "for s in /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock /run/user/*/bus;"
    f" do test -S $s && echo {ESCAPED}; done",
    "remount": f"for d in / /usr /etc /proc /dev; do mount -o remount,rw $d && echo {ESCAPED}; done",
    "mount": f"mount -t tmpfs none /mnt && echo {ESCAPED}; mount --bind / /tmp && echo {ESCAPED};"
    f" mount -t proc proc /proc && echo {ESCAPED}; umount /proc && echo {ESCAPED}",
    "unshare": f"unshare -Urm true && echo {ESCAPED}; unshare -p true && echo {ESCAPED}; unshare -U true && echo {ESCAPED}",
    "chroot": f"mkdir -p r; chroot r /bin/true && echo {ESCAPED}; chroot / true && echo {ESCAPED}",
    "namespaces": f"nsenter -t 1 -a true && echo {ESCAPED}; nsenter -t 1 -U true && echo {ESCAPED}",
    "setuid": f"su -c id </dev/null && echo {ESCAPED}; setpriv --reuid 0 true && echo {ESCAPED};"
    f" cp /usr/bin/id .; chmod u+s id; ./id -u | grep -qx 0 && echo {ESCAPED}",
    "devices": f"mknod sda b 8 0 && echo {ESCAPED}; mknod mem c 1 1 && echo {ESCAPED};"
    f" test -e /dev/sda -o -e /dev/vda -o -e /dev/mem -o -e /dev/kvm -o -e /dev/fuse && echo {ESCAPED}",
    "system folders": f"for d in / /usr /usr/bin /usr/local/bin /etc /bin /lib /var /run /sys /proc /dev /root /opt /home;"
    f' do touch "$d/$MARK" && echo {ESCAPED}; done',
    "system files": f"for f in /etc/passwd /etc/hosts /usr/bin/env /etc/ld.so.cache; do test -w $f && echo {ESCAPED};"
    f" chmod u+w $f && echo {ESCAPED}; done",
    "the interpreter": f'for d in $(python3 -c "import sys; print(sys.prefix, sys.base_prefix)"); do touch "$d/$MARK"'
    f' && echo {ESCAPED}; touch "$d/bin/$MARK" && echo {ESCAPED}; done',
    "kernel settings": f"for f in kernel/core_pattern kernel/hostname vm/drop_caches; do test -w /proc/sys/$f && echo {ESCAPED};"
    f" done; test -w /proc/sysrq-trigger && echo {ESCAPED}; hostname {ESCAPED}; hostname",
    "a written home of the host": f'echo x > "$HOST_HOME/.bashrc" && echo {ESCAPED}',
    "a link written through": 'ln -s "$HOST_HOME" out; echo x > out/.profile; ln -s "$SOCKET" sock; rm -f "$SOCKET"',
    "hard links": f'ln "$HOST_HOME/.ssh/id_rsa" hard && echo {ESCAPED}; ln /usr/bin/env /workspace/env && echo {ESCAPED}',
    "signals": f"kill -9 $CALLER && echo {ESCAPED}; kill -STOP $CALLER && echo {ESCAPED}; echo",
    "modules": f"modprobe dummy && echo {ESCAPED}; insmod x.ko && echo {ESCAPED}; test -w /sys/module && echo {ESCAPED}",
    "the kernel's log": f"dmesg | grep -q . && echo {ESCAPED}; head -c 1 /dev/kmsg && echo {ESCAPED}",
    "the terminal": f'python3 -c "$TIOCSTI" && echo {ESCAPED}; : < /dev/tty && echo {ESCAPED}; echo',
    "shared memory": 'echo x > "/dev/shm/$MARK"; ipcmk -M 1000; ipcmk -Q; ipcs; ls /dev/shm',
    "the network": "timeout 3 bash -c ': > /dev/tcp/192.0.2.1/80' && echo "
    + ESCAPED
    + "; ls /sys/class/net | grep -v lo;"
    f" grep -q -v -e lo: -e face -e Inter /proc/net/dev && echo {ESCAPED}",
    "a raw socket": f'python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)" && echo {ESCAPED}',
    "a clock": f"date -s 2001-01-01 && echo {ESCAPED}; renice -n -20 $$ && echo {ESCAPED}; chrt -f 99 true && echo {ESCAPED}",
    "control groups": f'ls /sys/fs/cgroup/* && echo {ESCAPED}; mkdir "/sys/fs/cgroup/$MARK" && echo {ESCAPED}',
    "a port opened": 'timeout 1 python3 -c "$LISTEN" & sleep 0.2; true',
    "daemons": 'python3 -c "$DAEMON"; (setsid sleep 1000 &); nohup sleep 1000 >/dev/null 2>&1 & disown; true',
    "at and cron": f'echo true | at now && echo {ESCAPED}; echo "* * * * * true" | crontab - && echo {ESCAPED};'
    f" systemd-run true && echo {ESCAPED}",
}

ENDING = {
    "the parent killed": "kill -9 $PPID; kill -9 1; kill -9 -1; sleep 0.1; echo on",
    "signals ignored": "trap '' TERM INT HUP QUIT; setsid sh -c 'trap \"\" TERM; sleep 1000' & sleep 1000",
    "the workspace deleted": "rm -rf /workspace /workspace/* /workspace/.[a-z]*; mv /workspace /tmp/gone; echo",
    "the workspace replaced": 'cd /; rmdir /workspace; mv /workspace /w; ln -s "$HOST_HOME" /workspace; ls /workspace/.ssh',
    "a fork bomb": ":(){ :|:& };:; sleep 1000",
    "a bomb of sessions": 'python3 -c "$BOMB"',
    "a memory bomb": "python3 -c 'kept = []\nwhile True: kept.append(bytearray(1 << 22))'",
    "shared memory filled": "head -c 1000000000 /dev/zero > /dev/shm/x; df /dev/shm",
    "the disk filled": "i=0; while :; do head -c 2000000 /dev/zero > f$i; i=$((i+1)); done",
    "a huge file": "yes > big; truncate -s 100T sparse; fallocate -l 100G whole; ls -l",
    "a flood": "timeout 0.5 yes; echo",
    "a deep folder": 'python3 -c "$DEEP"',
}

CODE = {
    "CONNECT": """
import socket, sys
kind, where = sys.argv[1:]
if kind == "tcp": s = socket.create_connection(("127.0.0.1", int(where)), 3)
else: s = socket.socket(socket.AF_UNIX); s.connect(where.replace("@", chr(0)))
print(s.recv(100).decode())
""",
    "KEYRING": """
import ctypes, os
call, (add_key, request_key, keyctl) = ctypes.CDLL(None, use_errno=True).syscall, map(int, os.environ["NUMBERS"].split())
for ring in (-1, -2, -3, -4, -5):
    content = ctypes.create_string_buffer(1000)
    found = call(keyctl, 10, ring, b"user", os.environ["MARK"].encode(), 0)  # KEYCTL_SEARCH
    if found > 0 and call(keyctl, 11, found, content, 1000) > 0: print(content.value.decode())  # KEYCTL_READ
found = call(request_key, b"user", os.environ["MARK"].encode(), None, 0)
if found > 0 and call(keyctl, 11, found, content, 1000) > 0: print(content.value.decode())
print(os.strerror(ctypes.get_errno()))
""",
    "PTRACE": """
import ctypes, sys
libc = ctypes.CDLL(None)
if libc.ptrace(16, int(sys.argv[1]), 0, 0) == 0: print("escaped")  # PTRACE_ATTACH
""",
    "TIOCSTI": "import fcntl\nfor fd in (0, 1, 2): fcntl.ioctl(fd, 0x5412, b'x')",
    "LISTEN": "import socket, time\ns = socket.create_server(('0.0.0.0', 18080)); time.sleep(1)",
    "DAEMON": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64); time.sleep(1000)
""",
    "BOMB": """
import os
while True:
    try:
        if os.fork() == 0: os.setsid()
    except OSError: pass
""",
    "DEEP": "import os\nfor _ in range(1200): os.mkdir('d' * 20); os.chdir('d' * 20)\nopen('f', 'w').close()",
}

SMALL = Resources(memory_mb=200, processes=100, file_mb=2, disk_mb=64)
SECONDS = {"signals ignored": 1.0}


@dataclass
class Host:
    """What lies around a sandbox: keys to read and things to change.

    Attributes:
        key: must be seen by nobody.
        mark: in the environment of every hostile process, and in the names of files that it makes.
        env: what an attacker is told, though it should not know it.
        home: a home with keys in it.
    """

    key: str
    mark: str
    env: dict[str, str]
    home: Path

    def state(self) -> dict[str, bytes]:
        """Return all files of the home."""
        return {str(path): path.read_bytes() if path.is_file() else b"" for path in self.home.rglob("*")}

    def faults(self, result: CommandResult, before: dict[str, bytes]) -> Iterator[str]:
        """Tell what an attack has reached; not its output, which could hold real keys of whoever runs this."""
        if self.key in result.output:
            yield "a key was read"
        if ESCAPED in result.output.splitlines():
            yield "it escaped"
        if self.state() != before:
            yield "the home of the host was changed"
        for folder in ("/", "/usr", "/usr/bin", "/etc", "/dev/shm", "/tmp", "/home", sys.prefix, f"{sys.prefix}/bin"):
            if Path(folder, self.mark).exists():
                yield f"a file was made in {folder}"
        if left := list(bearing(self.mark)):
            yield f"processes are left: {left}"


def bearing(mark: str) -> Iterator[str]:
    """Give the command lines of living processes that have the mark in their environment."""
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()


@contextmanager
def a_host(folder: Path, other: Path) -> Iterator[Host]:
    """Make a home, servers, a process and a keyring that hold a key."""
    key, mark = f"key-{uuid.uuid4().hex}", f"mark-{uuid.uuid4().hex}"
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True)
    for name in (".ssh/id_rsa", ".netrc", ".bashrc"):
        (home / name).write_text(key)
    (other / "secret").write_text(key)
    with ExitStack() as stack:
        path = tempfile.mkdtemp(prefix="h-", dir=folder)
        sockets = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.create_server(("127.0.0.1", 0))]
        sockets[0].bind(f"\0{mark}")
        sockets[1].bind(f"{path}/s")
        for one in sockets:
            stack.enter_context(one)
            one.listen()
            threading.Thread(target=_tell, args=(one, key), daemon=True).start()
        words = ["/bin/sleep", "1000"]
        process = stack.enter_context(subprocess.Popen(words, env={"SOME_API_KEY": key}))
        stack.callback(process.kill)
        _add_to_keyring(mark, key)
        env = {"MARK": mark, "HOST_HOME": str(home), "OTHER": str(other), "ABSTRACT": mark, "SOCKET": f"{path}/s",
               "PORT": str(sockets[2].getsockname()[1]), "CALLER": str(process.pid),
               "NUMBERS": " ".join(map(str, keyring_numbers() or (0, 0, 0))), **CODE}  # fmt: skip
        yield Host(key, mark, env, home)


def _tell(listening: socket.socket, key: str) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(key.encode())


def _add_to_keyring(name: str, key: str) -> None:
    """Put the key into a session keyring of this process's own, which its children inherit."""
    numbers = keyring_numbers()
    if numbers is None or platform.system() != "Linux":
        return
    call = ctypes.CDLL(None).syscall
    call(numbers[2], 1, None)  # KEYCTL_JOIN_SESSION_KEYRING
    call(numbers[0], b"user", name.encode(), key.encode(), len(key), -3)  # KEY_SPEC_SESSION_KEYRING


def run_attack(workspace: Workspace, host: Host, name: str) -> CommandResult:
    """Run it and say so, whatever it did."""
    command = {**READING, **CHANGING, **ENDING}[name]
    tail = "" if name in ENDING else f"\necho; echo {ATTEMPTED}"
    return workspace.execute(command + tail, env=host.env, seconds=SECONDS.get(name, 60))


def main(names: list[str]) -> None:
    """Run attacks and print their faults."""
    empty: Any = SimpleNamespace(from_=None, git=None, files={}, setup=[], network=False)
    isolation: Isolation = "bubblewrap"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        other = stack.enter_context(open_workspace(empty, base=Path(), isolation=isolation))
        host = stack.enter_context(a_host(Path(folder), other.path))
        for name in names:
            with open_workspace(empty, base=Path(), isolation=isolation, resources=SMALL) as workspace:
                before = host.state()
                result = run_attack(workspace, host, name)
                for fault in host.faults(result, before):
                    sys.stdout.write(f"{name}: {fault}\n")
    sys.stdout.write(f"done {len(names)}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or [*READING, *CHANGING, *ENDING])
