"""Real answers of providers, and what each of them says in its provider's own format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.provider import Answer

Json = dict[str, Any]

PREFIXES = {"ollama": "openai"}
"""Providers whose answers were given in another one's format: Ollama's in OpenAI's."""


@dataclass(frozen=True)
class Said:
    """What an answer says: its text without thoughts, and name and arguments of each tool call.

    Tools that Anthropic runs itself are among the calls: litellm tells them so.
    """

    text: str
    calls: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """An HTTP answer of a provider, with the facts of the request that matter for its format.

    Attributes:
        data: `provider`, `uri`, `status`, `headers`, `request`, `body` and `source`, where it was taken from.
    """

    data: Json

    @property
    def model(self) -> str:
        """The full litellm id that was asked, as far as the request tells."""
        provider = "openai" if "/openai/" in self.data["uri"] and self.provider == "gemini" else self.provider
        found = re.search(r"/models/([^:/?]+)", self.data["uri"])
        name = self.data["request"]["model"] or (found.group(1) if found else "m")
        return f"{PREFIXES.get(provider, provider)}/{name}"

    @property
    def provider(self) -> str:
        """As the sample calls it."""
        return str(self.data["provider"])

    @property
    def is_stream(self) -> bool:
        """Whether the answer is a stream: the gateway asks for none."""
        return bool(self.data["request"]["stream"])

    @property
    def answer(self) -> Answer:
        """As it was sent."""
        return Answer(self.data["status"], self.data["body"], self.data["headers"])

    @property
    def tools(self) -> list[Json]:
        """Tools of the names that the request had, without which some formats are read differently."""
        names = [name for name in self.data["request"]["tools"] if name] or [name for name, _ in self.said.calls]
        parameters = {"type": "object", "properties": {}}
        return [
            {"type": "function", "function": {"name": name, "parameters": parameters}} for name in dict.fromkeys(names)
        ]

    @property
    def said(self) -> Said:
        """What the body says; nothing if it is an error."""
        body = self.data["body"]
        body = json.loads(body) if isinstance(body, str) and not self.is_stream else body
        if self.data["status"] != 200 or self.is_stream:
            return Said("", ())
        if "candidates" in body:
            return _said(_gemini(body))
        if "content" in body:
            return _said(_anthropic(body))
        message = body["choices"][0]["message"] if "choices" in body else body["message"]
        return Said(_text(message.get("content")), _calls(message))


def samples(folder: Path) -> Iterator[Sample]:
    """All samples of a folder: one JSON object a line, one file a provider."""
    for file in sorted(folder.glob("*.jsonl")):
        yield from (Sample(json.loads(line)) for line in file.read_text("utf-8").splitlines())


def said_by(message: Json) -> Said:
    """What a message of a chat completion says."""
    return Said(_text(message.get("content")), _calls(message))


def _said(parts: list[tuple[str, Json | None]]) -> Said:
    calls = tuple((text, _plain(arguments)) for text, arguments in parts if arguments is not None)
    return Said("".join(text for text, arguments in parts if arguments is None).strip(), calls)


def _gemini(body: Json) -> list[tuple[str, Json | None]]:
    parts = (body["candidates"] or [{}])[0].get("content", {}).get("parts", [])
    calls = [one.get("functionCall") for one in parts]
    return [
        (call["name"], call.get("args", {})) if call else (one["text"], None)
        for one, call in zip(parts, calls, strict=True)
        if call or ("text" in one and not one.get("thought"))
    ]


def _anthropic(body: Json) -> list[tuple[str, Json | None]]:
    return [
        (one["text"], None) if one["type"] == "text" else (one["name"], one["input"])
        for one in body["content"]
        if one["type"] in ("tool_use", "text")
    ]


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(one.get("text", "") for one in content if one.get("type", "text") == "text").strip()
    return re.sub(r"^<think>.*?</think>", "", str(content or ""), flags=re.DOTALL).strip()


def _calls(message: Json) -> tuple[tuple[str, str], ...]:
    functions = [one["function"] for one in message.get("tool_calls") or []]
    return tuple((one["name"], _plain(one.get("arguments") or {})) for one in functions)


def _plain(arguments: object) -> str:
    """Arguments of a tool call, however they were written."""
    try:
        value = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        value = arguments
    return json.dumps(value, sort_keys=True)
