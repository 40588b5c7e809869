"""Which calls of a session belong together, and what each of them says that the calls before did not.

A request repeats the whole conversation. An agent may hold several at once (sub-agents, titles), ask the same again,
or go on with a conversation that it has shortened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from pytest_agenttasks.results import Json
from pytest_agenttasks.trajectory.content import identity
from pytest_agenttasks.trajectory.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How a request differs from the conversation that it goes on with.

    Attributes:
        kept: messages of the conversation so far that it holds.
        left_out: messages that it does not.
    """

    kept: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One call of a conversation.

    Attributes:
        exchange: the call.
        said: its messages that are new.
        rewritten: set where the request does not simply add to the conversation so far.
    """

    exchange: Exchange
    said: Sequence[Json]
    rewritten: Rewritten | None = None


class Conversation:
    """Calls that go on with each other.

    Attributes:
        turns: in order of asking.
        first: number of its first call in the session.
        last: number of its last call.
    """

    def __init__(self, number: int, exchange: Exchange) -> None:
        self.first = self.last = number
        self.turns = [Turn(exchange, exchange.messages)]

    @property
    def history(self) -> list[Hashable]:
        """Keys of what was said when the last call was over."""
        last = self.turns[-1].exchange
        return [*map(message_key, last.messages), *([message_key(last.answer)] if last.answer else [])]

    @property
    def answers(self) -> int:
        """How many of its calls were answered."""
        return sum(bool(turn.exchange.answer) for turn in self.turns)

    @property
    def opening(self) -> Hashable:
        """Key of the first message: the system prompt, as a rule."""
        messages = self.turns[0].exchange.messages
        return message_key(messages[0]) if messages else None

    def add(self, number: int, turn: Turn) -> None:
        """Go on by a call."""
        self.turns.append(turn)
        self.last = number

    def take_over(self, other: Conversation) -> None:
        """Go on with a conversation that began when this one was over."""
        first, *rest = other.turns
        said, rewritten = _compared(self.history, first.exchange.messages)
        self.turns += [Turn(first.exchange, said, rewritten), *rest]
        self.last = other.last


def conversations(exchanges: Sequence[Exchange]) -> list[Conversation]:
    """The conversations of a session, in the order in which they began.

    A call goes on with an earlier one if its request begins with what was said until that one's answer, or with that
    one's request, if it had no answer. A conversation that begins with the same message as one that is over by then is
    that one, rewritten: a compacted history, or the same request again.
    """
    joined: list[Conversation] = []
    for one in _extending(exchanges):
        over = [before for before in joined if before.last < one.first and before.opening == one.opening]
        if over:
            max(over, key=lambda before: before.last).take_over(one)
        else:
            joined.append(one)
    return joined


def message_key(message: Json) -> Hashable:
    """What makes a message the same one when an agent sends it again.

    Agents send a model's answers back with other fields, and arguments written in another way; ids of tool calls stay.
    """
    role, calls = str(message.get("role")), message.get("tool_calls")
    if role == "assistant" and calls and isinstance(calls, list):
        return role, tuple(str(call.get("id")) if isinstance(call, dict) else "" for call in calls)
    return role, str(message.get("tool_call_id") or ""), identity(message.get("content"))


def _extending(exchanges: Sequence[Exchange]) -> list[Conversation]:
    """Conversations of requests that only add to each other."""
    found: list[Conversation] = []
    ended: dict[int, Conversation] = {}  # by the hash of all that was said
    for number, exchange in enumerate(exchanges):
        hashes = [0, *_hashes(exchange.messages)]
        known = next((length for length in range(len(hashes) - 1, 0, -1) if hashes[length] in ended), 0)
        if known:
            conversation = ended.pop(hashes[known])
            conversation.add(number, Turn(exchange, exchange.messages[known:]))
        else:
            conversation = Conversation(number, exchange)
            found.append(conversation)
        over = hash((hashes[-1], message_key(exchange.answer))) if exchange.answer else hashes[-1]
        ended[over] = conversation
    return found


def _hashes(messages: Sequence[Json]) -> Iterator[int]:
    """A hash of the messages up to each one."""
    so_far = 0
    for message in messages:
        so_far = hash((so_far, message_key(message)))
        yield so_far


def _compared(history: Sequence[Hashable], messages: Sequence[Json]) -> tuple[list[Json], Rewritten]:
    """Those messages that are not in the history, and how many are."""
    left, said = Counter(history), []
    for message in messages:
        key = message_key(message)
        if left[key] > 0:
            left[key] -= 1
        else:
            said.append(message)
    return said, Rewritten(len(messages) - len(said), left.total())
