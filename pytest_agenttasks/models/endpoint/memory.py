"""Tool calls as the models made them, for programs that give back less of them than they got."""

from __future__ import annotations

import json
from typing import Any

from pytest_agenttasks.results import Json

Key = tuple[str, str, str]


class Memory:
    """The tool calls of a session's answers.

    Gemini signs its calls, and refuses a conversation without the signatures; Anthropic's format has no place for
    them, and programs drop what they do not know. A call that comes back with the same id, name and arguments is the
    one that was made, and goes on as it was made. Threads may share a memory.
    """

    def __init__(self) -> None:
        self._calls: dict[Key, Json] = {}

    def learn(self, answer: Json) -> None:
        """Keep the calls of a chat completion."""
        for choice in answer["choices"]:
            for call in choice["message"].get("tool_calls") or ():
                self._calls[_key(call)] = call

    def restored(self, messages: list[Json]) -> list[Json]:
        """The messages with their tool calls as the models made them."""
        return [self._restored(one) if isinstance(one.get("tool_calls"), list) else one for one in messages]

    def _restored(self, message: Json) -> Json:
        calls = [self._calls.get(_key(one), one) if isinstance(one, dict) else one for one in message["tool_calls"]]
        return {**message, "tool_calls": calls}


def _key(call: Json) -> Key:
    function = call.get("function")
    named: dict[str, Any] = function if isinstance(function, dict) else {}
    return str(call.get("id")), str(named.get("name")), _canonical(named.get("arguments"))


def _canonical(arguments: object) -> str:
    """Equal for arguments that mean the same, however they are written."""
    try:
        return json.dumps(json.loads(str(arguments)), sort_keys=True)
    except ValueError:
        return str(arguments)
