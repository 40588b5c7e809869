"""Python code of a project as an agent: a function by its dotted path, or what a plugin has registered."""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from pytest_agenttasks.agents.base import Worker
from pytest_agenttasks.exceptions import AgentError, AgentTasksError, LimitReached
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace

DEPTH = 12
"""Frames that are told of an exception in an agent, the innermost ones."""

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")

Run = Callable[[TaskSpec, Workspace, Session, Limits], Any]


class PythonAgent:
    """Code of a project as an agent. It runs in the test process, outside of the sandbox."""

    version = "unknown"

    def __init__(self, name: str, run: Run, *, asks_models: bool = True) -> None:
        self.name = name
        self.asks_models = asks_models
        self._run = run
        self._text = _text_of(run)

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Call the code; it returns an AgentResult, a text (its answer) or nothing.

        Raises:
            AgentError: it raised, or returned something else.
        """
        try:
            result = self._run(task, workspace, session, limits)
        except (AgentTasksError, LimitReached, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # pytest.skip() and sys.exit() too: nothing is skipped into green
            told = "".join(traceback.format_exception(error, limit=-DEPTH))
            raise AgentError(f"the agent {self.name} raised {type(error).__name__}: {error}\n{told}") from error
        if result is None or isinstance(result, str):
            return AgentResult("finished", result or "", len(session.calls))
        if not isinstance(result, AgentResult):
            raise AgentError(f"the agent {self.name} returned {type(result).__name__}, not an AgentResult or a text")
        return result

    def missing(self) -> None:
        """Nothing is known of what it needs."""

    def shape(self) -> str:
        """The text of the file that it stands in; what that file imports is not looked at."""
        return self._text


def is_path(name: str) -> bool:
    """Whether a name is the path of a function: `package.module:function`."""
    return _DOTTED.fullmatch(name) is not None


def function_agent(path: str) -> PythonAgent:
    """The function at that path as an agent.

    Raises:
        AgentError: its module cannot be imported, or it is no function.
    """
    module, _, attribute = path.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise AgentError(f"the agent {path!r} cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise AgentError(f"the agent {path!r} is no function: found {type(function).__name__}")
    return PythonAgent(path, function)


def registered_agent(name: str, worker: Worker) -> PythonAgent:
    """What a plugin or a conftest.py has registered under a name.

    Raises:
        AgentError: it is not an agent.
    """
    if not callable(getattr(worker, "run", None)) or not isinstance(getattr(worker, "asks_models", None), bool):
        raise AgentError(
            f"the agent {name!r} that was registered is {worker!r}; expected an object with a method "
            "`run(task, workspace, session, limits)` and an attribute `asks_models` that is True or False"
        )
    return PythonAgent(name, worker.run, asks_models=worker.asks_models)


def _text_of(code: object) -> str:
    """The text of the file that a function, or the class of another callable, stands in."""
    while isinstance(code, partial):
        code = code.func
    known = inspect.isroutine(code) or inspect.isclass(code)
    try:
        file = inspect.getsourcefile(inspect.unwrap(code) if known else type(code))  # type: ignore[arg-type]
    except (OSError, TypeError):
        return ""
    return _read_once(Path(file)) if file else ""


@cache
def _read_once(file: Path) -> str:
    """As it was when its code was imported: whoever edits it during a run does not change what the run does."""
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
