"""The program that runs one command without a sandbox, and leaves no process of it behind.

Started as a script, `python -I -S supervisor.py PARENT_PID STATUS_FD COMMAND…`; so it imports nothing of
the project, and only what is quick to import. It ends the command, and on Linux everything that descends
from it, when the command ends, when stdin ends (the caller's wish), or when the caller is gone.
Writes the exit code (128 + n for signal n) to STATUS_FD.

On Linux it is a child subreaper (prctl(2)): daemons become its children instead of init's, and cannot escape.
On macOS there is no such thing: the command's process group is killed, a daemon in its own session stays.
"""

# pathlib and contextlib would cost every command a few milliseconds.
# ruff: noqa: PTH123, PTH208, SIM105

import os
import select
import sys
import time

LINUX = sys.platform == "linux"
SIGKILL = 9
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
POLL_MILLISECONDS = 50  # where there are no pidfds: macOS, Linux before 5.3
GIVE_UP_SECONDS = 5.0  # for processes that cannot be killed: another user's, or stuck in the kernel


def main(parent: int, status_fd: int, command: list[str]) -> None:
    """Run the command to its end."""
    os.set_inheritable(status_fd, False)
    if LINUX:
        become_subreaper()
    child = start(command)
    code = wait(child, parent)
    kill_all(child)
    os.write(status_fd, b"%d" % code)


def become_subreaper() -> None:
    """Have orphaned descendants handed to this process."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(command: list[str]) -> int:
    """Start the command in its own process group, with stdin empty and default signals."""
    nothing = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
    # Python ignores SIGPIPE (13) and SIGXFSZ (25 on Linux and macOS), and the ignoring would be inherited.
    return os.posix_spawnp(command[0], command, os.environ, file_actions=nothing, setpgroup=0, setsigdef=[13, 25])


def wait(child: int, parent: int) -> int:
    """Return the exit code of the command, or 137 if it has to be killed."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    timeout = None if watch(poll, child) and watch(poll, parent) else POLL_MILLISECONDS
    while os.getppid() == parent:
        ready = poll.poll(timeout)
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if any(fd == 0 for fd, _ in ready):
            break
    return 128 + SIGKILL


def watch(poll: "select.poll", pid: int) -> bool:
    """Have the poll return when the process ends; False where the system cannot."""
    try:
        poll.register(os.pidfd_open(pid), select.POLLIN)
    except (AttributeError, OSError):
        return False
    return True


def kill_all(group: int) -> None:
    """Kill the command's process group, then whatever descends from here until nothing does."""
    signal_quietly(-group)
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < deadline:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in descendants() if LINUX else ():
            signal_quietly(pid)
        time.sleep(0.001)


def signal_quietly(pid: int) -> None:
    """Send SIGKILL; a process that is gone or another user's does not matter."""
    try:
        os.kill(pid, SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def descendants() -> list[int]:
    """Return the ids of all processes that descend from this one."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # "pid (name) state parent …"; the name may hold anything, ')' included: proc(5)
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(name))
    found = list(children.get(os.getpid(), ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    os._exit(0)
