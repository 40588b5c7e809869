"""What every check works with: the workspace as it sees it, its finding, and text cut to size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_agenttasks.calls import CallFacts, Exchange
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.results import AgentResult, CommandResult, Json
from pytest_agenttasks.workspace import Change, Content

if TYPE_CHECKING:
    from pytest_agenttasks.models import Session
    from pytest_agenttasks.spec import JudgeOptions

EVIDENCE_LINES = 18
"""Lines that follow a message's first line: a screen in a terminal, a paragraph in a CI report."""

LINE_LENGTH = 300
"""Characters of one line of a message; reporters cut the whole message near 500."""


class WorkspaceLike(Protocol):
    """What checks use of a workspace."""

    @property
    def path(self) -> Path:
        """The folder on the host."""

    def matching(self, pattern: str) -> list[Path]:
        """Existing files for a relative path or glob, sorted; ValueError if it leads outside."""

    def entries(self, pattern: str) -> list[str]:
        """Relative paths of all that a relative path or glob means, folders and links too; ValueError as above."""

    def changed(self) -> tuple[str, ...]:
        """Relative paths added, changed or deleted since the agent began, sorted."""

    def changes(self) -> tuple[Change, ...]:
        """The same paths with the size of each change."""

    def original(self, name: str) -> Content | None:
        """What was at a relative path when the agent began; None where no file was."""

    def copy(self, changes: Mapping[str, Content | None]) -> AbstractContextManager[WorkspaceLike]:
        """A copy for as long as the block lasts, with other files, or none, at some relative paths."""

    def patch(self) -> bytes:
        """The same changes as a patch, binary files included."""

    def display(self, text: str) -> str:
        """Text with the host's path of the workspace replaced by `/workspace`."""

    def execute(
        self,
        command: str | Sequence[str],
        *,
        seconds: float,
        output_limit: int = 30_000,
        env: Mapping[str, str] | None = None,
        writable: Sequence[Path] = (),
    ) -> CommandResult:
        """Run a command in the sandbox, in the workspace; `writable` are host folders it may write to."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the agent did, for checks that judge more than what it left.

    Attributes:
        agent: its name.
        result: how it ended, and its final words.
        exchanges: what it asked its models and what came back, in order; empty for agents that ask none.
    """

    agent: str
    result: AgentResult
    exchanges: Sequence[Exchange] = ()


class Court(Protocol):
    """What a check needs to have a model judge."""

    def session(self, options: JudgeOptions) -> Session:
        """What a judge asks its models through.

        Raises:
            NotTried: no judge is asked in this run.
            CheckError: there is no model left that did not do the work itself.
        """

    def refuse_own(self, options: JudgeOptions, facts: CallFacts) -> None:
        """Refuse an answer of a model that did the work.

        Raises:
            CheckError: it is such a one, and the options do not allow it.
        """

    def clean(self, text: str) -> str:
        """Take secrets out of a text."""

    def keep(self, record: Json) -> None:
        """Keep what was asked and answered as evidence."""


class NoCourt:
    """A court where nobody can be asked."""

    def session(self, options: JudgeOptions) -> Session:  # noqa: ARG002
        """There is none.

        Raises:
            CheckError: always.
        """
        raise CheckError("no model can be asked here")

    def refuse_own(self, options: JudgeOptions, facts: CallFacts) -> None:
        """Nobody answers."""

    def clean(self, text: str) -> str:
        """Leave it as it is."""
        return text

    def keep(self, record: Json) -> None:
        """There is nothing to keep."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check looks.

    Attributes:
        workspace: what the agent left.
        work: what the agent did; None where only the workspace is there.
        base: folder of the task file, from which its relative paths are meant.
        task: the task's name; empty where only the workspace is there.
        prompt: what the agent was asked to do; likewise.
        court: what judges ask their models through.
    """

    workspace: WorkspaceLike
    work: Work | None = None
    base: Path = Path()
    task: str = ""
    prompt: str = ""
    court: Court = NoCourt()  # noqa: RUF009 - it has no state

    def name(self, path: Path) -> str:
        """A file of the workspace as people write it: relative, with slashes."""
        return path.relative_to(self.workspace.path).as_posix()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: one line that says all that matters, then evidence."""

    passed: bool
    message: str


def found(message: str) -> Finding:
    """The check passed."""
    return Finding(True, message)


def missed(message: str, evidence: Iterable[str] = ()) -> Finding:
    """The check failed, by what the agent did; `evidence` are lines, cut to `EVIDENCE_LINES`."""
    lines = [_short(line) for line in evidence][:EVIDENCE_LINES]
    return Finding(False, "\n".join([one_line(message), *lines]))


def one_line(text: str) -> str:
    """The first line that says something, cut to `LINE_LENGTH`."""
    return _short(next((line.strip() for line in text.splitlines() if line.strip()), ""))


def last_lines(text: str, count: int = EVIDENCE_LINES) -> list[str]:
    """The last lines of an output, empty ones at its end left out."""
    return text.rstrip().splitlines()[-count:]


def some(names: Sequence[str], limit: int) -> str:
    """`a, b, c and 4 more`."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def plural(count: int, one: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _short(line: str) -> str:
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…"
