"""A program from a task file as the agent: any command line that talks to models over HTTP."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from pytest_agenttasks.agents.child import Program, run_program
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import AgentSpec, Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace, search_path


class ProgramAgent:
    """Runs a command in the workspace until it ends."""

    asks_models = True
    version = "unknown"

    def __init__(self, spec: AgentSpec, here: Path, install: str = "") -> None:
        """Make it.

        Args:
            spec: with a command.
            here: folder of the task file.
            install: how its program is installed, where that is known.
        """
        self._spec = spec
        self._here = here.absolute()
        self._install = install
        self.name = spec.name or Path(spec.command[0]).name
        self._folders = [self._here / Path(folder).expanduser() for folder in spec.folders]

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Run the command.

        Raises:
            AgentError: it cannot be started, it ended with another exit code than it should, or it asked no model.
            AgentTasksError: the workspace or the sandbox failed.
        """
        spec = self._spec
        command = [word.replace("{here}", str(self._here)) for word in spec.command]
        endings = dict.fromkeys(spec.exit_codes, "finished")
        program = Program(self.name, command, spec.env, self._folders, spec.replace, endings)
        return run_program(program, task, workspace, session, limits)

    def missing(self) -> str | None:
        """The program, or a folder that it needs, where it is not there."""
        for folder in self._folders:
            if not folder.is_dir():
                return f"the agent {self.name} needs the folder {folder}, which is not there"
        program = self._spec.command[0]
        path = self._spec.env.get("PATH", search_path())
        if "{" in program or "/" in program or shutil.which(program, path=path):
            return None
        hint = self._install or "install it, or give its whole path"
        if elsewhere := shutil.which(program):
            what = "give `command` its whole path, and `folders` what it needs"
            hint = f"it is at {elsewhere}, which agents do not see: {what}"
        return f"the agent {self.name} runs the program {program!r}, which is not in {path}: {hint}"

    def shape(self) -> object:
        """Its command and its variables; what the program itself is made of is not looked at."""
        return [self._spec.command, self._spec.env, self._spec.replace]

    def more(self) -> list[object]:
        """What of it an outcome depends on, besides its requests: exit codes, and its files that the command names."""
        words = [word.replace("{here}", str(self._here)) for word in self._spec.command if "{here}" in word]
        return [self._spec.exit_codes, *map(_digest, words)]


def _digest(file: str) -> str:
    """Empty where it is no file that can be read."""
    try:
        return sha256(Path(file).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""
