"""Agents by name: the built-in ones, programs, Python functions by dotted path, and what a project registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_agenttasks.agents.base import Agent, Worker
from pytest_agenttasks.agents.function import function_agent, is_path, registered_agent
from pytest_agenttasks.agents.loop import LoopAgent
from pytest_agenttasks.agents.openhands import OpenHandsAgent
from pytest_agenttasks.agents.program import ProgramAgent
from pytest_agenttasks.agents.ready import READY
from pytest_agenttasks.agents.scripted import NopAgent, OracleAgent
from pytest_agenttasks.exceptions import AgentError
from pytest_agenttasks.spec import AgentSpec, unknown_name

BUILT_IN: dict[str, Callable[[], Agent]] = {
    "loop": LoopAgent,
    "oracle": OracleAgent,
    "nop": NopAgent,
    "openhands": OpenHandsAgent,
}

_registered: dict[str, Agent] = {}


def register(agents: Mapping[str, Worker]) -> None:
    """Make these known by name from now on, in place of what was registered before.

    Raises:
        AgentError: one of them is no agent, or has the name of an agent that is there already.
    """
    taken = [name for name in agents if name in BUILT_IN or name in READY or is_path(name)]
    if taken:
        raise AgentError(f"an agent cannot be registered as {taken[0]!r}: that is the name of another one")
    found = {name: registered_agent(name, worker) for name, worker in agents.items()}
    _registered.clear()
    _registered.update(found)


def registered() -> list[Agent]:
    """Those that the project gives."""
    return list(_registered.values())


def find_agent(asked: AgentSpec | str, here: Path = Path()) -> Agent:
    """The agent that is asked for.

    Args:
        asked: what the task file or the command line says.
        here: folder of the task file, which relative folders of programs and solutions start from.

    Raises:
        AgentError: there is none of that name, or its module cannot be imported.
    """
    # Not validated: a name that is nobody's, the empty one too, is told with the known ones.
    spec = AgentSpec.model_construct(name=asked) if isinstance(asked, str) else asked
    if spec.command:
        return ProgramAgent(spec, here)
    ready = READY.get(spec.name)
    if ready is not None:
        return ProgramAgent(ready.with_more(spec), here, ready.install)
    if spec.model_fields_set > {"name"}:
        raise AgentError(f"the agent {spec.name!r} is no program, and takes a name only")
    if spec.name == OracleAgent.name:
        return OracleAgent(here)
    return _named(spec.name)


def _named(name: str) -> Agent:
    if name in BUILT_IN:
        return BUILT_IN[name]()
    if name in _registered:
        return _registered[name]
    if is_path(name):
        return function_agent(name)
    known = [*BUILT_IN, *READY, *_registered]
    raise AgentError(unknown_name("agent", name, known) + " (or a Python function: package.module:function)")
