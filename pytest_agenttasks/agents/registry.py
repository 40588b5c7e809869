"""Agents by name: the built-in ones, and any Python function by its dotted path."""

from __future__ import annotations

import importlib
import re
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from pytest_agenttasks.agents.loop import LoopAgent
from pytest_agenttasks.agents.scripted import NopAgent, OracleAgent
from pytest_agenttasks.exceptions import AgentError
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec, unknown_name
from pytest_agenttasks.workspace import Workspace

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class Agent(Protocol):
    """What does a task.

    Attributes:
        asks_models: whether it may ask models; False: no cassette, no key, no gateway.
    """

    asks_models: bool

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Work in the workspace; ask models through the session only."""


class FunctionAgent:
    """A function of a project as an agent. It runs in the test process, outside the sandbox."""

    asks_models = True

    def __init__(self, path: str, function: Callable[..., Any]) -> None:
        self._path = path
        self.function = function

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Call the function; it returns an AgentResult, a text (its answer) or nothing.

        Raises:
            AgentError: it raised, or returned something else.
        """
        from pytest_agenttasks.exceptions import AgentTasksError, LimitReached

        try:
            result = self.function(task, workspace, session, limits)
        except (AgentTasksError, LimitReached, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # pytest.skip() and sys.exit() too: nothing is skipped into green
            told = "".join(traceback.format_exception(error, limit=-DEPTH))
            raise AgentError(f"the agent {self._path} raised {type(error).__name__}: {error}\n{told}") from error
        if result is None or isinstance(result, str):
            return AgentResult("finished", result or "", len(session.calls))
        if not isinstance(result, AgentResult):
            raise AgentError(f"the agent {self._path} returned {type(result).__name__}, not an AgentResult or a text")
        return result


DEPTH = 12
"""Frames that are told of an exception in an agent, the innermost ones."""

BUILT_IN: dict[str, type[Agent]] = {"loop": LoopAgent, "oracle": OracleAgent, "nop": NopAgent}


def find_agent(name: str) -> Agent:
    """The agent of that name.

    Raises:
        AgentError: there is none, or its module cannot be imported.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    if not _DOTTED.fullmatch(name):
        hint = " (or a Python function: package.module:function)"
        raise AgentError(unknown_name("agent", name, list(BUILT_IN)) + hint)
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise AgentError(f"the agent {name!r} cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise AgentError(f"the agent {name!r} is no function: found {type(function).__name__}")
    return FunctionAgent(name, function)
