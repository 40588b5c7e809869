"""Two ways for a model to use tools: the provider's tool calling, and plain text for models without it."""

from __future__ import annotations

from typing import Any, Protocol

from pytest_agenttasks.agents.tools import DEFINITIONS, PARAMETERS, ToolCall, parse_arguments
from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory import calls_in_text


class ToolProtocol(Protocol):
    """How tools are offered to a model, read from its answers and answered."""

    explanation: str
    """Added to the system prompt."""

    parameters: dict[str, Any]
    """Given to `Session.complete`."""

    def calls(self, message: Json) -> list[ToolCall]:
        """The tools that an answer asks for."""

    def output(self, call: ToolCall, text: str) -> Json:
        """The message that tells a tool's output."""


class NativeTools:
    """Tool calling as OpenAI's chat completions have it."""

    explanation = ""
    parameters: dict[str, Any] = {"tools": DEFINITIONS}  # noqa: RUF012 - never changed

    def calls(self, message: Json) -> list[ToolCall]:
        """Read `tool_calls`; parts that are missing become a mistake that the model is told."""
        return [self._call(one) for one in message.get("tool_calls") or []]

    def output(self, call: ToolCall, text: str) -> Json:
        """A message of role `tool`."""
        return {"role": "tool", "tool_call_id": call.id, "content": text}

    def _call(self, one: Json) -> ToolCall:
        function = one.get("function") or {}
        return ToolCall(str(one.get("id") or ""), str(function.get("name")), parse_arguments(function.get("arguments")))


class TextTools:
    """Tags in plain text. Contents are taken as they are, so that code needs no escaping."""

    explanation = (
        "\n\nYou use a tool by writing it like this, one or several in an answer:\n"
        '<tool name="write_file">\n<arg name="path">notes.txt</arg>\n<arg name="content">first line\n'
        "second line\n</arg>\n</tool>\nThe tools and their arguments:\n"
        + "\n".join(
            f"- {one['function']['name']}({', '.join(PARAMETERS[one['function']['name']])}): "
            f"{one['function']['description']}"
            for one in DEFINITIONS
        )
    )
    parameters: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def calls(self, message: Json) -> list[ToolCall]:
        """Read the tags of an answer."""
        text = message.get("content")
        found = calls_in_text(text if isinstance(text, str) else "")
        return [ToolCall("", name, dict(arguments)) for name, arguments in found]

    def output(self, call: ToolCall, text: str) -> Json:
        """A user message that begins with the tool's name."""
        return {"role": "user", "content": f"[output of {call.name}]\n{text}"}
