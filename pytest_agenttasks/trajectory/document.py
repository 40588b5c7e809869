"""The document: agent, steps and totals of a task's work, in ATIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory.content import Media, clean, plain_text
from pytest_agenttasks.trajectory.conversations import Conversation, conversations, message_key
from pytest_agenttasks.trajectory.exchange import Exchange
from pytest_agenttasks.trajectory.steps import Steps, call_record, metrics

SCHEMA_VERSION = "ATIF-v1.8"
"""Of the models in `harbor.models.trajectories` of Harbor 0.24 and 0.25, which define the format field by field."""


@dataclass(frozen=True, slots=True)
class About:
    """What a trajectory says of the task, beside what was said in it.

    Attributes:
        session_id: names the run and the task in it.
        agent: name of the agent.
        version: of the agent.
        model: full id of the requested model; None for agents that ask none.
        prompt: what the agent was asked to do.
        extra: whatever else is to be told of the task.
    """

    session_id: str
    agent: str
    version: str
    model: str | None
    prompt: str
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A trajectory and what it refers to.

    Attributes:
        document: the ATIF document, plain JSON.
        media: images and audio by their paths, relative to the document.
    """

    document: Json
    media: Mapping[str, bytes]


def trajectory_of(about: About, exchanges: Sequence[Exchange], transcript: Sequence[Any] = ()) -> Trajectory:
    """The trajectory of a task's work.

    The conversation with most answers (of several the first) is the trajectory, the others are embedded in it.
    Calls that no model answered are listed under `extra.unanswered`; conversations of nothing else are left out.

    Args:
        about: the task.
        exchanges: its calls, in order of asking.
        transcript: the conversation as the agent sees it: what follows the last answer is added to the steps. It is
            the only source for agents that ask no model.
    """
    media, found = Media(), conversations(exchanges)
    main = max(found, key=lambda one: one.answers, default=None)
    others = [one for one in found if one is not main and one.answers]
    document = {**_trajectory(about, main, transcript, media), "session_id": about.session_id}
    document["final_metrics"] = {**_totals(exchanges), "total_steps": len(document["steps"])}
    unanswered = [{"refused": one.refused, **call_record(one.facts)} for one in exchanges if not one.answer]
    extra = {**about.extra, "unanswered": unanswered}
    document["extra"] = {name: value for name, value in extra.items() if value not in ([], None, "")}
    if others:
        document["notes"] = "final_metrics counts the embedded conversations in, except for total_steps."
        document["subagent_trajectories"] = [
            {"trajectory_id": f"conversation-{number}", **_trajectory(about, one, transcript, media)}
            for number, one in enumerate(others, 2)
        ]
    return Trajectory(clean(document), media.files)


def _trajectory(about: About, conversation: Conversation | None, transcript: Sequence[Any], media: Media) -> Json:
    steps = Steps(media)
    turns = conversation.turns if conversation else []
    for turn in turns:
        steps.take(turn)
    for message in _rest(conversation, transcript):
        (steps.work if not turns and message.get("role") == "assistant" else steps.tell)(message)
    if not steps.done:
        steps.tell({"role": "user", "content": about.prompt})
    exchanges = [turn.exchange for turn in turns]
    return {
        "schema_version": SCHEMA_VERSION,
        "agent": _agent(about, exchanges),
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps.done, 1)],
        "final_metrics": {**_totals(exchanges), "total_steps": len(steps.done)},
    }


def _rest(conversation: Conversation | None, transcript: Sequence[Any]) -> Sequence[Json]:
    """What the transcript has after the conversation's last answer; all of it where there is no conversation."""
    messages = [one if isinstance(one, Mapping) else {"role": "user", "content": plain_text(one)} for one in transcript]
    history = conversation.history if conversation else []
    begins = [message_key(dict(message)) for message in messages[: len(history)]] == history
    return [dict(message) for message in messages[len(history) :]] if begins else []


def _agent(about: About, exchanges: Sequence[Exchange]) -> Json:
    agent: Json = {"name": about.agent, "version": about.version}
    if about.model:
        agent["model_name"] = about.model
    tools = next((one.params["tools"] for one in reversed(exchanges) if one.params.get("tools")), None)
    if isinstance(tools, list) and all(isinstance(one, dict) for one in tools):
        agent["tool_definitions"] = tools
    return agent


def _totals(exchanges: Sequence[Exchange]) -> Json:
    """Sums of what is known; no cost where the cost of one call is not. Unknown is never 0."""
    answered = [one for one in exchanges if one.answer]
    told = [metrics(one) for one in answered]
    totals: Json = {
        f"total_{name}": sum(one.get(name, 0) for one in told)
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens")
        if any(name in one for one in told)
    }
    costs = [one.facts.cost_usd for one in answered]
    known = [cost for cost in costs if cost is not None]
    if len(known) == len(costs):
        totals["total_cost_usd"] = fsum(known)
    return totals
