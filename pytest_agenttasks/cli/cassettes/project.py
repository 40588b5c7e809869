"""What a project has, asked of pytest in a process of its own, so that it is found as a run finds it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.models import Models, load_models
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import slug, trial_name

PLUGIN = ("-p", "pytest_agenttasks.inventory", "--agent-inventory")
USAGE_ERRORS = (3, 4)
"""Exit codes of pytest after which it has read no tasks."""

LAST_LINES = 12
"""Lines of pytest's output that are shown where it could not be asked."""


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A task as pytest would run it.

    Attributes:
        id: its node id.
        line: where it begins in its file.
        folder: of its cassettes, below the folder of all.
        slug: begins the names of its cassettes.
        unit: its name without trial and preset.
        in_matrix: whether that ends in values of a matrix.
        preset: that it would ask first; empty for agents that ask no model.
        agent: that would do it.
        action: what would become of its cassette: `replay`, `record`, `live` or `none`.
        cassette: the file that it would replay.
        content: hashes of what a recording would be made from; None where they cannot be known.
        why: why they cannot.
        selected: whether the options for pytest leave it in.
    """

    id: str
    line: int
    folder: str
    slug: str
    unit: str
    in_matrix: bool
    preset: str
    agent: str
    action: str
    cassette: Path
    content: dict[str, str] | None
    why: str
    selected: bool

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.id.partition('::')[0]}:{self.line}"

    def argument(self, root: Path) -> str:
        """What selects it on pytest's command line, from the current folder."""
        file, colons, name = self.id.partition("::")
        return f"{os.path.relpath(root / file)}{colons}{name}"


@dataclass(frozen=True)
class Project:
    """What pytest told.

    Attributes:
        root: its rootdir.
        cassettes: folder of all cassettes.
        tasks: all that it found, whatever options for pytest leave out.
        unread: folder of cassettes → why the task file that they belong to could not be read.
        max_age: the ini setting; may be empty.
        models_file: the project's models.yaml.
    """

    root: Path
    cassettes: Path
    tasks: list[KnownTask]
    unread: dict[str, str]
    max_age: str
    models_file: Path | None

    @cached_property
    def models(self) -> Models:
        """Presets of models.yaml.

        Raises:
            Refused: it has mistakes.
        """
        try:
            return load_models(self.models_file)
        except ModelsConfigError as error:
            raise Refused(str(error)) from None

    def with_other_trials(self, folder: str, task_slug: str) -> KnownTask | None:
        """The task of which this is another trial, or which it is without trials; None if there is none.

        Args:
            folder: of its cassettes.
            task_slug: begins the name of a cassette that no task has.
        """
        trials = {0, *map(int, re.findall(r"-trial(\d{1,9})(?=-)", task_slug))}
        for (unit, in_matrix), task in self._units.get(folder, {}).items():
            if any(slug(trial_name(unit, trial, in_matrix=in_matrix)) == task_slug for trial in trials):
                return task
        return None

    @cached_property
    def _units(self) -> dict[str, dict[tuple[str, bool], KnownTask]]:
        """By folder, a task for each name without trial and preset."""
        found: dict[str, dict[tuple[str, bool], KnownTask]] = {}
        for task in self.tasks:
            found.setdefault(task.folder, {}).setdefault((task.unit, task.in_matrix), task)
        return found

    def latest_result(self, cassette: Path) -> Json | None:
        """result.json of the last run for the task of a cassette; None if there is none."""
        below = cassette.relative_to(self.cassettes).with_suffix("")
        try:
            data = json.loads((self.root / ".agenttasks/runs/latest" / below / "result.json").read_bytes())
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None

    def shown(self, path: Path) -> str:
        """A path as a person can type it here."""
        return os.path.relpath(path)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of pytest that has ended.

    Attributes:
        code: its exit code.
        output: what it printed; empty where that went to the terminal.
        found: what the plugin wrote down; None if it could not.
    """

    code: int
    output: str
    found: Json | None

    @property
    def last_lines(self) -> list[str]:
        """The end of what it printed."""
        return [line for line in self.output.splitlines() if line.strip()][-LAST_LINES:]


def project_here(passed_on: Sequence[str] = (), also: Sequence[Path] = ()) -> Project:
    """Ask pytest about the project of the current folder.

    Args:
        passed_on: options for pytest.
        also: files to look into besides the task folders.

    Raises:
        Refused: pytest could not collect, or its configuration is wrong; with its words.
    """
    looks = [f"--agent-inventory-also={path}" for path in also]
    ran = run_pytest(["--collect-only", "-q", *looks, *passed_on])
    if ran.found is None or ran.code in USAGE_ERRORS:
        raise Refused("\n".join(["pytest could not be asked which tasks there are:", *ran.last_lines]))
    return project_of(ran.found)


def command_line(arguments: Sequence[str]) -> str:
    """The command as a person can type it."""
    return shlex.join(["pytest", *arguments])


def run_pytest(arguments: Sequence[str], *, shown: bool = False) -> Ran:
    """Run pytest as the command `pytest` would.

    Args:
        arguments: its own.
        shown: whether its output goes to the terminal.
    """
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as folder:
        file = Path(folder) / "inventory.json"
        # -P: with `-m` Python would make the current folder importable, which the command `pytest` does not.
        command = [sys.executable, "-P", "-m", "pytest", *PLUGIN, str(file), *arguments]
        sys.stdout.flush()
        pipe = None if shown else subprocess.PIPE
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=None if shown else subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        try:
            found = json.loads(file.read_bytes())
        except (OSError, ValueError):
            found = None
    return Ran(done.returncode, done.stdout or "", found)


def project_of(found: Json) -> Project:
    """What the plugin wrote down."""
    tasks = [KnownTask(**{**one, "cassette": Path(one["cassette"])}) for one in found["tasks"]]
    return Project(
        Path(found["root"]),
        Path(found["cassettes"]),
        tasks,
        found["unread"],
        found["max_age"],
        Path(found["models"]) if found["models"] else None,
    )
