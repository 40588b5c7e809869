"""A request as a cassette knows it: what is in it, and by which keys it is found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from typing import Any

from pytest_agenttasks.cassettes.normalise import TEXT_PROTOCOL_OUTPUT, Normaliser, is_tool_output
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets

METHOD = "POST"
URI = "http://gateway/v1/chat/completions"
"""Where every request goes, as far as a cassette is concerned: the gateway's real port does not matter."""


def canonical(value: Any) -> bytes:
    """JSON with sorted names, so that equal values are equal bytes. Lone surrogates are allowed."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def digest(data: bytes) -> bytes:
    """A short hash, long enough that two texts never share one."""
    return blake2b(data, digest_size=16).digest()


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of a JSON value with every string changed, names of members included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(str(name)): mapped(member, change) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [mapped(member, change) for member in value]
    return value


LONG = 200
"""Characters from which on a text counts by its hash, which is remembered: most of a request was seen before."""


def shortened(text: str) -> str:
    """The text, or what stands for a long one where only equality matters."""
    return text if len(text) < LONG else f"\0{digest(text.encode('utf-8', 'surrogatepass')).hex()}"


class Message:
    """A chat message, normalised. Everything is worked out when it is first asked for."""

    def __init__(self, raw: Any, prepare: Callable[[Any], Any], short: Callable[[str], str]) -> None:
        self._raw = raw
        self._prepare = prepare
        self._short = short

    @classmethod
    def of(cls, value: Any) -> Message:
        """A message that is as it should be."""
        return cls(value, lambda same: same, shortened)

    @cached_property
    def value(self) -> Any:
        """The message."""
        return self._prepare(self._raw)

    @cached_property
    def exact(self) -> bytes:
        """Hash of all of it."""
        return self._hash(self.value)

    @cached_property
    def loose(self) -> bytes:
        """Hash without what a tool said, if it is tool output; otherwise the same as `exact`."""
        if not is_tool_output(self.value):
            return self.exact
        blank = "" if self.value.get("role") == "tool" else TEXT_PROTOCOL_OUTPUT
        return self._hash({**self.value, "content": blank})

    def _hash(self, value: Any) -> bytes:
        return digest(canonical(mapped(value, self._short)))


@dataclass(frozen=True)
class Asked:
    """A request, scrubbed and normalised.

    Attributes:
        params: everything in the body but the messages.
        messages: the conversation. Requests that extend each other share their messages.
    """

    params: Json
    messages: list[Message]

    @cached_property
    def params_digest(self) -> bytes:
        """Equal for requests with the same parameters."""
        return digest(canonical([METHOD, URI, self.params]))

    @cached_property
    def key(self) -> bytes:
        """Equal for requests that ask the same."""
        return digest(self.params_digest + b"".join(message.exact for message in self.messages))

    @cached_property
    def loose_key(self) -> bytes:
        """Equal for requests that differ in nothing but what tools said."""
        return digest(self.params_digest + b"".join(message.loose for message in self.messages))

    @property
    def body(self) -> Json:
        """The body as JSON value."""
        return {**self.params, "messages": [message.value for message in self.messages]}


class Preparer:
    """Turns bodies and answers into what is stored and compared: without secrets, the same on every machine.

    Remembers what it did to each text, since a conversation brings all of its texts again with every call.
    """

    def __init__(self, normalise: Normaliser, secrets: Secrets) -> None:
        # Caches without a limit: they end with the task.
        self._plain = cache(lambda text: normalise.replace(secrets.scrub(text)))
        self._output = cache(lambda text: normalise(secrets.scrub(text)))
        self._short = cache(shortened)

    def ask(self, body: Json) -> Asked:
        """The request that a body makes; the body is left alone and may change afterwards."""
        messages = body.get("messages")
        listed = messages if isinstance(messages, list) else []
        params = {k: v for k, v in body.items() if k != "messages" or listed is not messages}
        return Asked(self.answer(params), [self._now(one) for one in listed])

    def stored(self, message: Any) -> Message:
        """A message of a recorded request; it is prepared when it is first needed, and must not change before."""
        return Message(message, self._prepared, self._short)

    def _now(self, message: Any) -> Message:
        value = self._prepared(message)
        return Message(value, lambda same: same, self._short)

    def _prepared(self, message: Any) -> Any:
        if not is_tool_output(message):
            return mapped(message, self._plain)
        return {
            name: mapped(member, self._output if name == "content" else self._plain) for name, member in message.items()
        }

    def answer(self, body: Json) -> Json:
        """The body of an answer, as it is stored and given to the agent. Always a new object."""
        return dict(mapped(body, self._plain))
