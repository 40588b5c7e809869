"""What a recording is made from, as short hashes: they tell later whether it is still what the task would ask.

A hash tells that something changed, and what; whether the change matters to a request is what a replay tells. Limits
are not in it: none of them is in a request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from shlex import quote
from typing import TYPE_CHECKING

from pytest_agenttasks import __version__
from pytest_agenttasks.agents import Agent, ProgramAgent, agent_digest
from pytest_agenttasks.checks import hidden_digest
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.models import judging
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import workspace_digest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_agenttasks.settings import Plan, Settings
    from pytest_agenttasks.spec import Task

DIGITS = 16
"""Hexadecimal digits of a hash: it guards against mistakes, not against people."""

RECORDED_FROM = ("prompt", "agent", "workspace", "judge")
"""Names of the hashes of `content_of`; the last is there where the task has judges."""


def now() -> str:
    """The time of a recording: UTC, to the second, as RFC 3339 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def outcome_content(plan: Plan, settings: Settings) -> dict[str, str]:
    """Hashes of what the outcome of a task depends on: a pass counts as long as these are the same.

    Of the models it is the head of the chain: whether the ones that answered are still to be asked is looked at apart,
    so that a chain can be made longer without doing everything again. Title, priority and tags are not in it.

    Raises:
        WorkspaceError: what the workspace starts from, or the folder of the solution, is not there.
    """
    task, spec = plan.task, plan.task.spec
    said = {name: spec.model_dump_json(include={name}) for name in ("checks", "limits", "artifacts")}
    if plan.chain is None:
        said["solution"] = _solution(task)
    else:
        head = plan.chain.presets[0]
        said["model"] = json.dumps([head.model, head.api_base, head.params], sort_keys=True, default=str)
    if isinstance(plan.agent, ProgramAgent):
        said["program"] = json.dumps(plan.agent.more())
    if task.judges:
        said["judges"] = json.dumps([_file(file) for file in task.judges])
    if task.path.suffix == ".py":
        said["code"] = code_of(task.path)
    if task.hidden_folders:
        said["hidden"] = hidden_digest(spec.checks, task.path.parent)
    if plan.action == "replay":
        said["cassette"] = _file(plan.cassette)
    hashes = {name: sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS] for name, text in said.items()}
    return content_of(task, plan.agent, settings) | hashes


def known_content(plan: Plan, settings: Settings) -> dict[str, str]:
    """The same; none where what they are made from is not there."""
    try:
        return outcome_content(plan, settings)
    except AgentTasksError:
        return {}


def content_of(task: Task, agent: Agent, settings: Settings) -> dict[str, str]:
    """Hashes of the prompt, of the agent, of what the workspace starts from, and of judges.

    Args:
        task: the task.
        agent: who does it.
        settings: what an agent is not shown depends on them.

    Raises:
        WorkspaceError: what the workspace starts from is not there.
        ModelsConfigError: there is no such judge.
    """
    workspace = workspace_digest(task.spec.workspace, base=task.path.parent, withheld=settings.withheld(task))
    prompt = sha256(task.spec.prompt.encode("utf-8", "surrogatepass")).hexdigest()
    digests = [prompt, agent_digest(agent), workspace, *_judges(task, settings)]
    return {name: digest[:DIGITS] for name, digest in zip(RECORDED_FROM, digests, strict=False)}


def _judges(task: Task, settings: Settings) -> list[str]:
    """One hash of all judges: their options, and the models at the head of their chains."""
    judges = [check.judge for check in task.spec.checks if check.judge]
    if not judges:
        return []
    heads = [judging(settings.models, judge.model).presets[0] for judge in judges]
    said = [
        [judge.model_dump(mode="json"), head.model, head.api_base, head.params]
        for judge, head in zip(judges, heads, strict=True)
    ]
    return [sha256(json.dumps(said, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()]


def header_of(plan: Plan, settings: Settings, made_from: Mapping[str, str]) -> Json:
    """What stands at the top of a cassette.

    Args:
        plan: of a task whose agent asks models.
        settings: of the run.
        made_from: the hashes of `content_of`.
    """
    task, chain = plan.task, plan.chain
    assert chain is not None
    header: Json = {
        "task": task.unbound or task.name,
        "file": task.folder(settings.root),
        "agent": plan.agent.name,
        "preset": chain.requested,
        "model": chain.presets[0].model,
        "plugin": __version__,
    }
    if plan.action == "record":
        header |= {"recorded": now(), "content": dict(made_from)}
    return header | ({"note": settings.note} if settings.note else {})


def how_to_record(plan: Plan, settings: Settings) -> str:
    """The command that records a task, for messages."""
    agent = f" --agent {quote(settings.agent)}" if settings.agent else ""
    repeat = f" --agent-repeat {settings.repeat}" if settings.repeat and plan.task.path.suffix != ".py" else ""
    name = f"{plan.task.document.path}::{plan.task.unbound or plan.task.name}"
    return f"record it: pytest {quote(name)} --model-preset {plan.requested}{agent}{repeat} --agent-cassettes=record"


@cache
def code_of(path: Path) -> str:
    """The text of a Python test's file as it was when this was asked first: when it was imported, not while it runs."""
    return _file(path)


def _solution(task: Task) -> str:
    solution = task.spec.solution
    if solution is None or solution.from_ is None:
        return solution.run if solution else ""
    files = WorkspaceSpec.model_validate({"from": solution.from_})
    return f"{workspace_digest(files, base=task.path.parent)}\n{solution.run}"


def _file(path: Path) -> str:
    try:
        return path.read_bytes().decode("latin-1")
    except OSError:
        return ""
