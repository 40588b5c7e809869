"""What can go wrong around an agent: infrastructure, never the agent's own fault.

Every message is one line that says what is wrong and what to do about it; more lines may follow.
An exception of this module that ends a task makes its outcome *error*, or *quota* for `QuotaError`.
"""

from __future__ import annotations

from dataclasses import dataclass


class AgentTasksError(Exception):
    """Base of everything this project raises on purpose."""


class TransientError(AgentTasksError):
    """May be gone on the next try: the only kind that `--reruns` reruns."""


class ModelUnavailableError(TransientError):
    """No model of the chain answered, for reasons that pass (429, 5xx, timeouts)."""


class GatewayError(TransientError):
    """The gateway did not answer, or died in the middle of a call twice."""


class HungUpError(GatewayError):
    """A call was given up on this side before it was answered: nobody waits for it any more."""


class ModelRefusedError(AgentTasksError):
    """No model of the chain will answer, now or later: wrong key, unknown model, no credit."""


class QuotaError(AgentTasksError):
    """An account's quota is used up and no other account is left.

    Attributes:
        resets_at: when it is refilled, in seconds since the epoch (UTC); None where nobody told.
    """

    def __init__(self, message: str, resets_at: float | None = None) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class BudgetError(AgentTasksError):
    """The budget of the run is spent, or cannot be held."""


class CassetteError(AgentTasksError):
    """A cassette that is missing, damaged, from another request, or cannot be written."""


class CassetteMissingError(CassetteError):
    """There is no cassette for this task on this preset."""


class CassetteDriftError(CassetteError):
    """The agent asked something that the cassette does not hold."""


class NetworkError(AgentTasksError):
    """The code of a replayed task tried to leave this machine."""


class WorkspaceError(AgentTasksError):
    """The workspace could not be built, or is gone."""


class IsolationError(AgentTasksError):
    """The sandbox that was asked for does not work on this machine."""


class RunFolderError(AgentTasksError):
    """The run folder cannot be written: the disk is full, or it is read-only."""


class SetAsideError(AgentTasksError):
    """The task has ended its worker too often to be tried again without being asked for.

    Attributes:
        crashes: how often in this run.
    """

    def __init__(self, message: str, crashes: int = 0) -> None:
        super().__init__(message)
        self.crashes = crashes


class CheckError(AgentTasksError):
    """A check could not be run (a tool is missing, a file of ours vanished): says nothing about the agent.

    Attributes:
        line: 1-based line in the task file of the first such check, where there is one.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class NotTried(CheckError):  # noqa: N818 - nothing went wrong: it was left out
    """A check that this run leaves out, such as a judge where no model is asked. It never counts as passed."""


class AgentError(AgentTasksError):
    """The agent's program itself broke: not found, crashed, answered nonsense to us."""


class ModelsConfigError(AgentTasksError):
    """A name of a model, or models.yaml, is wrong. Becomes a usage error before anything runs."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One mistake in a YAML file a person wrote.

    Attributes:
        line: 1-based.
        column: 1-based.
        message: what was found, what was expected, what to do.
    """

    line: int
    column: int
    message: str


class YamlFileError(AgentTasksError):
    """Mistakes in a YAML file, all of them at once, as `file:line:column: message` lines."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = sorted(problems)
        super().__init__("\n".join(f"{path}:{p.line}:{p.column}: {p.message}" for p in self.problems))


class TaskFileError(YamlFileError):
    """A task file that cannot be used. It is a collection error of its own; other files run."""


class CheckFailed(AssertionError):  # noqa: N818 - a failure, not an error: the distinction is the point
    """The agent ran and at least one check failed: the agent's fault.

    Attributes:
        line: 1-based line in the task file of the first check that failed, where there is one.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class ToolsUnsupportedError(AgentTasksError):
    """No model of the chain can call tools. An agent may go on with a text protocol."""


class LimitReached(Exception):  # noqa: N818 - ends the agent's work as an outcome, is not an error
    """A limit of the task ended the agent's work; what it left is judged by the checks.

    Attributes:
        limit: `steps`, `seconds`, `tokens`, `cost_usd` or `context`.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit
