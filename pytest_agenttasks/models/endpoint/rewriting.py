"""Taking out of a program's prompts what differs from run to run: the date, the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_agenttasks.results import Json

PROMPTS = ("system", "developer", "user")


def rewritten(messages: list[Json], rewrite: Callable[[str], str]) -> list[Json]:
    """The messages with the texts of prompts changed; those of models and tools stay."""
    return [_message(one, rewrite) if one.get("role") in PROMPTS else one for one in messages]


def _message(message: Json, rewrite: Callable[[str], str]) -> Json:
    return {**message, "content": _content(message.get("content"), rewrite)}


def _content(content: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return rewrite(content)
    if isinstance(content, list):
        return [_part(part, rewrite) for part in content]
    return content


def _part(part: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return {**part, "text": rewrite(part["text"])}
    return part
