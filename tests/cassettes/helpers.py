"""A scripted gateway and conversations to record."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import Action, Cassette, Drift, Normaliser, open_cassette, own_patterns
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets

HEADER = {"task": "tests-for", "agent": "loop", "preset": "flash", "plugin": "1.0"}
BASH = {"type": "function", "function": {"name": "bash", "parameters": {"type": "object", "properties": {}}}}
EDIT = {"type": "function", "function": {"name": "edit", "parameters": {"type": "object", "properties": {}}}}


def opened(
    path: Path,
    action: Action,
    *,
    header: Json | None = None,
    replacements: list[tuple[str, str]] | None = None,
    environment: dict[str, str] | None = None,
    drift: Drift = "report",
    how_to_record: str = "record it: pytest --agent-cassettes=record",
    prompt: str = "",
    patterns: Mapping[str, object] | None = None,
    content: dict[str, str] | None = None,
) -> AbstractContextManager[Cassette]:
    return open_cassette(
        path,
        action,
        header=HEADER if header is None else header,
        normalise=Normaliser(replacements or [], own_patterns(patterns or {})),
        secrets=Secrets(environment or {}),
        drift=drift,
        how_to_record=how_to_record,
        prompt=prompt,
        content=lambda: content or {},
    )


def answer(content: str | None = "ok", *, command: str | None = None, call_id: str = "call_1") -> Reply:
    """A chat completion as the gateway sends it."""
    message: Json = {"role": "assistant", "content": content, "refusal": None}
    if command is not None:
        function = {"name": "bash", "arguments": command}
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
    facts: Json = {"requested": "flash", "served": "gemini/flash", "attempts": [], "cost_usd": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Reply(200, {"id": "gen-1", "choices": [choice], "agenttasks": facts})


def never(body: Json) -> Reply:
    raise AssertionError(f"a replay asked the gateway: {body}")


def body(*contents: str, model: str = "flash", **params: Any) -> Json:
    """A request whose messages are system, user, assistant, user, … in turn."""
    roles = ["system", *("user", "assistant") * len(contents)]
    messages = [{"role": role, "content": text} for role, text in zip(roles, contents, strict=False)]
    return {"model": model, "messages": messages, **params}


def converse(cassette: Cassette, send: Any, outputs: list[str], *, prompt: str = "do it") -> list[Reply]:
    """A task of the loop: each answer is a command, each output goes back as a tool message."""
    messages: list[Json] = [{"role": "system", "content": "You work."}, {"role": "user", "content": prompt}]
    replies = []
    for output in outputs:
        reply = cassette.ask({"model": "flash", "messages": messages, "tools": [BASH]}, send)
        said = reply.body["choices"][0]["message"]
        tool = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": output}
        messages += [{k: said[k] for k in ("role", "content", "tool_calls")}, tool]
        replies.append(reply)
    return replies


class Gateway:
    """Answers each call with another command; counts."""

    def __init__(self, name: str = "a", *, words: int = 5) -> None:
        self.name = name
        self.words = words
        self.calls = 0

    def __call__(self, _body: Json) -> Reply:
        self.calls += 1
        text = " ".join(f"{self.name}{self.calls}w{n}" for n in range(self.words))
        return answer(f"step {self.calls}", command=text, call_id=f"call_{self.calls}")


def record(path: Path, outputs: list[str], **options: Any) -> list[Reply]:
    with opened(path, "record", **options) as cassette:
        replies = converse(cassette, Gateway(), outputs)
        cassette.save()
    return replies
