"""What an agent did, from its trajectory (ATIF), step by step. A file from elsewhere may have any form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import WORTH_TELLING, duration
from pytest_agenttasks.reports.texts import first_line, shortened
from pytest_agenttasks.results import Json

MOST_ATTEMPTS = 20
"""Attempts of one call that are told."""


@dataclass(slots=True)
class ToolCall:
    """One use of a tool.

    Attributes:
        name: of the tool.
        brief: what it was asked for, in a line.
        arguments: names and values.
        outputs: what it gave.
    """

    name: str
    brief: str
    arguments: list[tuple[str, str]]
    outputs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """One step.

    Attributes:
        number: of the step, from 1.
        who: `system`, `user` or `agent`.
        model: that answered.
        text: what was said.
        reasoning: what the model told of its thoughts.
        facts: tokens, cost and waits, each in a few words.
        attempts: how the answer came about, where it took more than one.
        calls: of tools.
        outputs: of tools without a call in this step.
    """

    number: int
    who: str
    model: str
    text: str
    reasoning: str
    facts: list[str]
    attempts: list[str]
    calls: list[ToolCall]
    outputs: list[str]

    @property
    def length(self) -> int:
        """Characters."""
        texts = [self.text, self.reasoning, *self.outputs]
        for call in self.calls:
            texts += [*call.outputs, *(value for _, value in call.arguments)]
        return sum(map(len, texts))


@dataclass(slots=True)
class Transcript:
    """A conversation.

    Attributes:
        name: of an embedded one; else empty.
        steps: those that are shown; None stands for those that were left out.
        left_out: how many those are.
        total: all steps.
    """

    name: str
    steps: list[Said | None]
    left_out: int
    total: int


def prompt_of(trajectory: Json | None) -> str:
    """What the agent was asked to do: the first message of a user."""
    steps = _dicts((trajectory or {}).get("steps"))
    return next((shortened(_plain(step.get("message"))) for step in steps if step.get("source") == "user"), "")


def transcripts(trajectory: Json | None, most: int) -> list[Transcript]:
    """The conversations of a trajectory, the agent's own first.

    Args:
        trajectory: an ATIF document.
        most: characters of all of them that are shown; of what is more, the middle is left out.
    """
    if trajectory is None:
        return []
    others = _dicts(trajectory.get("subagent_trajectories"))
    documents = [("", trajectory), *((str(one.get("trajectory_id", "")), one) for one in others)]
    share = most // (2 * len(others)) if others else 0
    return [_transcript(name, one, share if name else most - share * len(others)) for name, one in documents]


def moves_of(trajectory: Json | None) -> list[tuple[int, str]]:
    """Attempts that gave no answer, and waits: number of the step, and what happened; 0 for calls without answer."""
    found = []
    for number, step in enumerate(_dicts((trajectory or {}).get("steps")), 1):
        found += [(number, line) for line in _attempts(_record(step))]
    for call in _dicts(_dict((trajectory or {}).get("extra")).get("unanswered")):
        told = _attempts(call) or ["no attempt was made"]
        found += [(0, f"{line} · refused: {call.get('refused')}") for line in told]
    return found


def _transcript(name: str, document: Json, most: int) -> Transcript:
    steps = [_said(number, step) for number, step in enumerate(_dicts(document.get("steps")), 1)]
    lengths = [step.length for step in steps]
    if sum(lengths) <= most:
        return Transcript(name, [*steps], 0, len(steps))
    head = _fitting(lengths, most // 2)
    tail = min(_fitting(lengths[::-1], most // 2), len(steps) - head)
    left = len(steps) - head - tail
    gap: list[Said | None] = [None] if left else []
    return Transcript(name, [*steps[:head], *gap, *steps[len(steps) - tail :]], left, len(steps))


def _fitting(lengths: Iterable[int], room: int) -> int:
    """How many of them fit."""
    count = 0
    for length in lengths:
        room -= length
        if room < 0:
            break
        count += 1
    return count


def _said(number: int, step: Json) -> Said:
    calls = {str(one.get("tool_call_id")): _call(one) for one in _dicts(step.get("tool_calls"))}
    outputs: list[str] = []
    for result in _dicts(_dict(step.get("observation")).get("results")):
        text = shortened(_plain(result.get("content")))
        call = calls.get(str(result.get("source_call_id")))
        (call.outputs if call else outputs).append(text)
    record = _record(step)
    return Said(
        number,
        who=str(step.get("source", "?")),
        model=_string(step.get("model_name")),
        text=shortened(_plain(step.get("message"))),
        reasoning=shortened(_plain(step.get("reasoning_content"))),
        facts=_facts(_dict(step.get("metrics")), record),
        attempts=_attempts(record),
        calls=list(calls.values()),
        outputs=outputs,
    )


def _call(call: Json) -> ToolCall:
    given = call.get("arguments")
    raw = _dict(call.get("extra")).get("raw_arguments")
    arguments = given if isinstance(given, dict) and given else {"": raw} if raw else {}
    told = [(str(name), shortened(_plain(value))) for name, value in arguments.items()]
    brief = first_line(next((value for _, value in told if value.strip()), ""))
    return ToolCall(_string(call.get("function_name")) or "?", brief, told)


def _facts(metrics: Json, record: Json) -> list[str]:
    prompt, completion = metrics.get("prompt_tokens"), metrics.get("completion_tokens")
    facts = []
    if isinstance(prompt, int) and isinstance(completion, int):
        facts.append(f"{prompt:,} + {completion:,} tokens")
    if record:
        usd = _number(metrics.get("cost_usd"))
        facts.append("cost unknown" if usd is None else f"${cost(usd)}")
    waited = _number(record.get("waited_s"))
    if waited and waited >= WORTH_TELLING:
        facts.append(f"waited {duration(waited)}")
    return facts


def _attempts(record: Json) -> list[str]:
    """Those that gave no answer, and those that were waited for."""
    told = [line for line in map(_attempt, _dicts(record.get("attempts"))) if line]
    more = [f"and {len(told) - MOST_ATTEMPTS} more"] if len(told) > MOST_ATTEMPTS else []
    return told[:MOST_ATTEMPTS] + more


def _attempt(attempt: Json) -> str:
    waited, reason, status = _number(attempt.get("waited_s")) or 0.0, attempt.get("reason"), attempt.get("status")
    if not reason and waited < WORTH_TELLING:
        return ""
    after = f"waited {duration(waited)}, then " if waited >= WORTH_TELLING else ""
    said = f"{reason} ({status or 'no answer'}), {_followed(attempt)}" if reason else "it answered"
    account = f" with account {attempt['account']}" if attempt.get("account") else ""
    return f"{after}{attempt.get('model')}{account}: {said}"


def _followed(attempt: Json) -> str:
    return {"retry": "asked again", "rotate": "moved on", "give_up": "given up"}.get(str(attempt.get("verdict")), "")


def _record(step: Json) -> Json:
    return _dict(_dict(step.get("extra")).get("agenttasks"))


def _plain(value: Any) -> str:
    """A message, its parts, or an argument, as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(one, dict) and "type" in one for one in value):
        return "\n".join(_part(one) for one in value)
    return json.dumps(value, ensure_ascii=False, indent=1)


def _part(part: Json) -> str:
    if isinstance(part.get("text"), str):
        return str(part["text"])
    path = _dict(part.get("source")).get("path")
    return f"[{part['type']}: {path}]" if path else json.dumps(part, ensure_ascii=False)


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """A number that can be told."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if fits else None
