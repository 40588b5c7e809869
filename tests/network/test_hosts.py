"""Which hosts are this machine, and which a project allows."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import pytest

from pytest_agenttasks.network import Hosts

HERE = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "localhost", "LocalHost.", ""]
AWAY = ["192.0.2.1", "10.0.0.1", "169.254.169.254", "2001:db8::1", "fe80::1%lo", "::ffff:192.0.2.1", "example.com",
        "localhost.example.com", "127.0.0.1.example.com", "224.0.0.1", "255.255.255.255", "2130706433"]  # fmt: skip


def nowhere(name: str) -> Iterable[str]:
    raise AssertionError(f"{name} is looked up")


@pytest.mark.parametrize("host", [*HERE, socket.gethostname()])
def test_this_machine(host: str) -> None:
    assert Hosts().may_reach(host, nowhere)
    assert Hosts().may_look_up(host)


@pytest.mark.parametrize("host", AWAY)
def test_elsewhere(host: str) -> None:
    assert not Hosts().may_reach(host, nowhere)


def test_numbers_need_no_name_server() -> None:
    assert [name for name in AWAY if not Hosts().may_look_up(name)] == [
        "example.com", "localhost.example.com", "127.0.0.1.example.com", "2130706433"
    ]  # fmt: skip


def test_a_name_is_allowed_with_the_addresses_that_it_has_now() -> None:
    hosts, asked = Hosts(["API.example.com"]), []

    def look_up(name: str) -> list[str]:
        asked.append(name)
        return [f"192.0.2.{len(asked)}"]

    assert hosts.may_look_up("api.example.com.")
    assert not hosts.may_look_up("www.example.com")
    assert [hosts.may_reach(f"192.0.2.{last}", look_up) for last in (1, 1, 2, 1, 9)] == [True, True, True, True, False]
    assert asked == ["api.example.com"] * 3


@pytest.mark.parametrize("allowed", ["192.0.2.0/24", "192.0.2.1/24", "192.0.2.7"])
def test_addresses_and_networks(allowed: str) -> None:
    hosts = Hosts([allowed, "2001:db8::/32", "[::2]"])
    assert hosts.may_reach("192.0.2.7", nowhere)
    assert hosts.may_reach("2001:db8::9", nowhere)
    assert hosts.may_reach("::2", nowhere)
    assert not hosts.may_reach("192.0.3.7", nowhere)


@pytest.mark.parametrize("wrong", ["https://example.com", "example.com:443", "10.0.0.0/99", "*.example.com", ""])
def test_what_is_no_host_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected the name of a host, an address, a network, or \\*"):
        Hosts([wrong])
