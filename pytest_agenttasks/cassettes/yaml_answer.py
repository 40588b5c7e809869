"""The one thing in a cassette's YAML that JSON does not have."""

from __future__ import annotations

from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Stands for an assistant's message that repeats the answer of an earlier call: `!answer {of: 3, …}`.

    Attributes:
        of: index of the call.
        only: names of the members that are the same as in the answer.
        plus: other members.
    """

    of: int
    only: list[str]
    plus: dict[str, Any]
