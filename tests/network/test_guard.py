"""What the guard refuses, whoever asks, and whom it leaves alone. No packet leaves: each test asks for TEST-NET-1."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import http.client
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import NetworkError
from pytest_agenttasks.network import Guard, Hosts, free

AWAY = "192.0.2.1"
"""Of the network that RFC 5737 keeps for documentation: nobody is there."""

AWAY_6 = "2001:db8::1"
NOBODY = "example.invalid"
"""A name that never exists (RFC 6761)."""

HERE = Path(__file__)
SECONDS = 0.2
"""How long a client waits that nobody refused."""


def reach(host: str, port: int = 9) -> None:
    """Connect a datagram socket: no packet leaves, guard or not."""
    with sock(kind=socket.SOCK_DGRAM) as client, contextlib.suppress(OSError):  # without any network there is no route
        client.connect((host, port))


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard(Hosts(), HERE.parent) as guard:
        yield guard


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def by_urllib(host: str) -> None:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{host}/", timeout=SECONDS)


def by_http_client(host: str) -> None:
    http.client.HTTPConnection(host, 80, timeout=SECONDS).request("GET", "/")


def by_requests(host: str) -> None:
    requests = pytest.importorskip("requests")
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"http://{host}/", timeout=SECONDS)


def by_httpx(host: str) -> None:
    httpx = pytest.importorskip("httpx")
    httpx.get(f"http://{host}/", timeout=SECONDS, trust_env=False)


def by_httpx_async(host: str) -> None:
    httpx = pytest.importorskip("httpx")

    async def get() -> None:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            await client.get(f"http://{host}/")

    asyncio.run(get())


def by_aiohttp(host: str) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def get() -> None:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(f"http://{host}/"):
            pass

    asyncio.run(get())


def by_asyncio(host: str) -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(host, 80), SECONDS))


def by_create_connection(host: str) -> None:
    socket.create_connection((host, 80), timeout=SECONDS)


def by_a_thread(host: str) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(by_create_connection, host).result()


CLIENTS = [
    by_urllib, by_http_client, by_requests, by_httpx, by_httpx_async, by_aiohttp, by_asyncio, by_create_connection,
    by_a_thread,
]  # fmt: skip


def sock(family: socket.AddressFamily = socket.AF_INET, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    made = socket.socket(family, kind)
    made.settimeout(SECONDS)
    return made


RAW: dict[str, Callable[[], object]] = {
    f"connection to {AWAY}:9": lambda: sock().connect((AWAY, 9)),
    f"connection to {AWAY}:8": lambda: sock().connect_ex((AWAY, 8)),
    f"connection to [{AWAY_6}]:9": lambda: sock(socket.AF_INET6).connect((AWAY_6, 9)),
    f"connection to [::ffff:{AWAY}]:9": lambda: sock(socket.AF_INET6).connect((f"::ffff:{AWAY}", 9)),
    f"connection to {AWAY}:7": lambda: sock(kind=socket.SOCK_DGRAM).connect((AWAY, 7)),
    f"connection to {AWAY}:6": lambda: sock(kind=socket.SOCK_DGRAM).sendto(b"x", (AWAY, 6)),
    f"connection to {AWAY}:5": lambda: sock(kind=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, (AWAY, 5)),
    "connection to <broadcast>:4": lambda: sock(kind=socket.SOCK_DGRAM).sendto(b"x", ("<broadcast>", 4)),
    f"lookup of {NOBODY}:443": lambda: socket.getaddrinfo(NOBODY, 443),
    f"lookup of {NOBODY}:https": lambda: socket.getaddrinfo(NOBODY.encode(), b"https"),
    f"lookup of {NOBODY}": lambda: socket.gethostbyname(NOBODY),
    f"lookup of {NOBODY[1:]}": lambda: socket.gethostbyname_ex(NOBODY[1:]),
    f"lookup of the name of {NOBODY}": lambda: socket.gethostbyaddr(NOBODY),
    f"lookup of the name of {AWAY}": lambda: socket.gethostbyaddr(AWAY),
    f"lookup of the name of {AWAY_6}": lambda: socket.getnameinfo((AWAY_6, 80), 0),
}


class TestRefused:
    """Nothing leaves the machine."""

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("host", [AWAY, "example.invalid"])
    def test_every_client(self, client: Callable[[str], None], host: str, guard: Guard) -> None:
        with pytest.raises((NetworkError, ExceptionGroup)):  # anyio puts it into a group
            client(host)
        what = f"connection to {AWAY}:80" if host == AWAY else "lookup of example.invalid:(80|http)"
        told = f"no network in a replay: {what} refused, from test_guard.py:\\d+( \\(in another thread\\))?"
        assert re.fullmatch(told, str(guard.trespass).splitlines()[0])

    @pytest.mark.usefixtures("guard")
    @pytest.mark.parametrize("what", RAW)
    def test_sockets_and_lookups_of_ones_own(self, what: str) -> None:
        with pytest.raises(NetworkError, match=f"^no network in a replay: {re.escape(what)} refused, from"):
            RAW[what]()

    @pytest.mark.usefixtures("guard")
    def test_what_to_do_is_told(self) -> None:
        with pytest.raises(NetworkError) as caught:
            socket.gethostbyname("example.invalid")
        text = str(caught.value)
        assert "workspace.network" in text
        assert "--agent-cassettes=live" in text
        assert "agenttasks_allow_hosts = example.invalid" in text

    def test_the_first_attempt_stays_also_if_it_is_swallowed(self, guard: Guard) -> None:
        for port in (1, 2):
            with pytest.raises(NetworkError):
                sock().connect((AWAY, port))
        assert f"{AWAY}:1 " in str(guard.trespass)


class TestAllowed:
    """This machine, and what the project allows."""

    @pytest.mark.usefixtures("guard")
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "0.0.0.0", b"127.0.0.1", None])
    def test_loopback_over_ip_4(self, host: str, server: tuple[str, int]) -> None:
        for found in socket.getaddrinfo(host, server[1], socket.AF_INET, socket.SOCK_STREAM):
            with sock() as client:
                client.connect(found[4])

    @pytest.mark.usefixtures("guard")
    def test_loopback_over_ip_6(self) -> None:
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error}")
        with listener, socket.create_connection(listener.getsockname()[:2], timeout=5):
            pass

    @pytest.mark.usefixtures("guard")
    def test_datagrams_on_loopback(self) -> None:
        with sock(kind=socket.SOCK_DGRAM) as one, sock(kind=socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            one.sendto(b"x", other.getsockname())
            one.connect(other.getsockname())
            one.sendmsg([b"y"])
            assert [other.recv(9), other.recv(9)] == [b"x", b"y"]

    @pytest.mark.usefixtures("guard")
    def test_sockets_in_the_file_system(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            client.connect(str(tmp_path / "s"))

    @pytest.mark.usefixtures("guard")
    def test_numbers_are_looked_up_without_a_name_server(self) -> None:
        assert socket.getaddrinfo(AWAY, 80, type=socket.SOCK_STREAM)[0][4] == (AWAY, 80)
        assert socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST)[0] == "127.0.0.1"

    def test_the_name_of_this_machine(self, guard: Guard) -> None:
        socket.getfqdn()
        assert guard.trespass is None

    @pytest.mark.parametrize("allowed", [AWAY, "192.0.2.0/24", "*"])
    def test_hosts_of_the_project(self, allowed: str) -> None:
        with Guard(Hosts([allowed]), HERE) as guard:
            reach(AWAY)
        assert guard.trespass is None

    def test_one_host_is_not_all(self) -> None:
        with Guard(Hosts(["192.0.2.2", "192.0.3.0/24", "2001:db8::/32"]), HERE), pytest.raises(NetworkError):
            sock().connect((AWAY, 9))


class TestWho:
    """Only the code of replayed tasks is held."""

    def test_nobody_when_no_guard_is_on(self) -> None:
        with Guard(Hosts(), HERE) as guard:
            pass
        reach(AWAY)
        assert guard.trespass is None

    def test_not_what_is_free_inside(self, guard: Guard) -> None:
        with free():
            reach(AWAY)
        with Guard(None, HERE):
            reach(AWAY)
        assert guard.trespass is None

    def test_a_guard_inside_another_decides_and_both_remember(self, guard: Guard) -> None:
        with free(), Guard(Hosts(["192.0.2.9"]), HERE) as alone, pytest.raises(NetworkError):
            socket.gethostbyname(NOBODY)
        assert (alone.trespass is not None, guard.trespass) == (True, None)
        with Guard(Hosts(["192.0.2.9"]), HERE) as inner:
            reach("192.0.2.9")
            with pytest.raises(NetworkError):
                reach(AWAY)
        assert inner.trespass is guard.trespass is not None

    def test_a_thread_that_was_there_before_is_free_and_one_of_the_task_is_not(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as before, concurrent.futures.ThreadPoolExecutor(1) as tasks:
            before.submit(threading.get_ident).result()
            for _ in range(2):  # the second time the task's thread is older than the guard
                with Guard(Hosts(), HERE.parent) as guard:
                    before.submit(reach, AWAY).result()
                    assert guard.trespass is None
                    with pytest.raises(NetworkError):
                        tasks.submit(reach, AWAY).result()
                    assert guard.trespass is not None
                tasks.submit(reach, AWAY).result()

    def test_tasks_in_threads_are_told_apart(self) -> None:
        together = threading.Barrier(2, timeout=30)

        def work(guard: Guard, port: int) -> None:
            with guard:
                together.wait()
                with contextlib.suppress(NetworkError):
                    reach(AWAY, port)
                together.wait()

        replayed, live = Guard(Hosts(), HERE), Guard(None, HERE)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, replayed, 1), pool.submit(work, live, 2)]:
                done.result()
        assert (f"{AWAY}:1" in str(replayed.trespass), live.trespass) == (True, None)

    def test_the_hook_is_added_with_the_first_guard_only(self) -> None:
        script = (
            "import sys; added = []; sys.addaudithook(lambda event, _: added.append(event))\n"
            "from pathlib import Path; from pytest_agenttasks.network import Guard, Hosts\n"
            "hooks = lambda: added.count('sys.addaudithook')\n"
            "with Guard(None, Path()): print(hooks())\n"
            "with Guard(Hosts(['*']), Path()): print(hooks())\n"
            "for _ in range(2):\n"
            "    with Guard(Hosts(), Path()): print(hooks())\n"
        )
        told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert told.stdout.split() == ["0", "0", "1", "1"]


class TestBlind:
    """What the docs say that the guard does not see."""

    def test_the_c_library_called_by_itself(self, guard: Guard) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "connect") or sys.platform != "linux":
            pytest.skip("the layout of addresses is Linux's")
        address = socket.AF_INET.to_bytes(2, sys.byteorder) + (9).to_bytes(2, "big") + socket.inet_aton(AWAY) + bytes(8)
        with sock(kind=socket.SOCK_DGRAM) as client:
            libc.connect(client.fileno(), address, len(address))
        assert guard.trespass is None

    def test_a_name_given_to_a_socket_itself_is_looked_up_first(self, guard: Guard) -> None:
        """Python resolves the name before it raises its event; the lookup may leave, the connection may not."""
        with pytest.raises(socket.gaierror):
            sock().connect((f"{'x' * 64}.invalid", 80))  # no resolver asks a server for a label of 64 letters
        assert guard.trespass is None

    def test_a_process_that_the_code_starts(self, guard: Guard) -> None:
        script = f"import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('{AWAY}', 9))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert "NetworkError" not in done.stderr
        assert guard.trespass is None
