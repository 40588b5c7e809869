"""Which hosts are this machine, and which others a project allows."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")


class Hosts:
    """Hosts that a replay may reach besides this machine.

    Attributes:
        everything: whether no host is refused.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Of names, addresses and networks (`10.0.0.0/8`); `*`: all.

        Raises:
            ValueError: one is none of these.
        """
        given = set(allowed)
        self.everything = "*" in given
        self._networks: list[Network] = []
        self._names: set[str] = set()
        self._found: set[Address] = set()
        for one in given - {"*"}:
            self._add(one)

    def may_look_up(self, name: str) -> bool:
        """Whether a name may be resolved: this machine's, or an allowed one. A number asks no name server."""
        host = _plain(name)
        return self._knows(host) or _address(host) is not None

    def may_reach(self, host: str, look_up: Callable[[str], Iterable[str]]) -> bool:
        """Whether an address may be connected to, or a name that the C library resolves on the way.

        Args:
            host: of either kind; empty: any address of this machine.
            look_up: gives the addresses of an allowed name, on the real network.
        """
        address = _address(_plain(host))
        if address is None:
            return self._knows(_plain(host))
        if _is_here(address) or any(address in network for network in self._networks):
            return True
        if address not in self._found:  # of many a name the addresses change by the minute
            self._found |= {found for name in self._names for one in look_up(name) if (found := _address(one))}
        return address in self._found

    def _knows(self, name: str) -> bool:
        return name in ("", "localhost") or name in self._names or name == _plain(socket.gethostname())

    def _add(self, one: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(one.strip("[]"), strict=False))
        except ValueError:
            if not _NAME.fullmatch(one):
                raise ValueError(f"{one}: expected the name of a host, an address, a network, or *") from None
            self._names.add(_plain(one))


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_here(address: Address) -> bool:
    """Loopback, and the unspecified address, by which one's own servers are reached."""
    return address.is_loopback or address.is_unspecified
