"""Run by execnet on another machine before xdist starts a worker there: tells what that machine has.

Gets, and gives, a dict of plain values. Whatever Python is there must be able to run it, with or without this package.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

PACKAGES = ("pytest-agenttasks", "pytest", "pytest-xdist")


def surroundings(asked: dict[str, Any]) -> dict[str, Any]:
    """What is here.

    Args:
        asked: `names`, relative paths that the command line and the project depend on; `gateway`, URL and token, or
            None where none is asked.

    Returns:
        `python`, its version; `versions` of `PACKAGES`, of those that are installed; `folder`; `absent` ones of the
        names; `gateway`, why it cannot be asked, empty if it can.
    """
    versions = _versions()
    gateway = asked["gateway"]
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "versions": versions,
        "folder": os.getcwd(),  # noqa: PTH109
        "absent": [name for name in asked["names"] if not os.path.exists(name)],  # noqa: PTH110
        "gateway": _trouble(*gateway) if gateway and "pytest-agenttasks" in versions else "",
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _trouble(url: str, token: str) -> str:
    from pytest_agenttasks.exceptions import GatewayError
    from pytest_agenttasks.models import GatewayClient

    try:
        GatewayClient(url, token).check()
    except GatewayError as error:
        return str(error)
    return ""


if __name__ == "__channelexec__":
    channel.send(surroundings(channel.receive()))  # type: ignore[name-defined]  # noqa: F821
