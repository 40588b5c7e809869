"""Whose calls a cassette holds: the agent's, and those of judges, which are marked in their requests.

They are apart: an agent is never answered with a verdict, nor counted by it. The mark is in the file only; it is not
sent to anybody, and one that an agent sets is taken out.
"""

from __future__ import annotations

from pytest_agenttasks.results import Json

MARK = "agenttasks"
VERDICTS = "verdicts"
"""In the header of a cassette: how many of its calls are of judges, where there are any."""

_JUDGE = {"for": "judge"}


def marked(body: Json) -> Json:
    """A judge's request as it is stored."""
    return {**body, MARK: _JUDGE}


def unmarked(body: Json) -> Json:
    """A request as an agent may ask it."""
    return {name: value for name, value in body.items() if name != MARK} if MARK in body else body


def is_judges(params: Json) -> bool:
    """Whether a stored request is a judge's, by its parameters."""
    return params.get(MARK) == _JUDGE
