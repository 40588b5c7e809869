"""Programs as agents, before they run: what they are made of, what is missing, what is filled in."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.agents import READY, Agent, agent_digest, find_agent, register
from pytest_agenttasks.exceptions import AgentError
from pytest_agenttasks.models import Session
from pytest_agenttasks.spec import AgentSpec, Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace, search_path


def program(here: Path = Path("/tasks"), **more: Any) -> Agent:
    return find_agent(AgentSpec.model_validate({"command": ["python", "x.py"], **more}), here)


def test_it_is_called_by_its_name_or_by_its_program() -> None:
    assert program().name == "python"
    assert program(command=["/opt/bin/my-agent", "-x"]).name == "my-agent"
    assert program(name="mine").name == "mine"
    assert program().asks_models


class TestMissing:
    """What is told before anything runs."""

    def test_nothing(self) -> None:
        assert program().missing() is None
        assert program(command=[sys.executable]).missing() is None
        assert program(command=["{here}/run"]).missing() is None

    def test_a_program_that_is_nowhere(self) -> None:
        told = program(command=["no-such-program"]).missing()
        assert told is not None
        assert told.startswith(
            f"the agent no-such-program runs the program 'no-such-program', which is not in {search_path()}"
        )
        assert told.endswith(": install it, or give its whole path")

    def test_a_program_that_agents_do_not_see(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "mine").write_text("#!/bin/sh\n")
        (tmp_path / "mine").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        told = program(command=["mine"]).missing()
        assert told is not None
        assert (
            f"it is at {tmp_path}/mine, which agents do not see: give `command` its whole path, and `folders`" in told
        )
        assert program(command=["mine"], env={"PATH": f"{tmp_path}:/usr/bin"}).missing() is None

    def test_how_a_known_program_is_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        agent = find_agent(AgentSpec(name="mini-swe-agent", env={"PATH": "/nowhere"}))
        told = agent.missing()
        assert told is not None
        assert told.endswith("the program 'mini', which is not in /nowhere: pip install mini-swe-agent")

    def test_folders_are_relative_to_the_task_file(self, tmp_path: Path) -> None:
        for name in ("agents", "tasks"):
            (tmp_path / name).mkdir()
        assert program(tmp_path / "tasks", folders=["../agents"]).missing() is None
        told = program(tmp_path, folders=["nothing", "~"]).missing()
        assert told == f"the agent python needs the folder {tmp_path}/nothing, which is not there"


class TestKnownByName:
    """Ready-made command lines."""

    @pytest.mark.parametrize("name", READY)
    def test_it_is_found_and_takes_more(self, name: str) -> None:
        assert find_agent(name).name == name
        more = AgentSpec(name=name, env={"MORE": "1"}, folders=["/usr"])
        assert agent_digest(find_agent(more)) != agent_digest(find_agent(name))

    def test_others_take_a_name_only(self) -> None:
        with pytest.raises(AgentError, match="the agent 'loop' is no program, and takes a name only"):
            find_agent(AgentSpec(name="loop", env={"A": "1"}))


class TestDigest:
    """What makes a recording stale."""

    def test_it_changes_with_what_the_program_is_told(self) -> None:
        digests = {
            agent_digest(program(**more))
            for more in ({}, {"command": ["python", "y.py"]}, {"env": {"A": "1"}}, {"replace": {"a": "b"}})
        }
        assert len(digests) == 4

    def test_it_does_not_change_with_the_machine(self, tmp_path: Path) -> None:
        here, there = (program(place, folders=["../agents"]) for place in (tmp_path, Path("/elsewhere")))
        assert agent_digest(here) == agent_digest(there)


class Stamp:
    """An agent of a project."""

    asks_models = False

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> str:
        return f"{task.prompt} {workspace} {session} {limits}"


class Callable:
    """What works without being a function."""

    def __call__(self) -> None: ...


class TestRegistered:
    """Agents that a project registers."""

    @pytest.fixture(autouse=True)
    def _clean(self) -> Any:
        yield
        register({})

    def test_it_is_found_by_its_name_and_forgotten_with_the_next(self) -> None:
        register({"stamp": Stamp()})
        agent = find_agent("stamp")
        assert (agent.name, agent.version, agent.asks_models, agent.missing()) == ("stamp", "unknown", False, None)
        assert "class Stamp" in str(agent.shape())
        partly, itself = Stamp(), Stamp()
        vars(partly)["run"], vars(itself)["run"] = partial(partly.run), Callable()
        register({"partly": partly, "itself": itself})
        assert all("class Stamp" in str(find_agent(name).shape()) for name in ("partly", "itself"))
        register({"other": Stamp()})
        with pytest.raises(AgentError, match="unknown agent 'stamp'"):
            find_agent("stamp")

    @pytest.mark.parametrize("name", ["loop", "claude-code", "module:function"])
    def test_a_name_that_is_taken(self, name: str) -> None:
        with pytest.raises(AgentError, match=f"an agent cannot be registered as '{name}'"):
            register({name: Stamp()})

    @pytest.mark.parametrize("wrong", [1, None, lambda: None, type("NoFlag", (), {"run": print})()])
    def test_what_is_no_agent(self, wrong: Any) -> None:
        with pytest.raises(AgentError, match="expected an object with a method `run"):
            register({"stamp": wrong})
