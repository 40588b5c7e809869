"""The workflow of docs/ci.md that splits tasks over jobs, its steps really run on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

PROGRAMS = {
    "pytest": "-P -m pytest",
    "agenttasks": "-P -c 'import sys; from pytest_agenttasks.cli import main; sys.exit(main())'",
}


def shown() -> dict[str, Any]:
    """Jobs of the workflow."""
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(name: agent tasks, split\n.*?)```", page, re.DOTALL)
    jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return jobs


@dataclass
class Workflow:
    """One run of it.

    Attributes:
        checkout: what every job begins with.
        place: where jobs work and artifacts lie.
        jobs: as the page shows them.
    """

    checkout: Path
    place: Path
    jobs: dict[str, Any] = field(default_factory=shown)

    def group(self, preset: str, group: int, *, workers: int = 0, attempt: int = 1, **environment: str) -> int:
        """A job of the matrix; what it leaves is uploaded. Gives the exit code of its pytest."""
        assert preset in self.jobs["group"]["strategy"]["matrix"]["preset"]
        assert group in self.jobs["group"]["strategy"]["matrix"]["group"]
        values = {"matrix.preset": preset, "matrix.group": group, "github.run_attempt": attempt}
        folder = self.place / "jobs" / f"{preset}-{group}-{attempt}"
        shutil.copytree(self.checkout, folder)
        (command,) = (one for one in self._commands("group") if "pytest-split" not in one)
        command = _filled(command, values).replace("-n 4", f"-n {workers}")
        code = self._run(command, folder, **environment)
        upload = next(step["with"] for step in self.jobs["group"]["steps"] if "upload" in step.get("uses", ""))
        shutil.copytree(folder / upload["path"], self.place / "artifacts" / _filled(upload["name"], values))
        return code

    def report(self) -> dict[str, int]:
        """The last job: its steps and their exit codes. What it made lies in `report/`."""
        folder = self.place / "report"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.checkout, folder)
        for step in self.jobs["report"]["steps"]:
            if "download" in step.get("uses", ""):
                for found in (self.place / "artifacts").glob(step["with"]["pattern"]):
                    shutil.copytree(found, folder / step["with"]["path"] / found.name, symlinks=True)
        return {command: self._run(command, folder) for command in self._commands("report")}

    def read(self, name: str) -> str:
        """A file of the last job."""
        return (self.place / "report" / name).read_text("utf-8")

    def _commands(self, job: str) -> Iterable[str]:
        commands = (str(step["run"]).strip() for step in self.jobs[job]["steps"] if "run" in step)
        return [one for one in commands if one != "pip install -e ."]

    def _run(self, command: str, folder: Path, **environment: str) -> int:
        programs = self.place / "bin"
        if not programs.exists():
            programs.mkdir()
            for name, arguments in PROGRAMS.items():
                (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
                (programs / name).chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        summary = str(folder / "summary.md")
        variables = {**os.environ, "PATH": path, "CI": "true", "GITHUB_STEP_SUMMARY": summary, **environment}
        with (folder / "log.txt").open("a") as log:
            log.write(f"$ {command}\n")
            log.flush()
            return subprocess.run(
                ["bash", "-e", "-c", command], cwd=folder, env=variables, stdout=log, stderr=log, timeout=180
            ).returncode


def _filled(text: str, values: dict[str, Any]) -> str:
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda match: str(values[match[1]]), text)
