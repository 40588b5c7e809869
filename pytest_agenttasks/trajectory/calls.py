"""The tools that models asked for: as tool calls, as OpenAI's older function call, and as text."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory.content import plain_text
from pytest_agenttasks.trajectory.exchange import Exchange

DEEPEST = 50
"""Levels of lists and objects in a tool call's arguments; deeper ones are kept as the text that they came as."""

# A closing tag counts only where the next tag, or the end, follows: contents may hold the same words.
_CALL = re.compile(r'<tool name="([^"]*)">(\s*<arg name="(?:(?!<tool name=").)*?</arg>\s*|.*?)</tool>', re.DOTALL)
_ARGUMENT = re.compile(r'<arg name="([^"]*)">(.*?)</arg>(?=\s*(?:<arg name="|\Z))', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that a model asked for.

    Attributes:
        name: of the tool, as the agent calls it.
        arguments: empty where they are no JSON object.
    """

    name: str
    arguments: Json

    @property
    def command(self) -> str:
        """The shell command that is to be run; empty for tools that run none.

        Agents call it `command` or `cmd`, and give a text or a list of words. Beside a `path` it is what an editor is
        to do with a file.
        """
        given = self.arguments.get("command", self.arguments.get("cmd"))
        if "path" in self.arguments:
            return ""
        if isinstance(given, list) and all(isinstance(word, str) for word in given):
            return shlex.join(given)
        return given if isinstance(given, str) else ""


def tool_uses(exchanges: Sequence[Exchange]) -> Iterator[ToolUse]:
    """The tools that the answers of a session ask for, in order; those of agents within the agent are among them."""
    for exchange in exchanges:
        for call in calls_of(exchange.answer):
            told = tool_call(call, "")
            yield ToolUse(told["function_name"], told["arguments"])
        if not exchange.params.get("tools"):
            content = plain_text(exchange.answer.get("content"))
            yield from (ToolUse(name, dict(arguments)) for name, arguments in calls_in_text(content))


def calls_in_text(text: str) -> list[tuple[str, dict[str, str]]]:
    """Name and arguments of the tools that a model asks for in text, as those do that know no tool calls."""
    return [(name, dict(_ARGUMENT.findall(inner))) for name, inner in _CALL.findall(text)]


def calls_of(message: Json) -> list[Any]:
    """The tool calls of a message; OpenAI's older `function_call` is one, without an id."""
    calls = message.get("tool_calls")
    if calls and isinstance(calls, list):
        return calls
    return [{"function": message["function_call"]}] if message.get("function_call") else []


def tool_call(call: Any, otherwise: str) -> Json:
    """A tool call; arguments that are no JSON object are kept as they came, under `extra.raw_arguments`."""
    known = mapping(call)
    function = mapping(known.get("function") or known.get("custom"))
    raw = function.get("arguments", function.get("input"))
    arguments = _object(raw)
    told: Json = {
        "tool_call_id": str(known.get("id") or otherwise),
        "function_name": str(function.get("name") or ""),
        "arguments": arguments or {},
    }
    return told if arguments is not None else {**told, "extra": {"raw_arguments": plain_text(raw)}}


def _object(raw: Any) -> Json | None:
    """A JSON object of the text, if it is one."""
    try:
        value = json.loads(raw, parse_constant=_refuse) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not _is_deeper(value, DEEPEST) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, or an empty mapping where it is none."""
    return value if isinstance(value, Mapping) else {}
