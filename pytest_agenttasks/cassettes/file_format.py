"""The file of a cassette, version 1.

    agenttasks-cassette: 1
    header: {task: …, preset: …}         facts that the caller gave
    entries: 2                           how many calls follow
    calls:
    - params: {model: …, tools: …}       the body of the request without its messages
      messages: [{role: system, …}, {role: user, …}]
      reply: {status: 200, body: {…}}
    - after: 0                           begins with the messages of call 0, has its params
      messages:                          what it adds
      - !answer {of: 0, only: [role, content, tool_calls]}
      - {role: tool, …}
      reply: {status: 200, body: {…}}
    checksum: sha256:…                   of everything above, as UTF-8

Beside `after` may stand `keep: n` (only its first n messages), `params` (those that differ) and
`without` (names of params it does not have). Headers are not stored: there is none but the content type,
which is JSON. Method and URI are always the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import yaml_text
from pytest_agenttasks.cassettes.asked import Asked, Message, canonical, digest
from pytest_agenttasks.results import Json

VERSION = 1
_PREAMBLE = "# Recorded by pytest-agenttasks. The checksum covers every line: record again rather than edit.\n"
_VERSION_LINE = re.compile(r"^agenttasks-cassette: (\d+)$", re.MULTILINE)
_CHECKSUM_LINE = re.compile(r"checksum: sha256:([0-9a-f]{64})\n\Z")


class FormatError(ValueError):
    """A text that is not a whole cassette; the message continues "cassette FILE …".

    Attributes:
        newer: whether it is of a version that this one cannot read.
    """

    def __init__(self, message: str, *, newer: bool = False) -> None:
        super().__init__(message)
        self.newer = newer


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its answer."""

    asked: Asked
    reply: Reply


def to_text(header: Json, calls: Sequence[Call]) -> str:
    """The text of the file."""
    writer = _Writer()
    stored = [
        {**writer.request(call), "reply": {"status": call.reply.status, "body": call.reply.body}} for call in calls
    ]
    top = {"agenttasks-cassette": VERSION, "header": header, "entries": len(calls), "calls": stored}
    text = _PREAMBLE + yaml_text.dump(top)
    return f"{text}checksum: sha256:{_checksum(text)}\n"


def from_text(text: str, message: Callable[[Any], Message] = Message.of) -> tuple[Json, list[Call]]:
    """The header and the calls of a file's text.

    Args:
        text: all of it.
        message: makes a stored message comparable; called once for each message that is stored.

    Raises:
        FormatError: the text is cut off, was changed, or is of a newer version.
    """
    top = _verified(text)
    calls: list[Call] = []
    try:
        for stored in top["calls"]:
            reply = Reply(int(stored["reply"]["status"]), dict(stored["reply"]["body"]))
            calls.append(Call(_asked(stored, calls, message), reply))
        header, entries = dict(top["header"]), int(top["entries"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"is damaged: {type(error).__name__}: {error}") from error
    if entries != len(calls):
        raise FormatError(f"is damaged: it should hold {entries} calls and holds {len(calls)}")
    return header, calls


def _verified(text: str) -> Json:
    version = _VERSION_LINE.search(text[:1000])
    if version is None:
        raise FormatError("is damaged, or no cassette: there is no line `agenttasks-cassette: 1` at its top")
    if int(version[1]) > VERSION:
        raise FormatError(
            f"was written by a newer pytest-agenttasks (format {version[1]}, this one reads {VERSION})",
            newer=True,
        )
    checksum = _CHECKSUM_LINE.search(text)
    if checksum is None:
        raise FormatError("is incomplete: its last line, the checksum, is missing or cut off")
    if checksum[1] != _checksum(text[: checksum.start()]):
        raise FormatError("is damaged or was edited: its checksum is another one")
    try:
        return yaml_text.load(text)
    except ValueError as error:
        raise FormatError(f"is damaged: {error}") from error


def _checksum(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _Writer:
    """Stores each request as what it adds to an earlier one."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._begins: dict[bytes, int] = {}  # a conversation's first messages -> a call that begins so
        self._is: dict[bytes, int] = {}  # all messages of a call -> the last call that has them

    def request(self, call: Call) -> Json:
        asked, chain = call.asked, _chain(call.asked.messages)
        keep = next((n for n in range(len(chain) - 1, 0, -1) if chain[n] in self._begins), 0)
        stored: Json = self._after(asked, self._begins[chain[keep]], keep) if keep else {"params": asked.params}
        stored["messages"] = [
            self._message(message.value, self._is.get(chain[position]))
            for position, message in enumerate(asked.messages[keep:], keep)
        ]
        self._remember(call, chain)
        return stored

    def _after(self, asked: Asked, index: int, keep: int) -> Json:
        base = self._calls[index].asked
        stored: Json = {"after": index}
        if keep < len(base.messages):
            stored["keep"] = keep
        if differing := {k: v for k, v in asked.params.items() if not _same(k, v, base.params)}:
            stored["params"] = differing
        if without := [name for name in base.params if name not in asked.params]:
            stored["without"] = without
        return stored

    def _message(self, value: Any, index: int | None) -> Any:
        """The message, or what stands for it if it repeats what call `index` was answered."""
        if index is None or not isinstance(value, dict):
            return value
        answer = answer_message(self._calls[index].reply)
        only = [name for name in value if _same(name, value[name], answer)]
        if set(only) <= {"role"}:
            return value
        return yaml_text.Answer(index, only, {k: v for k, v in value.items() if k not in only})

    def _remember(self, call: Call, chain: list[bytes]) -> None:
        index = len(self._calls)
        self._calls.append(call)
        for begin in chain:
            self._begins.setdefault(begin, index)
        self._begins[chain[-1]] = self._is[chain[-1]] = index


def answer_message(reply: Reply) -> Json:
    """The message of an answer's first choice; empty if there is none."""
    try:
        message = reply.body["choices"][0]["message"]
    except (LookupError, TypeError):
        return {}
    return message if isinstance(message, dict) else {}


def _asked(stored: Json, calls: Sequence[Call], message: Callable[[Any], Message]) -> Asked:
    params: Json = {}
    messages: list[Message] = []
    if "after" in stored:
        base = calls[stored["after"]].asked
        params = {k: v for k, v in base.params.items() if k not in stored.get("without", ())}
        messages = base.messages[: stored.get("keep")]
    added = [message(_resolved(one, calls)) for one in stored["messages"]]
    return Asked({**params, **stored.get("params", {})}, messages + added)


def _resolved(message: Any, calls: Sequence[Call]) -> Any:
    if not isinstance(message, yaml_text.Answer):
        return message
    answer = answer_message(calls[message.of].reply)
    return {**{name: answer[name] for name in message.only}, **message.plus}


def _chain(messages: Sequence[Message]) -> list[bytes]:
    """For each n the hash of the first n messages."""
    chain = [b""]
    for message in messages:
        chain.append(digest(chain[-1] + message.exact))
    return chain


def _same(name: str, value: Any, members: Json) -> bool:
    return name in members and canonical(members[name]) == canonical(value)
