"""Two recordings of a task side by side: where they part, and what is different from there on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from pytest_agenttasks.cassettes.recording import Recording, Step
from pytest_agenttasks.cassettes.span import first_difference, shown
from pytest_agenttasks.results import Json

ALWAYS_OTHER = ("id", "tool_call_id")
"""Members of messages and tool calls that no two recordings share, and that mean nothing."""


class Difference(NamedTuple):
    """The first thing that differs in a part of two recordings.

    Attributes:
        where: such as `call 2, answer, content`.
        old: of the first recording, in one line; differing words between « and ».
        new: of the second one.
    """

    where: str
    old: str
    new: str


def header_differences(old: Recording, new: Recording) -> list[Difference]:
    """Every fact of the header that differs."""
    names = dict.fromkeys([*old.header, *new.header])
    pairs = ((name, old.header.get(name, "(nothing)"), new.header.get(name, "(nothing)")) for name in names)
    found = (_difference(f"header, {name}", one, other) for name, one, other in pairs)
    return [one for one in found if one is not None]


def call_differences(old: Recording, new: Recording) -> Iterator[tuple[int, list[Difference]]]:
    """Calls that differ, by number, each with the first difference of each of its parts.

    A call is compared by what it adds to the one before, and no difference is told twice: a word that changed in the
    first prompt, or another model in all calls.
    """
    seen: set[Difference] = set()
    for number, (one, other) in enumerate(zip_longest(old.steps, new.steps), 1):
        if one is None or other is None:
            return
        found = [difference for difference in _parts(one, other) if difference is not None]
        if found:
            yield number, [part._replace(where=f"call {number}, {part.where}") for part in found if part not in seen]
            seen.update(found)


def _parts(old: Step, new: Step) -> Iterator[Difference | None]:
    yield _difference("parameters", old.params, new.params)
    yield _difference("messages", _meant(old.added), _meant(new.added))
    yield _difference("status", old.status, new.status)
    yield _difference("answer", _meant(old.answer), _meant(new.answer))
    yield _difference("answered by", old.facts.answered_by, new.facts.answered_by)
    yield _difference("attempts", _attempts(old), _attempts(new))


def _difference(where: str, old: Any, new: Any) -> Difference | None:
    found = first_difference(old, new)
    if found is None:
        return None
    was, now = shown(found.old, found.new)
    return Difference(f"{where}{_path(found.path)}", was, now)


def _path(path: str) -> str:
    return path if path.startswith("[") else f", {path}" if path else ""


def _meant(value: Any) -> Any:
    """A message without what no two recordings share."""
    if isinstance(value, list):
        return [_meant(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _meant(member) for name, member in value.items() if name not in ALWAYS_OTHER}


def _attempts(step: Step) -> list[Json]:
    return [{"model": one.model, "status": one.status, "reason": one.reason} for one in step.facts.attempts]
