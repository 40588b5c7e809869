"""The five tools of the built-in agent: their definitions for the model, and what they do in a workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.workspace import Workspace

COMMAND_SECONDS = 120.0
"""Longest time of one command."""

SHOWN = 30_000
"""Characters of a file or an output that a model is shown at once."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants to use.

    Attributes:
        id: to answer with; empty in the text protocol.
        name: the tool.
        arguments: parsed; a text says why they could not be.
    """

    id: str
    name: str
    arguments: Json | str


def _definition(name: str, description: str, **parameters: str) -> Json:
    properties = {key: {"type": "string", "description": text} for key, text in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


DEFINITIONS: list[Json] = [
    _definition("bash", "Run a shell command in the workspace.", command="the command"),
    _definition("read_file", "Read a text file.", path="relative path"),
    _definition("write_file", "Write a text file; replaces it.", path="relative path", content="whole text"),
    _definition(
        "edit_file",
        "Replace a piece of a text file.",
        path="relative path",
        old="text that stands in the file exactly once",
        new="text to put there",
    ),
    _definition("finish", "Say that the work is done.", answer="what was done, in a sentence or two"),
]

PARAMETERS: dict[str, list[str]] = {
    one["function"]["name"]: one["function"]["parameters"]["required"] for one in DEFINITIONS
}
"""Tool → its parameters, all of them required."""


def mistake_in(call: ToolCall) -> str | None:
    """What the model must be told about a call that cannot be made; None if it can."""
    if call.name not in PARAMETERS:
        return f"error: there is no tool {call.name!r}; the tools are {', '.join(PARAMETERS)}"
    if isinstance(call.arguments, str):
        return f"error: the arguments of {call.name} cannot be read: {call.arguments}"
    wanted = PARAMETERS[call.name]
    wrong = [name for name in wanted if not isinstance(call.arguments.get(name), str)]
    if wrong:
        return f"error: {call.name} needs {', '.join(wanted)} as text; missing or not text: {', '.join(wrong)}"
    return None


def parse_arguments(raw: Any) -> Json | str:
    """Arguments as models send them: a JSON object in a text, sometimes an object, sometimes nothing."""
    if isinstance(raw, dict):
        return raw
    try:
        data = json.loads(raw or "{}")
    except (TypeError, ValueError, RecursionError) as error:
        return f"not JSON ({error})"
    return data if isinstance(data, dict) else f"expected a JSON object, found {type(data).__name__}"


def use(call: ToolCall, workspace: Workspace, seconds: float) -> str:
    """Do what a call without mistakes asks for; the answer is for the model, errors included.

    Args:
        call: any tool but `finish`.
        workspace: where it works.
        seconds: what is left of the task's time.
    """
    tools: dict[str, Callable[..., str]] = {
        "bash": lambda command: _bash(workspace, command, seconds),
        "read_file": lambda path: _read(workspace, path),
        "write_file": lambda path, content: _write(workspace, path, content),
        "edit_file": lambda path, old, new: _edit(workspace, path, old, new),
    }
    assert isinstance(call.arguments, dict)
    try:
        return tools[call.name](**{name: call.arguments[name] for name in PARAMETERS[call.name]})
    except (ValueError, OSError) as error:
        text = getattr(error, "strerror", None) or str(error)
        return workspace.display(f"error: {text}: {call.arguments.get('path', '')}".rstrip(": "))


def _bash(workspace: Workspace, command: str, seconds: float) -> str:
    allowed = min(COMMAND_SECONDS, seconds)
    result = workspace.execute(command, seconds=allowed, output_limit=SHOWN)
    if result.timed_out:
        return f"{result.output}\n[stopped after {allowed:.0f} s]"
    ending = f"[exit code {result.exit_code}]" if result.exit_code else ""
    return "\n".join(part for part in (result.output.rstrip("\n"), ending) if part) or "[no output]"


def _file(workspace: Workspace, path: str) -> Path:
    """The path on the host. A pipe is refused: nobody is at its other end."""
    file = workspace.resolve(path)
    if file.exists() and not file.is_file() and not file.is_dir():
        raise ValueError("neither a file nor a folder")
    return file


def _read(workspace: Workspace, path: str) -> str:
    file = _file(workspace, path)
    with file.open("rb") as stream:
        text = stream.read(4 * SHOWN).decode("utf-8", "replace")  # a character has at most four bytes
    shown = text[:SHOWN]
    left = file.stat().st_size - len(shown.encode())
    if len(text) > SHOWN:
        return f"{shown}\n[… about {left} bytes more; use bash with sed -n to read on …]"
    return text or "[the file is empty]"


def _write(workspace: Workspace, path: str, content: str) -> str:
    file = _file(workspace, path)
    made = [one for one in (file, *file.parents) if not one.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode("utf-8", "replace"))
    for one in made:  # as the workspace's commands make them, whatever the caller's umask is
        one.chmod(0o644 if one == file else 0o755)
    return f"wrote {len(content)} characters to {path}"


def _edit(workspace: Workspace, path: str, old: str, new: str) -> str:
    file = _file(workspace, path)
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    count = text.count(old) if old else 0
    if count != 1:
        return f"error: `old` stands {count} times in {path}; it must stand there exactly once"
    file.write_bytes(text.replace(old, new).encode("utf-8", "surrogateescape"))
    return f"edited {path}"
