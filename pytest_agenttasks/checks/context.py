"""What a project's own check is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_agenttasks.results import CommandResult


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is known to a function that is named by the check `call`.

    Attributes:
        workspace: the folder that the agent has left, on this machine. What is in it was written by an agent: read it,
            and run none of it but by `execute`.
        task: the task's name, matrix values included; empty where only a workspace is judged.
        prompt: what the agent was asked to do.
        agent: name of the agent; empty where only a workspace is judged.
        answer: the agent's final words; empty where there are none.
        stopped: what ended its work: `finished`, `stuck`, or a limit.
        steps: model calls that the agent acted on.
        changed: relative paths of what it added, changed or deleted, sorted.
        options: what the task file gives under `with`.
        execute: runs a command in the workspace, in the sandbox, and gives a `CommandResult`: a text for a shell, or
            a list of words; with `seconds`, after which it is killed and its `exit_code` is None (default 120).
    """

    workspace: Path
    task: str
    prompt: str
    agent: str
    answer: str
    stopped: str
    steps: int
    changed: tuple[str, ...]
    options: Mapping[str, Any]
    execute: Callable[..., CommandResult] = field(repr=False)


Result = str | Sequence[str] | bool | None
"""What such a function may return: None, True, an empty text or list for a pass; else what is wrong."""

CheckFunction = Callable[[CheckContext], Result]
"""Such a function."""
