"""Options of the check `judge`: a model with a rubric."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from pytest_agenttasks.spec.check_options.base import ONE_OR_MORE, Options, Patterns, Text, Texts

MOST_VOTES = 15
"""Votes of a judge; each may be a request."""


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("a criterion says nothing; write what must hold")
    return text.strip()


def _odd(votes: int) -> int:
    if votes % 2 == 0:
        raise ValueError(f"found {votes} votes, expected an odd number, so that there is a majority")
    return votes


Criterion = Annotated[Text, AfterValidator(_says_something)]
Criteria = Annotated[list[Criterion], *ONE_OR_MORE]
Votes = Annotated[
    StrictInt,
    Field(ge=1, le=MOST_VOTES, json_schema_extra={"not": {"multipleOf": 2}}),
    AfterValidator(_odd),
]


class JudgeOptions(Options):
    """A model must find that all criteria of a rubric hold."""

    rubric: Criteria = Field(description="what must hold: one criterion, or a list; each is answered yes or no")
    model: Texts | None = Field(
        None,
        description="who judges: a preset, a full id or a chain, or a list to rotate over; default: `judge` of "
        "models.yaml",
    )
    sees: Patterns = Field([], description="files that it is shown: paths or globs, each must match")
    diff: StrictBool = Field(False, description="whether it is shown what the agent changed, as a patch")
    answer: StrictBool = Field(False, description="whether it is shown the agent's final answer")
    votes: Votes = Field(3, description="an odd number; each criterion is decided by more than half of them")
    same_model: StrictBool = Field(False, description="whether a model may judge what it did itself")

    @property
    def shows_work(self) -> bool:
        """Whether it is shown patch and answer for want of another word on what it sees."""
        return not (self.sees or self.diff or self.answer)
