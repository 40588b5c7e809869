"""Packages, by metadata that lie on the path as installed ones do."""

from __future__ import annotations

import sys
from pathlib import Path

import packaging.requirements
import packaging.specifiers  # noqa: F401 - while the path holds nothing but metadata, it cannot be imported
import pytest

from pytest_agenttasks.packages import OURS, clashing, live_trouble, unmet, version_of


def install(folder: Path, package: str, version: str, *requires: str) -> None:
    """The metadata of a package, and nothing else of it."""
    lines = [f"Name: {package}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, "", ""]))


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path on which no package is installed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


@pytest.mark.parametrize(
    ("version", "mcp", "clashes"),
    [
        ("1.105.3", False, False),
        ("1.106.0", False, True),
        ("1.106.0", True, False),
        ("1.108.2", False, True),
        ("1.108.5", False, False),
        ("1.110.2", False, False),
    ],
)
def test_litellm_without_mcp(only: Path, version: str, mcp: bool, clashes: bool) -> None:
    install(only, "litellm", version)
    if mcp:
        install(only, "mcp", "2.3.0")
    stops, _ = live_trouble()
    assert [clash.package for clash in clashing()] == ["litellm"] * clashes
    assert ["each such call would fail" in line and line.endswith("pip install 'mcp>=1.10,<3'") for line in stops] == [
        True
    ] * clashes


def test_vcrpy_too_old_for_aiohttp_and_xdist_with_loadgroup(only: Path) -> None:
    for package, version in {"vcrpy": "8.0.0", "aiohttp": "3.14.5", "pytest": "9.2.0", "pytest-xdist": "3.8.0"}.items():
        install(only, package, version)
    assert [clash.package for clash in clashing()] == ["vcrpy", "pytest-xdist"]


def test_what_is_asked_for_and_not_there(only: Path) -> None:
    extra = "openhands-sdk<2,>=1.58; python_version >= '3.11' and extra == 'openhands'"
    old = "tomli; python_version < '3.11'"
    install(only, OURS, "0.1.0", "vcrpy<10,>=9", "mcp<3,>=1.10", "redis<9,>=5; extra == 'redis'", extra, old)
    install(only, "vcrpy", "10.0.1")
    install(only, "openhands-sdk", "1.50.0", "litellm<1.106")
    install(only, "litellm", "1.110.2")
    told = [str(one) for one in unmet(OURS, ("openhands", "redis"))]
    assert told == [
        f"{OURS} asks for vcrpy<10,>=9, and 10.0.1 is installed",
        f"{OURS} asks for mcp<3,>=1.10, and it is not installed",
        f"{OURS} asks for openhands-sdk<2,>=1.58, and 1.50.0 is installed",
    ]
    assert [str(one) for one in unmet("openhands-sdk")] == [
        "openhands-sdk 1.50.0 asks for litellm<1.106, and 1.110.2 is installed"
    ]
    mends = [one.mend for one in unmet(OURS)]
    assert mends[0] == f"{sys.executable} -m pip install 'vcrpy<10,>=9'"
    stops, odd = live_trouble()
    assert ["mcp" in line for line in stops] == [True]
    assert ["vcrpy" in line for line in odd] == [True]


def test_broken_metadata_are_no_version(only: Path) -> None:
    (only / "litellm-1.0.dist-info").mkdir()
    (only / "litellm-1.0.dist-info/METADATA").write_text("Name: litellm\n\n")
    assert version_of("litellm") == ""
    assert version_of("no-such") == ""
    assert list(unmet("no-such")) == []


def test_this_installation_is_well() -> None:
    assert live_trouble() == ([], [])
