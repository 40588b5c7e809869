"""What changed between a request and the recorded ones, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pytest_agenttasks.cassettes.asked import Asked, Message
from pytest_agenttasks.cassettes.cause import Circumstances, causes, causes_for_judge, why_output_differs
from pytest_agenttasks.cassettes.parts import is_judges
from pytest_agenttasks.cassettes.span import ABSENT, first_difference, shown
from pytest_agenttasks.cassettes.uses import member, members_of, use_of
from pytest_agenttasks.results import Json

MOST_SHOWN = 5
"""Changes whose evidence is shown: what is told must fit on a screen."""


class Change(NamedTuple):
    """One thing that changed.

    Attributes:
        summary: a clause for the first line.
        details: lines of evidence.
    """

    summary: str
    details: list[str]


def explain(number: int, asked: Asked, recorded: Sequence[Asked], about: Circumstances) -> str:
    """Why the request of call `number` (from 1) was not found: one line, then the evidence.

    A judge's requests are counted, and compared, among themselves.
    """
    judge = is_judges(asked.params)
    whose = "a judge's " if judge else ""
    begin = f"the request of {whose}call {number} is not in the cassette: "
    if not recorded:
        return begin + ("it holds no verdict" if judge else "it holds no calls")
    nearest = _nearest(number - 1, asked, recorded)
    changes = _changes(recorded[nearest], asked)
    if not changes:
        times = sum(one.key == asked.key for one in recorded)
        return f"{begin}it was recorded {_times(times)} and is asked once more"
    summaries = [change.summary for change in changes]
    if len(summaries) > 3:
        summaries[3:] = [_count(len(summaries) - 3, "more change")]
    told = (causes_for_judge if judge else causes)(recorded[nearest], asked, about)
    lines = [
        begin + "; ".join(summaries),
        *([f"  cause: {'; '.join(told)}"] if told else []),
        f"  compared with recorded call {nearest + 1} of {len(recorded)}",
        *(f"  {line}" for change in changes[:MOST_SHOWN] for line in change.details),
    ]
    return "\n".join(lines)


def output_changes(asked: Asked, recorded: Asked) -> list[tuple[int, Message, Message]]:
    """Messages that differ between requests of the same loose key, as (index, now, recorded)."""
    pairs = zip(asked.messages, recorded.messages, strict=True)
    return [(i, now, old) for i, (now, old) in enumerate(pairs) if now.exact != old.exact]


def output_line(asked: Asked, index: int, recorded: Message, about: Circumstances) -> str:
    """One line on a message whose tool output differs from the recorded one."""
    now = asked.messages[index].value
    where = f"output of {use_of(asked.messages, index)} (message {index + 1})"
    why = why_output_differs(asked.messages, index, about)
    why = f"; {why}" if why else ""
    difference = first_difference(recorded.value.get("content"), now.get("content"))
    if difference is None:
        return f"{where} differs{why}"
    old, new = shown(difference.old, difference.new)
    return f"{where} differs: recorded {old} · now {new}{why}"


def _nearest(position: int, asked: Asked, recorded: Sequence[Asked]) -> int:
    """Index of the recorded request that has most in common, first from the beginning, then anywhere."""

    def nearness(index: int) -> tuple[int, int, int, int]:
        other = recorded[index]
        pairs = zip(asked.messages, other.messages, strict=False)
        same = [now.loose == old.loose for now, old in pairs]
        begin = next((i for i, equal in enumerate(same) if not equal), len(same))
        longer = abs(len(asked.messages) - len(other.messages))
        return begin + (asked.params_digest == other.params_digest), sum(same), -longer, -abs(index - position)

    return max(range(len(recorded)), key=nearness)


def _changes(old: Asked, new: Asked) -> list[Change]:
    changes = [
        *_message_changes(old.messages, new.messages),
        *_member_changes("tool", _tools(old.params), _tools(new.params)),
        *_member_changes("parameter", _but_tools(old.params), _but_tools(new.params)),
    ]
    if not changes and old.key != new.key:
        return [Change("its tools are in another order", [])]
    return changes


def _message_changes(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Change]:
    pairs = enumerate(zip(old, new, strict=False), 1)
    changed = [(n, was.value, now.value) for n, (was, now) in pairs if was.exact != now.exact]
    if changed:
        number, was, now = changed[0]
        name = f"message {number} ({member(now, 'role') or 'no role'})"
        yield Change(f"{name} differs from the recorded one", _evidence(name, was, now))
    if len(changed) > 1:
        yield Change(f"{_count(len(changed) - 1, 'more changed message')} after it", [])
    if len(old) != len(new):
        yield Change(f"it has {_count(len(new))} and the recorded one {_count(len(old))}", [])


def _member_changes(kind: str, old: Json, new: Json) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = old.get(name, ABSENT), new.get(name, ABSENT)
        if first_difference(was, now):
            verb = "added" if was is ABSENT else "removed" if now is ABSENT else "changed"
            yield Change(f"{kind} {name} was {verb}", _evidence(f"{kind} {name}", was, now))


def _evidence(name: str, old: Any, new: Any) -> list[str]:
    difference = first_difference(old, new)
    if difference is None:
        return []
    was, now = shown(difference.old, difference.new)
    where = f"{name}, {difference.path}" if difference.path else name
    return [f"{where}:", f"  recorded: {was}", f"  now:      {now}"]


def _tools(params: Json) -> Json:
    """Tools by name."""
    named = ((member(tool.get("function"), "name"), tool) for tool in members_of(params.get("tools")))
    return {str(name or f"number {number}"): tool for number, (name, tool) in enumerate(named, 1)}


def _but_tools(params: Json) -> Json:
    return {name: value for name, value in params.items() if name != "tools" or not isinstance(value, list)}


def _count(number: int, what: str = "message") -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
