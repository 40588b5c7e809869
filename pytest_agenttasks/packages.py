"""Installed packages: against what this project asks for, and against what is known not to work together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OURS = "pytest-agenttasks"
EXTRAS = ("openhands", "redis")
"""Extras for users. Their packages may be missing; where they are there, their versions count."""
FOR_CALLS = ("litellm", "mcp", "aiohttp", "vcrpy")
"""Packages that a replay does without, and a call or its recording does not."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A release that does not work with what is beside it.

    Attributes:
        package: whose release it is.
        versions: version specifiers (PEP 440); any of them.
        beside: package and versions that it does not work with; empty: whatever is there.
        without: package that it needs and does not ask for.
        option: option of pytest and its value with which it shows.
        live: whether it only shows where models are asked.
        says: what goes wrong.
        mend: what to install, or to do.
        source: how that is known.
    """

    package: str
    versions: tuple[str, ...]
    says: str
    mend: str
    source: str
    beside: tuple[str, str] | None = None
    without: str = ""
    option: tuple[str, str] | None = None
    live: bool = False


CLASHES = (
    Clash(
        "litellm",
        (">=1.106,<1.107", ">=1.108,<1.108.5"),
        "imports mcp as soon as a call carries tools, and it is not installed: each such call would fail",
        "pip install 'mcp>=1.10,<3'",
        "run with 1.106.x, 1.108.0–1.108.2, 1.108.5",
        without="mcp",
        live=True,
    ),
    Clash(
        "vcrpy",
        ("<9",),
        "cannot patch aiohttp 3.14: whoever opens a cassette with it fails",
        "pip install 'vcrpy>=9,<10'",
        "run with 8.x",
        beside=("aiohttp", ">=3.14"),
    ),
    Clash(
        "pytest-xdist",
        ("==3.8.0",),
        "does not group tests with --dist loadgroup under pytest 9.2, and does not say so",
        "choose another --dist",
        "run with 3.8.0 and 9.2.0",
        beside=("pytest", ">=9.2,<9.3"),
        option=("dist", "loadgroup"),
    ),
)
"""Known clashes. A package's own caps are not in here: they are read from what it asks for."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement that is not met.

    Attributes:
        by: who asks.
        wanted: such as `vcrpy<10,>=9`.
        installed: version that is there; empty where it is missing.
    """

    by: str
    wanted: str
    installed: str = ""

    def __str__(self) -> str:
        found = f"{self.installed} is installed" if self.installed else "it is not installed"
        return f"{self.by} asks for {self.wanted}, and {found}"

    @property
    def mend(self) -> str:
        """The command."""
        return pip_install(self.wanted)


def live_trouble() -> tuple[list[str], list[str]]:
    """What would make every call fail, and what may: one line each, with what mends it."""
    stops = [
        f"{clash.package} {version_of(clash.package)} {clash.says}: {clash.mend}" for clash in clashing() if clash.live
    ]
    odd = [one for one in unmet(OURS) if one.wanted.startswith(FOR_CALLS)]
    stops += [f"{one}: {one.mend}" for one in odd if not one.installed]
    return stops, [f"{one}: {one.mend}" for one in odd if one.installed]


def pip_install(*wanted: str) -> str:
    """The command that installs for this interpreter."""
    import shlex

    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])


def version_of(package: str) -> str:
    """The installed version; empty where it is missing, or its metadata are broken."""
    try:
        return metadata.version(package) or ""
    except (metadata.PackageNotFoundError, KeyError):
        return ""


def unmet(package: str, extras: tuple[str, ...] = ()) -> Iterator[Unmet]:
    """What a package asks for and does not get. What is only asked for by an extra may be missing.

    Args:
        package: an installed one; of one that is missing nothing is known.
        extras: whose requirements count as well.
    """
    for requirement in requirements_of(package):
        always = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        by_extra = requirement.marker and any(requirement.marker.evaluate({"extra": one}) for one in extras)
        if not always and not by_extra:
            continue
        installed = version_of(requirement.name)
        fits = requirement.specifier.contains(installed, prereleases=True) if installed else not always
        if not fits:
            wanted = f"{requirement.name}{requirement.specifier}"
            yield Unmet(_with_version(package), wanted, installed)


def requirements_of(package: str) -> list[Requirement]:
    """What its metadata ask for; nothing where they are missing."""
    from packaging.requirements import Requirement

    try:
        return [Requirement(line) for line in metadata.requires(package) or ()]
    except metadata.PackageNotFoundError:
        return []


def clashing() -> Iterator[Clash]:
    """Known clashes of what is installed here, whether or not their option is given."""
    return (clash for clash in CLASHES if _is_here(clash))


def _is_here(clash: Clash) -> bool:
    if not any(_fits(clash.package, versions) for versions in clash.versions):
        return False
    if clash.beside and not _fits(*clash.beside):
        return False
    return not (clash.without and version_of(clash.without))


def _fits(package: str, versions: str) -> bool:
    from packaging.specifiers import SpecifierSet

    installed = version_of(package)
    return bool(installed) and SpecifierSet(versions).contains(installed, prereleases=True)


def _with_version(package: str) -> str:
    return package if package == OURS else f"{package} {version_of(package)}"
