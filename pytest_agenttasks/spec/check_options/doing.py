"""Options of the checks on what the agent said and did: `answer`, `trajectory`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from pytest_agenttasks.spec.check_options.base import (
    A_TEXT,
    TEXTS,
    Bounds,
    Expression,
    Options,
    Text,
    Texts,
    Times,
    also,
    is_texts,
)
from pytest_agenttasks.spec.check_options.data import Expected
from pytest_agenttasks.spec.check_options.texts import TextOptions


def _any_json(value: Any) -> Any:
    if value is False:
        raise ValueError("json: found false, expected true or a mapping; leave it out where any answer will do")
    return {} if value is True else value


def _no_number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"found {value}, expected bounds: write {{max: {value}}} or {{min: {value}}}")
    return value


Between = Annotated[Bounds, BeforeValidator(_no_number)]


def _times(value: Any) -> Any:
    """`bash`, or a list of such, each at least once."""
    names = [value] if isinstance(value, str) else value
    return {name: {} for name in names} if is_texts(names) else names


class AnswerOptions(TextOptions):
    """What the agent's final answer must be like."""

    json_: Annotated[Expected, BeforeValidator(_any_json)] | None = Field(
        None,
        alias="json",
        description="`true`: it is JSON; a mapping: JSON that satisfies its `schema` and holds its `values`. "
        "Where there is text around it, the only fenced block counts",
        json_schema_extra=also({"const": True}),
    )

    def needs(self) -> tuple[str, ...]:
        """What validates."""
        return self.json_.needs() if self.json_ else ()

    def beside(self) -> tuple[Path, ...]:
        """The file with the schema."""
        return self.json_.beside() if self.json_ else ()


class TrajectoryOptions(Options):
    """What the agent must have done, or not, on its way."""

    used: Annotated[dict[Text, Times], Field(min_length=1), BeforeValidator(_times)] = Field(
        {},
        description="tools that it must have used: a name, a list, or a mapping of names to `count`, `min`, `max`",
        json_schema_extra=also(A_TEXT, TEXTS),
    )
    unused: Texts = Field([], description="tools that it must not have used")
    ran: Annotated[dict[Expression, Times], Field(min_length=1), BeforeValidator(_times)] = Field(
        {},
        description="regular expressions for commands: how many commands each must be found in, as for `used`",
        json_schema_extra=also(A_TEXT, TEXTS),
    )
    steps: Between | None = Field(None, description="`min` and `max` of the agent's steps")
    calls: Between | None = Field(None, description="`min` and `max` of the calls that models answered")
    tokens: Between | None = Field(None, description="`min` and `max` of the tokens of prompts and completions")

    @model_validator(mode="after")
    def something(self) -> TrajectoryOptions:
        """Refuse what holds of any trajectory.

        Raises:
            ValueError: nothing is expected, or a tool is both wanted and not.
        """
        if not self.model_fields_set:
            raise ValueError("trajectory: give at least one of used, unused, ran, steps, calls, tokens")
        both = sorted(self.used.keys() & set(self.unused))
        if both:
            raise ValueError(f"trajectory: {both[0]!r} is in 'used' and in 'unused'")
        return self
