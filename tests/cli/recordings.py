"""What tests of the commands for cassettes share: tasks, cassettes made by hand, and the command itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: F401 - pytester forgets what its test imports, and a second yaml does not know the nodes of the first

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.asked import Asked, Message
from pytest_agenttasks.cassettes.file_format import Call, from_text, to_text
from pytest_agenttasks.cli import main
from pytest_agenttasks.results import Json
from tests.e2e.project import Project

ONE, OTHER = "cassettes/tasks/two/one--m.yaml", "cassettes/tasks/two/other--m.yaml"

TASKS = """
    tasks:
      - id: one
        prompt: Write 42 into out.txt.
        checks: [{contains: {file: out.txt, text: "42"}}]
      - id: other
        prompt: Write 42 into out.txt, please.
        workspace: {from: data}
        checks: [{contains: {file: out.txt, text: "42"}}]
"""


class Cli:
    """The command, run in a project."""

    def __init__(self, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints, errors included; it must end with this exit code."""
        self._capsys.readouterr()
        ended = main(["cassettes", *arguments])
        told = "".join(self._capsys.readouterr())
        assert ended == code, told
        return told

    def listed(self, *arguments: str) -> dict[str, Json]:
        """`ls --json`, by path."""
        cassettes: list[Json] = json.loads(self("ls", "--json", *arguments))["cassettes"]
        return {one["path"]: one for one in cassettes}

    def states(self, *arguments: str) -> dict[str, str]:
        """State of each cassette, by path."""
        return {path: one["state"] for path, one in self.listed(*arguments).items()}


def rewritten(path: Path, change: Callable[[Json, list[Call]], object]) -> None:
    """Change a cassette in place; its checksum is right again."""
    header, calls = from_text(path.read_text())
    change(header, calls)
    path.write_text(to_text(header, calls))


def call(*messages: Json, answer: str | Json = "ok", served: str = "openrouter/test/m", **more: Any) -> Call:
    """A recorded call."""
    message = {"role": "assistant", "content": answer} if isinstance(answer, str) else {"role": "assistant", **answer}
    facts = {"requested": "m", "served": served, "cost_usd": 0.25, "attempts": more.pop("attempts", [])}
    body = {
        "choices": [{"message": message}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 34},
        "agenttasks": facts,
    }
    return Call(Asked({"model": "m", **more}, [Message.of(one) for one in messages]), Reply(200, body))


def cassette(path: Path, *calls: Call, **header: Any) -> Path:
    """A cassette made by hand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text({"task": "t", "preset": "m", **header}, calls))
    return path


def user(text: str) -> Json:
    return {"role": "user", "content": text}
