"""Which tool a message of a conversation tells the output of, and what it was asked to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pytest_agenttasks.cassettes.asked import Message
from pytest_agenttasks.cassettes.normalise import TEXT_PROTOCOL_OUTPUT, first_text
from pytest_agenttasks.cassettes.span import on_a_line
from pytest_agenttasks.results import Json

SHOWN = 60
"""Characters shown of what a tool was asked to do."""


class Use(NamedTuple):
    """A tool that an assistant's message asks for.

    Attributes:
        id: by which its output names it.
        name: of the tool; empty where nothing tells.
        arguments: as an object; empty where they cannot be read.
    """

    id: Any
    name: str
    arguments: Json

    def __str__(self) -> str:
        """Such as ``bash `ls -l` ``."""
        asked = next((value for value in self.arguments.values() if isinstance(value, str) and value), "")
        line = on_a_line(asked if len(asked) <= SHOWN else f"{asked[:SHOWN]}…")
        return (self.name or "a tool") + (f" `{line}`" if line else "")


def use_of(messages: Sequence[Message], index: int) -> Use:
    """The use whose output the message at `index` is."""
    message = messages[index].value
    if message.get("role") != "tool":
        named = re.match(re.escape(TEXT_PROTOCOL_OUTPUT) + r"([^\]\n]+)", first_text(message))
        return Use(None, named[1] if named else "", {})
    found = (use for use in uses_before(messages, index) if use.id == message.get("tool_call_id"))
    return next(found, Use(None, str(message.get("name") or ""), {}))


def uses_before(messages: Sequence[Message], index: int) -> Iterator[Use]:
    """All uses of tools that were asked for before the message at `index`, the last first."""
    for message in reversed(messages[:index]):
        for call in reversed(members_of(member(message.value, "tool_calls"))):
            function = call.get("function")
            yield Use(call.get("id"), str(member(function, "name") or ""), _object(member(function, "arguments")))


def member(value: Any, name: str) -> Any:
    """What an object has under a name; None if it is no object or has none."""
    return value.get(name) if isinstance(value, dict) else None


def members_of(value: Any) -> list[Json]:
    """The objects in a list; none if it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(arguments: Any) -> Json:
    try:
        value = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}
