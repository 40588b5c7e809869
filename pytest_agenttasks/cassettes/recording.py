"""A cassette's file for people and programs that look at it: no session, nothing normalised, nothing played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pytest_agenttasks.calls import CallFacts
from pytest_agenttasks.cassettes.asked import Message
from pytest_agenttasks.cassettes.file_format import Call, FormatError, answer_message, from_text
from pytest_agenttasks.cassettes.parts import is_judges
from pytest_agenttasks.exceptions import CassetteError
from pytest_agenttasks.results import Json

_TOP = b"agenttasks-cassette: "


def is_cassette(path: Path) -> bool:
    """Whether a file says in its first lines that it is one, damaged or not."""
    try:
        with path.open("rb") as file:
            return any(line.startswith(_TOP) for line in file.read(1000).splitlines())
    except OSError:
        return False


@dataclass(frozen=True)
class Step:
    """A call as a person reads it.

    Attributes:
        number: from 1.
        begins_anew: it does not go on where the call before it ended: so many messages of it stay.
        added: the messages that it adds to the call before, without the answer that it repeats.
        answer: the assistant's message; empty where no model answered.
        status: HTTP status of the answer.
        facts: who answered, and how it came about.
        body: of the answer, all of it.
        params: of the request: everything but the messages.
    """

    number: int
    begins_anew: int | None
    added: list[Json]
    answer: Json
    status: int
    facts: CallFacts
    body: Json
    params: Json

    @property
    def by_judge(self) -> bool:
        """Whether a judge asked it, and not the agent."""
        return is_judges(self.params)


@dataclass(frozen=True)
class Recording:
    """What a cassette holds.

    Attributes:
        header: facts from its top.
        calls: in the order of recording.
        size: of the file, in bytes.
    """

    header: Json
    calls: list[Call]
    size: int

    @classmethod
    def read(cls, path: Path) -> Recording:
        """A file, with every check of its form.

        Raises:
            CassetteError: it cannot be read, or is not a whole cassette; the message continues its name.
        """
        try:
            return cls.of(path.read_bytes())
        except OSError as error:
            raise CassetteError(f"cannot be read: {error.strerror}") from error

    @classmethod
    def of(cls, data: bytes) -> Recording:
        """The bytes of a file.

        Raises:
            CassetteError: they are not a whole cassette; the message continues a name.
        """
        try:
            header, calls = from_text(data.decode())
        except UnicodeDecodeError as error:
            raise CassetteError("is damaged: it is not UTF-8") from error
        except FormatError as error:
            raise CassetteError(str(error)) from error
        return cls(header, calls, len(data))

    @cached_property
    def steps(self) -> list[Step]:
        """The calls, each as what it adds."""
        return list(self._steps())

    @cached_property
    def served(self) -> list[str]:
        """Full ids of the models that answered the agent, each once, in order of first use."""
        models = (step.facts.answered_by for step in self.steps if not step.by_judge)
        return list(dict.fromkeys(model for model in models if model))

    @cached_property
    def tokens(self) -> int:
        """Prompt and completion tokens, as far as the answers tell."""
        return sum(sum(tokens_of(step.body)) for step in self.steps)

    @cached_property
    def cost_usd(self) -> float | None:
        """US dollars; None if the cost of an answer is unknown."""
        costs = [step.facts.cost_usd for step in self.steps if step.status == 200]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def _steps(self) -> Iterator[Step]:
        before: list[Message] = []
        answered: Json = {}
        for number, call in enumerate(self.calls, 1):
            messages, reply = call.asked.messages, call.reply
            same = next((i for i, pair in enumerate(zip(before, messages, strict=False)) if differ(*pair)), len(before))
            same = min(same, len(messages))
            added = [message.value for message in messages[same:]]
            if added and same == len(before) and repeats(added[0], answered):
                added = added[1:]
            facts = CallFacts.from_json(dict(reply.body.get("agenttasks") or {}))
            answer = answer_message(reply)
            anew = same if same < len(before) else None
            yield Step(number, anew, added, answer, reply.status, facts, reply.body, call.asked.params)
            before, answered = messages, answer


def differ(one: Message, other: Message) -> bool:
    """Whether two messages are not the same."""
    return one.exact != other.exact


def repeats(message: Any, answer: Json) -> bool:
    """Whether a message of a request is what the model answered before."""
    if not isinstance(message, dict) or message.get("role") != "assistant" or not answer:
        return False
    return all((message.get(name) or None) == (answer.get(name) or None) for name in ("content", "tool_calls"))


def tokens_of(body: Json) -> tuple[int, int]:
    """Prompt and completion tokens of an answer; 0 where it does not tell."""
    usage = body.get("usage")
    told = usage if isinstance(usage, dict) else {}
    return int(told.get("prompt_tokens") or 0), int(told.get("completion_tokens") or 0)
