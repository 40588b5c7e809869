"""Record the shipped cassettes: `python -m tests.record_cassettes [tasks|openhands] [FILE …]`, from the root.

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
from tests.scripted import HERE, SCRIPTS, TASKS, VARIANTS, Script, ScriptedModel, load_scripts

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
    scripts = load_scripts(shipped.tasks, shipped.scripts)
    with Provider(ScriptedModel(scripts)) as provider:
        done = [
            record(shipped.tasks.parent, items, preset, provider.base)
            for preset in shipped.presets
            for items in runs(files, scripts)
        ]
    return 0 if all(done) else 1


def runs(files: list[Path], scripts: list[Script]) -> list[list[str]]:
    """The items of task files by run: a model that is limited in one task is passed over in the others of its run."""
    limited = {script.task for script in scripts if script.faults}
    items = [(task.name, f"{path.parent.name}/{path.name}::{task.name}") for path in files for task in load_tasks(path)]
    calm = [item for name, item in items if name not in limited]
    return [run for run in (calm, *([item] for name, item in items if name in limited)) if run]


def record(project: Path, items: list[str], preset: str, base: str) -> bool:
    """Record items of a project with a preset; return whether every one of them passed."""
    known = {
        "OPENROUTER_API_BASE": base,
        "OPENROUTER_API_KEY": "the-scripted-provider-takes-any-key",
        "AGENTTASKS_CASSETTE_NOTE": NOTE,
        "AGENTTASKS_STATE": "memory",
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        models = Path(folder) / "models.yaml"
        models.write_text((project / "models.yaml").read_text("utf-8") + UNLIMITED, "utf-8")
        options = ["--model-preset", preset, "--agent-cassettes=record", f"--junitxml={report}"]
        options += ["-o", f"agenttasks_models={models}"]
        command = [sys.executable, "-m", "pytest", *items, "-n", "2", *options]
        done = subprocess.run(command, cwd=project, env={**os.environ, **known}, check=False)
        passed = count_passed(report) if report.is_file() else 0
    sys.stdout.write(f"{preset}: {passed} of {len(items)} passed\n")
    return done.returncode == 0 and passed == len(items)


def count_passed(report: Path) -> int:
    """How many tests passed, by a JUnit XML file."""
    cases = ElementTree.parse(report).iter("testcase")
    return sum(all(case.find(bad) is None for bad in ("failure", "error", "skipped")) for case in cases)


if __name__ == "__main__":
    sys.exit(main())
