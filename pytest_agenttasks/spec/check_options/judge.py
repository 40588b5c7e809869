"""Options of the check `judge`: a model with a rubric."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt

from pytest_agenttasks.spec.check_options.base import A_TEXT, Options, Patterns, Text, also

MOST_VOTES = 15
"""Votes of a judge; each may be a request."""


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("a criterion says nothing; write what must hold")
    return text.strip()


def _odd(votes: int) -> int:
    if votes % 2 == 0:
        raise ValueError(f"found {votes} votes, expected an odd number, so that there is a majority")
    return votes


Criterion = Annotated[Text, AfterValidator(_says_something)]
_SOME = (BeforeValidator(_one_or_more), Field(min_length=1, json_schema_extra=also(A_TEXT)))
Criteria = Annotated[list[Criterion], *_SOME]
Names = Annotated[list[Text], *_SOME]
Votes = Annotated[
    StrictInt,
    Field(ge=1, le=MOST_VOTES, json_schema_extra={"not": {"multipleOf": 2}}),
    AfterValidator(_odd),
]


class JudgeOptions(Options):
    """A model must find that all criteria of a rubric hold."""

    rubric: Criteria = Field(description="what must hold: one criterion, or a list; each is answered yes or no")
    model: Names | None = Field(
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
