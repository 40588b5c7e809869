"""The interpreter, the packages, and the pytest plugins that came along."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from pytest_agenttasks.doctor.finding import Finding, error, note, ok, warning
from pytest_agenttasks.doctor.patient import Patient
from pytest_agenttasks.health import unsupported
from pytest_agenttasks.packages import (
    EXTRAS,
    OURS,
    clashing,
    pip_install,
    requirements_of,
    unmet,
    version_of,
)

SHOWN = ("pytest", "pytest-xdist", "pytest-rerunfailures", "vcrpy", "litellm", "mcp", "openhands-sdk", "redis")
"""Packages whose versions are told: what a bug report needs."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A pytest plugin that gets in the way.

    Attributes:
        package: that brings it.
        name: as `-p no:NAME` says it.
        says: what it does to tasks.
    """

    package: str
    name: str
    says: str


SLOW = (
    Plugin("anyio", "anyio", "came along with another package; loading it slows every run"),
    Plugin("libtmux", "libtmux", "came along with openhands-tools; loading it slows every run"),
)
"""Plugins that nobody asked for: measured with OpenHands' packages, 0.8 s instead of 0.4 s for a trivial run."""


def python(_: Patient) -> Iterator[Finding]:
    """Version and platform."""
    if told := unsupported():
        yield error(told, "run it in WSL, on Linux or on macOS")
    version = platform.python_version()
    wanted = _wanted_python()
    if wanted and not _contains(wanted, version):
        yield error(f"Python {version} ({sys.executable}); needed is {wanted}", f"python3.12 -m pip install {OURS}")
    else:
        yield ok(f"Python {version} ({sys.executable}) on {platform.system()} {platform.machine()}")


def packages(_: Patient) -> Iterator[Finding]:
    """What this project asks for, and what those packages ask for."""
    found = [f"{name} {version}" for name in SHOWN if (version := version_of(name))]
    if not version_of(OURS):
        yield warning(f"{OURS} runs from a folder and is not installed: what it needs is not known", pip_install(OURS))
    yield ok(f"{OURS} {version_of(OURS) or '(not installed)'} with {', '.join(found)}")
    for one in unmet(OURS, EXTRAS):
        yield error(str(one), one.mend)
    asked = {requirement.name for requirement in requirements_of(OURS)}
    for package in sorted(asked):
        yield from (warning(str(one), one.mend) for one in unmet(package))


def clashes(patient: Patient) -> Iterator[Finding]:
    """Releases that are known not to work together."""
    for clash in clashing():
        if clash.option and str(patient.options.get(clash.option[0])) != clash.option[1]:
            continue
        yield error(f"{clash.package} {version_of(clash.package)} {clash.says}", clash.mend)


def plugins(patient: Patient) -> Iterator[Finding]:
    """Pytest plugins and options that get in the way of tasks."""
    loaded = patient.plugins if patient.plugins is not None else _installed_plugins()
    slow = [one for one in SLOW if one.name in loaded]
    for one in slow:
        yield note(f"the pytest plugin {one.name} {one.says}", f"addopts = -p no:{one.name}   # in pytest's ini")
    if patient.options.get("random_order_enabled"):
        yield note("--random-order: tasks start in random order, not by priority", "leave the option out")
    if str(patient.options.get("maxworkerrestart")) == "0":
        yield warning(
            "--max-worker-restart=0: the tasks that a dead worker had left vanish from the report",
            "leave the option out, or give 1 or more",
        )


def timeouts(patient: Patient) -> Iterator[Finding]:
    """pytest-timeout ends Python tests with agents before their limits do; task files are exempt from it."""
    timeout = float(patient.options.get("timeout") or 0)
    for node_id, plan in patient.plans.items():
        seconds = plan.task.spec.limits.seconds
        if 0 < timeout < seconds and node_id.partition("::")[0].endswith(".py"):
            yield warning(
                f"{node_id}: pytest-timeout ends it after {timeout:g} s, its own limit is {seconds:g} s",
                f"@pytest.mark.timeout({seconds + 60:.0f})   # above the test",
            )


def _installed_plugins() -> frozenset[str]:
    return frozenset(one.name for one in metadata.entry_points(group="pytest11"))


def _wanted_python() -> str:
    try:
        return str(metadata.metadata(OURS)["Requires-Python"] or "")
    except metadata.PackageNotFoundError:
        return ""


def _contains(versions: str, version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(versions).contains(version, prereleases=True)
