from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread

import pytest

from pytest_agenttasks.calls import CallFacts, Exchange
from pytest_agenttasks.checks import Place, Work, run_checks
from pytest_agenttasks.checks.base import Court, NoCourt
from pytest_agenttasks.results import AgentResult, CheckResult, CommandResult, Json
from pytest_agenttasks.spec import Check, WorkspaceSpec
from pytest_agenttasks.workspace import Isolation, Workspace, open_workspace, probe_bubblewrap


def exchange(*calls: tuple[str, Json], text: str = "", tokens: int = 10, tools: bool = True) -> Exchange:
    """A call of a model that was answered with a text and with calls of tools, by name and arguments."""
    asked = [
        {"id": str(n), "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for n, (name, arguments) in enumerate(calls)
    ]
    answer = {"role": "assistant", "content": text, **({"tool_calls": asked} if asked else {})}
    usage = {"prompt_tokens": tokens - 1, "completion_tokens": 1} if tokens else {}
    facts = CallFacts("gemma", "openrouter/gemma")
    params: Json = {"tools": [{}]} if tools else {}
    return Exchange([{"role": "user", "content": "do it"}], answer, "stop", "", facts, usage, params, 0.1)


class Passing:
    """A workspace of which a test changes how commands run."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.path
        self.matching = workspace.matching
        self.entries = workspace.entries
        self.changed = workspace.changed
        self.changes = workspace.changes
        self.patch = workspace.patch
        self.display = workspace.display
        self.original = workspace.original
        self.copy = workspace.copy
        self._workspace = workspace


class Hurried(Passing):
    """A workspace in which every command has a second."""

    def execute(
        self, command: str | Sequence[str], *, seconds: float, writable: Sequence[Path] = (), **_: object
    ) -> CommandResult:
        return self._workspace.execute(command, seconds=min(seconds, 1.0), writable=writable)


class Interrupted(Passing):
    """A workspace in which the time of a command is over once it has opened the pipe `now` to write."""

    def execute(
        self, command: str | Sequence[str], *, seconds: float, writable: Sequence[Path] = (), **_: object
    ) -> CommandResult:
        over = Event()
        pipe = self.path / "now"
        os.mkfifo(pipe)

        def wait() -> None:
            pipe.read_bytes()
            over.set()

        Thread(target=wait, daemon=True).start()
        return self._workspace.execute(command, seconds=seconds, writable=writable, cancel=over)


class Box:
    """A workspace that a test fills, and the checks on it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace: Workspace | Interrupted | Hurried = workspace
        self.path = workspace.path
        self.work: Work | None = None
        self.base = Path()
        self.court: Court = NoCourt()

    def did(self, answer: str = "", *exchanges: Exchange, steps: int = 0, stopped: str = "finished") -> None:
        """What the agent did, for checks that judge it."""
        self.work = Work("loop", AgentResult(stopped, answer, steps), exchanges)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def interrupt(self) -> None:
        """Let the time of the next command be over once it opens the pipe `now`."""
        assert isinstance(self.workspace, Workspace)
        self.workspace = Interrupted(self.workspace)

    def hurry(self) -> None:
        """Give every command from here on a second."""
        assert isinstance(self.workspace, Workspace)
        self.workspace = Hurried(self.workspace)

    def left(self) -> list[str]:
        """All files there are now."""
        return sorted(p.relative_to(self.path).as_posix() for p in self.path.rglob("*") if p.is_file())

    def check(self, name: str, options: object) -> CheckResult:
        place = Place(self.workspace, self.work, self.base, court=self.court)
        [result] = run_checks([Check.model_validate({name: options})], place, [7])
        assert (result.check, result.line) == (name, 7)
        return result

    def passes(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "passed", result.message
        return result.message

    def fails(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "failed", f"{result.status}: {result.message}"
        return result.message

    def errs(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "error", f"{result.status}: {result.message}"
        return result.message


def opened(folder: Path, isolation: Isolation) -> Iterator[Box]:
    with open_workspace(WorkspaceSpec(), base=folder, isolation=isolation) as workspace:
        yield Box(workspace)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """An empty workspace without a sandbox."""
    yield from opened(tmp_path, "none")


@pytest.fixture(params=["none", "bubblewrap"])
def any_box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    """An empty workspace, in each isolation."""
    if request.param == "bubblewrap" and (reason := probe_bubblewrap()):
        pytest.skip(f"the sandbox does not work here: {reason}")
    yield from opened(tmp_path, request.param)
