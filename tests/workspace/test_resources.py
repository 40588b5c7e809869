"""Commands that use too much are ended and say so; those that only look as if they did are not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import Isolation, Resources, Workspace, open_workspace
from pytest_agenttasks.workspace.disk import GRACE_BYTES
from tests.workspace.conftest import spec

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

Limited = Callable[..., Workspace]


@pytest.fixture
def limited(isolation: Isolation, tmp_path: Path) -> Iterator[Limited]:
    with ExitStack() as stack:

        def open_one(**limits: int) -> Workspace:
            given = Resources(**limits)
            return stack.enter_context(open_workspace(spec(), base=tmp_path, isolation=isolation, resources=given))

        yield open_one


def python(workspace: Workspace, code: str) -> CommandResult:
    return workspace.execute([sys.executable, "-I", "-S", "-c", f"import mmap, os, sys, threading, time\n{code}"])


def assert_ended(result: CommandResult, resource: str) -> None:
    assert (result.exceeded, result.exit_code, result.timed_out) == (resource, 137, False), result
    assert result.output.splitlines()[-1].startswith("[the command was ended: ")


@pytest.mark.parametrize(
    "code",
    [
        "kept = []\nwhile True: kept.append(bytearray(1 << 20))",
        "kept = mmap.mmap(-1, 8 << 30)\nwhile True: kept.write(b'x' * (1 << 20))",
        "for _ in range(5): pid = os.fork() and 0 or bytearray(40 << 20)\ntime.sleep(1000)",
    ],
    ids=["private", "shared", "in several processes"],
)
def test_memory(limited: Limited, code: str) -> None:
    assert_ended(python(limited(memory_mb=100), code), "memory")


def test_memory_that_is_reserved_or_shared_is_not_used(limited: Limited, tmp_path: Path) -> None:
    """As node, a JVM and a sanitizer reserve it, as forked workers share it, and as files are mapped."""
    code = (
        "reserved = mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\n"
        "kept = bytearray(60 << 20)\n"
        "with open('big', 'wb') as file: file.write(kept)\n"
        "with open('big', 'rb') as file: mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "seen = mapped[:]; del seen\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0: time.sleep(1000)\n"
        "time.sleep(0.5); print('done')"
    )
    result = python(limited(memory_mb=150), code)
    assert (result.output, result.exit_code, result.exceeded) == ("done\n", 0, None)


@pytest.mark.parametrize("command", [":(){ :|:& };:; sleep 1000", "while :; do (setsid sleep 1000 &); done"])
def test_processes(limited: Limited, command: str) -> None:
    assert_ended(limited(processes=60).execute(command), "processes")


def test_threads(limited: Limited) -> None:
    code = (
        "while True:\n"
        "    try: threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        "    except RuntimeError: time.sleep(0.1)"
    )
    assert_ended(python(limited(processes=60), code), "processes")


@pytest.mark.parametrize("command", ["yes > big", "truncate -s 1T big", "yes | dd of=big 2>/dev/null"])
def test_the_size_of_a_file(limited: Limited, command: str) -> None:
    workspace = limited(file_mb=1)
    result = workspace.execute(command)
    assert result.exit_code != 0
    assert (workspace.path / "big").stat().st_size <= 1 << 20
    if result.exceeded is not None:
        assert (result.exceeded, result.exit_code) == ("file size", 153)
        assert "it wrote a file of more than 1 MiB" in result.output


def test_a_program_that_is_killed_for_a_file_says_so(limited: Limited) -> None:
    assert limited(file_mb=1).execute("exec yes > big").exceeded == "file size"


def test_no_file_of_the_limit_is_too_big(limited: Limited) -> None:
    assert limited(file_mb=1).execute("head -c 1048576 /dev/zero > big").exit_code == 0


FILL = "i=0; while :; do head -c 2097152 /dev/zero > {}/$i; i=$((i+1)); done"


@pytest.mark.parametrize("place", [".", "$TMPDIR", "$HOME"])
def test_many_files(limited: Limited, place: str) -> None:
    assert_ended(limited(disk_mb=20).execute(FILL.format(place)), "disk")


def test_files_that_were_deleted_and_are_open(limited: Limited) -> None:
    code = (
        "kept = []\n"
        "while True:\n"
        "    kept.append(open('x', 'wb')); os.unlink('x'); kept[-1].write(b'x' * (2 << 20)); kept[-1].flush()"
    )
    assert_ended(python(limited(disk_mb=20), code), "disk")


def test_files_in_a_folder_that_nobody_may_read(limited: Limited) -> None:
    command = "mkdir -p a/b; cd a/b; chmod 300 ..; " + FILL.format(".")
    assert_ended(limited(disk_mb=20).execute(command), "disk")


def test_other_peoples_files_do_not_count(limited: Limited, tmp_path: Path) -> None:
    """They are on the same disk."""
    workspace = limited(disk_mb=20)
    with (tmp_path / "other").open("wb") as file:
        file.write(bytes(60 << 20))
    result = workspace.execute("echo a > a; sleep 0.3; echo done")
    assert (result.output, result.exceeded) == ("done\n", None)


def test_a_full_workspace_can_be_cleared_up(limited: Limited) -> None:
    workspace = limited(disk_mb=20)
    assert workspace.execute(FILL.format(".")).exceeded == "disk"
    assert workspace.execute("echo a little > more; sleep 0.2; rm -f [0-9]*; cat more").output == "a little\n"
    assert_ended(workspace.execute(FILL.format(".")), "disk")


def test_a_full_workspace_gets_no_fuller(limited: Limited) -> None:
    workspace = limited(disk_mb=20)
    assert workspace.execute(FILL.format(".")).exceeded == "disk"
    held = sum(file.stat().st_size for file in workspace.path.iterdir())
    (workspace.path / "more").mkdir()
    assert_ended(workspace.execute(FILL.format("more")), "disk")
    assert held > 20 << 20 > GRACE_BYTES


@pytest.mark.parametrize("name", ["memory_mb", "processes", "file_mb", "disk_mb"])
def test_a_limit_is_positive(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0, but must be positive"):
        Resources(**{name: 0})


NORMAL = {
    "git": "git init -q . && echo a > a && git add . && git commit -qm a && git gc -q && git log --oneline",
    "node": "node -e 'console.log(new Array(1e6).fill(1).length)'",
    "java": "java -version",
    "pytest": "echo 'def test(): pass' > test_a.py && python -m pytest -q -p no:cacheprovider",
}


@pytest.mark.parametrize("tool", NORMAL)
def test_normal_work_meets_no_limit(limited: Limited, tool: str) -> None:
    if shutil.which(tool, path="/usr/local/bin:/usr/bin:/bin") is None and tool != "pytest":
        pytest.skip(f"{tool} is not installed")
    result = limited().execute(NORMAL[tool])
    assert (result.exit_code, result.exceeded) == (0, None), result.output
