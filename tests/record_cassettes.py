"""Record the shipped cassettes: `python -m tests.record_cassettes [tasks|openhands] [FILE …]`, from the checkout's root.

Starts the scripted provider and lets pytest do a set of shipped tasks against it, once for each of its presets: those
of `tasks/` if no other set is named, or those of `examples/openhands/`, which need the extra `openhands`. Of a set all
tasks are done, or those of the task files that are named, such as `refactoring`.
Exits with 1 where any task of any preset did not pass; the cassettes of those that did are recorded all the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pytest_agenttasks.spec import load_tasks
from tests.provider import Provider
from tests.scripted import HERE, SCRIPTS, TASKS, VARIANTS, ScriptedModel, load_scripts

PRESETS = tuple(VARIANTS.values())
NOTE = "recorded against the project's scripted provider (tests/scripted.py), not a real model"

UNLIMITED = 'quotas: {openrouter-free: {presets: ["openrouter/*:free"], scope: account, rpm: 6000}}\n'
"""The scripted provider has no pace to keep."""


@dataclass(frozen=True)
class Shipped:
    """A set of shipped tasks.

    Attributes:
        tasks: their folder, in the root of their project.
        scripts: what the scripted model does on them.
        presets: on which they are recorded.
    """

    tasks: Path
    scripts: Path
    presets: tuple[str, ...]


SETS = {
    "tasks": Shipped(TASKS, SCRIPTS, PRESETS),
    "openhands": Shipped(HERE.parent / "examples/openhands/tasks", HERE / "scripts_openhands", PRESETS[:1]),
}


def main() -> int:
    """Record a set for all of its presets; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.record_cassettes", description="Record shipped cassettes.")
    parser.add_argument("set", nargs="?", choices=SETS, default="tasks", help="which tasks; default: %(default)s")
    parser.add_argument("files", nargs="*", metavar="FILE", help="stems of task files; default: all of the set")
    asked = parser.parse_args()
    shipped = SETS[asked.set]
    files = [shipped.tasks / f"{name}.yaml" for name in asked.files] or sorted(shipped.tasks.glob("*.yaml"))
    with Provider(ScriptedModel(load_scripts(shipped.tasks, shipped.scripts))) as provider:
        recorded = [record(files, preset, provider.base) for preset in shipped.presets]
    return 0 if all(recorded) else 1


def record(files: list[Path], preset: str, base: str) -> bool:
    """Record all tasks of files in one folder with a preset; return whether every one of them passed."""
    project = files[0].parent.parent
    known = {
        "OPENROUTER_API_BASE": base,
        "OPENROUTER_API_KEY": "the-scripted-provider-takes-any-key",
        "AGENTTASKS_CASSETTE_NOTE": NOTE,
        "AGENTTASKS_STATE": "memory",
    }
    expected = sum(len(load_tasks(path)) for path in files)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        models = Path(folder) / "models.yaml"
        models.write_text((project / "models.yaml").read_text("utf-8") + UNLIMITED, "utf-8")
        options = ["--model-preset", preset, "--agent-cassettes=record", f"--junitxml={report}"]
        options += ["-o", f"agenttasks_models={models}"]
        named = [str(path.relative_to(project)) for path in files]
        command = [sys.executable, "-m", "pytest", *named, "-n", "2", *options]
        done = subprocess.run(command, cwd=project, env={**os.environ, **known}, check=False)
        passed = count_passed(report) if report.is_file() else 0
    sys.stdout.write(f"{preset}: {passed} of {expected} passed\n")
    return done.returncode == 0 and passed == expected


def count_passed(report: Path) -> int:
    """How many tests passed, by a JUnit XML file."""
    cases = ElementTree.parse(report).iter("testcase")
    return sum(all(case.find(bad) is None for bad in ("failure", "error", "skipped")) for case in cases)


if __name__ == "__main__":
    sys.exit(main())
