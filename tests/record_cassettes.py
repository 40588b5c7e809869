"""Record the shipped cassettes: `python -m tests.record_cassettes`, from the root of the checkout.

Starts the scripted provider and lets pytest do all shipped tasks against it, once for each preset of `PRESETS`.
Exits with 1 where any task of any preset did not pass; the cassettes of those that did are recorded all the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from pytest_agenttasks.spec import load_tasks
from tests.provider import Provider
from tests.scripted import TASKS, VARIANTS, ScriptedModel, load_scripts

PRESETS = tuple(VARIANTS.values())
NOTE = "recorded against the project's scripted provider (tests/scripted.py), not a real model"


def main() -> int:
    """Record for all presets; return the exit code."""
    with Provider(ScriptedModel(load_scripts())) as provider:
        recorded = [record(preset, provider.base) for preset in PRESETS]
    return 0 if all(recorded) else 1


def record(preset: str, base: str) -> bool:
    """Record all tasks with a preset; return whether every one of them passed."""
    known = {
        "OPENROUTER_API_BASE": base,
        "OPENROUTER_API_KEY": "the-scripted-provider-takes-any-key",
        "AGENTTASKS_CASSETTE_NOTE": NOTE,
        "AGENTTASKS_STATE": "memory",
    }
    expected = sum(len(load_tasks(path)) for path in TASKS.glob("*.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["--model-preset", preset, "--agent-cassettes=record", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", f"{TASKS.name}/", "-n", "2", *options]
        done = subprocess.run(command, cwd=TASKS.parent, env={**os.environ, **known}, check=False)
        passed = count_passed(report) if report.is_file() else 0
    sys.stdout.write(f"{preset}: {passed} of {expected} passed\n")
    return done.returncode == 0 and passed == expected


def count_passed(report: Path) -> int:
    """How many tests passed, by a JUnit XML file."""
    cases = ElementTree.parse(report).iter("testcase")
    return sum(all(case.find(bad) is None for bad in ("failure", "error", "skipped")) for case in cases)


if __name__ == "__main__":
    sys.exit(main())
