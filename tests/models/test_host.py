"""The gateway's process as its host sees it: started when needed, again when killed, gone at the end.

litellm is a stub that cannot be imported: the process is up as quickly, and says so in each answer.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.models import GatewayClient, GatewayHost

BODY = {"model": "gemma-4-31b", "messages": [{"role": "user", "content": "x"}]}
ROOT = Path(__file__).parents[2]


def stub(folder: Path, package: str, text: str) -> str:
    """A package that stands in front of the installed one; gives the PYTHONPATH for it."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(text)
    return os.pathsep.join([str(folder), str(ROOT)])


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", stub(tmp_path / "stubs", "litellm", "raise ImportError('a stub')\n"))
    return tmp_path / "gateway.log"


@pytest.fixture
def host(log: Path) -> Iterator[GatewayHost]:
    host = GatewayHost(["--log", str(log)], log)
    yield host
    host.close()


def pid_of(host: GatewayHost) -> int:
    with urlopen(f"{host.url}/health", timeout=60) as response:
        pid: int = json.load(response)["pid"]
    return pid


def call(host: GatewayHost, token: str | None = None) -> tuple[int, str]:
    """Status and error code of a chat completion."""
    client = GatewayClient(host.url, token or host.token)
    reply = client.send(BODY, {}, 5)
    client.close()
    return reply.status, reply.body["error"]["code"]


def wait_for_end(pid: int) -> None:
    """Return when no process of this id is left."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 30)[0], "the process is still there"
    finally:
        os.close(descriptor)


def children() -> set[str]:
    threads = Path("/proc/self/task").iterdir()
    return {pid for thread in threads for pid in (thread / "children").read_text().split()}


def open_files() -> set[str]:
    folder = Path("/proc/self/fd")
    return {str(fd.readlink()) for fd in folder.iterdir() if fd.is_symlink()}


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, uses pidfds")


@linux
def test_no_process_before_somebody_connects(log: Path) -> None:
    before = children()
    host = GatewayHost([], log)
    assert children() == before
    host.close()
    assert children() == before
    assert not log.exists()


@linux
def test_a_life(host: GatewayHost) -> None:
    """The first calls start one process, a kill costs none of the next calls, and the token is needed."""
    with ThreadPoolExecutor(4) as pool:
        pids = set(pool.map(lambda _: pid_of(host), range(4)))
    assert len(pids) == 1
    assert call(host) == (500, "litellm_unavailable")
    assert call(host, "wrong") == (401, "invalid_token")
    (first,) = pids
    os.kill(first, signal.SIGKILL)
    assert call(host) == (500, "litellm_unavailable")
    assert pid_of(host) != first
    assert host.broken is None


@linux
def test_close_leaves_no_process_no_thread_and_no_open_file(log: Path) -> None:
    processes, files, threads = children(), open_files(), set(threading.enumerate())
    host = GatewayHost(["--log", str(log)], log)
    host.start_now()
    pid = pid_of(host)
    assert children() > processes
    host.close()
    host.close()
    wait_for_end(pid)
    assert children() == processes
    assert open_files() <= files  # others' may have been closed meanwhile, and others' threads have ended
    assert set(threading.enumerate()) <= threads
    with pytest.raises(GatewayError, match="ConnectionRefused"):
        call(host)


@linux
def test_start_now_starts_it_without_a_call(log: Path) -> None:
    before = children()
    host = GatewayHost([], log)
    host.start_now()
    while children() == before:
        assert host.broken is None
    host.close()
    assert children() == before


@linux
@pytest.mark.parametrize(
    ("package", "text"),
    [("aiohttp", "raise ImportError('multidict is broken')"), ("pydantic", "import os; os._exit(7)")],
)
def test_a_process_that_does_not_come_up_is_refused_and_says_why(
    package: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", stub(tmp_path, package, text))
    log = tmp_path / "gateway.log"
    host = GatewayHost([], log)
    host.start_now()
    with pytest.raises(GatewayError, match="does not answer"):
        call(host)
    host._thread.join(30)
    assert host.broken is not None
    assert host.broken.startswith("the gateway does not come up (status ")
    assert str(log) in host.broken
    assert "multidict is broken" in log.read_text() or package == "pydantic"
    host.close()


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    host = GatewayHost([], tmp_path / "none/gateway.log")
    with pytest.raises(GatewayError):
        call(host)
    host._thread.join(30)
    assert host.broken is not None
    assert "No such file or directory" in host.broken
    host.close()


def test_wrong_arguments_are_in_the_log(log: Path) -> None:
    host = GatewayHost(["--models", str(log.parent / "none.yaml")], log)
    with pytest.raises(GatewayError):
        call(host)
    assert "none.yaml:1:1: cannot be read: No such file or directory" in log.read_text()
    host.close()


@linux
def test_a_killed_controller_leaves_no_gateway(log: Path) -> None:
    program = """
import sys, time
from pathlib import Path
from pytest_agenttasks.models import GatewayHost
host = GatewayHost([], Path(sys.argv[1]))
print(host.url, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program, str(log)], stdout=subprocess.PIPE, cwd=ROOT) as controller:
        assert controller.stdout is not None
        url = controller.stdout.readline().decode().strip()
        with urlopen(f"{url}/health", timeout=60) as response:
            pid = json.load(response)["pid"]
        controller.kill()
    wait_for_end(pid)


@linux
def test_the_token_is_in_no_list_of_processes(host: GatewayHost) -> None:
    pid = pid_of(host)
    assert host.token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
