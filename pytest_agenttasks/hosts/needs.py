"""Whether a machine can do the tasks of this run, by what it tells of itself."""

from __future__ import annotations

import platform
from typing import Any

from pytest_agenttasks import __version__
from pytest_agenttasks.hosts.specs import Host

PLUGIN = "pytest-agenttasks"


def unfit(host: Host, there: dict[str, Any]) -> str | None:
    """Why it cannot, and what to do; None if it can.

    Args:
        host: the machine.
        there: what `surroundings` gave there.
    """
    python, versions, folder = there["python"], there["versions"], there["folder"]
    executable = f"{there['executable']} on host {host}"
    if _minor(python) != _minor(platform.python_version()):
        return (
            f"{executable} is Python {python}, here it is {platform.python_version()}; name the same one with python="
        )
    for package in (PLUGIN, "pytest", "pytest-xdist"):
        if package not in versions:
            return f"{executable} has no {package}; install it there, or name the right interpreter with python="
    if versions[PLUGIN] != __version__:
        return f"{executable} has {PLUGIN} {versions[PLUGIN]}, here it is {__version__}; install the same one"
    if there["absent"]:
        return (
            f"{folder} on host {host} has no {', '.join(there['absent'])}; chdir= of --px must name the folder of a "
            "working copy that answers to this one, and paths must be relative to it"
        )
    if there["gateway"]:
        return f"host {host}: {there['gateway']}; tasks there could not ask models"
    return None


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
