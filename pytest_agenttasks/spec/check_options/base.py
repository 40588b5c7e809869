"""What the options of all checks are made of."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    model_validator,
)


def without_nul(text: str) -> str:
    """Refuse the character that ends texts for the kernel.

    Raises:
        ValueError: it is there.
    """
    if "\0" in text:
        raise ValueError("found a NUL character, which no command and no path can hold; take it out")
    return text


Text = Annotated[str, StringConstraints(min_length=1), AfterValidator(without_nul)]
"""A text that says something."""


def _inside(pattern: str) -> str:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError(f"{pattern} leads out of the workspace: give a path relative to it, such as src/a.py")
    return pattern


def is_glob(pattern: str) -> bool:
    """Whether it may mean several files."""
    return any(sign in pattern for sign in "*?[")


def _splits(args: str) -> str:
    try:
        shlex.split(args)
    except ValueError as error:
        raise ValueError(f"cannot be split into arguments as a shell does: {error}") from None
    return args


def _compiles(expression: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else in a later Python
            re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        shown = repr(expression).replace("\\\\", "\\")  # as it is written
        raise ValueError(f"{shown} is no regular expression: {error}") from None
    return expression


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def is_texts(value: Any) -> bool:
    """Whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def also(*forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra`: what else may stand for a value, in JSON Schema."""

    def add(schema: dict[str, Any]) -> None:
        own = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description", "default")}
        schema["anyOf"] = [*forms, *own.get("anyOf", [own])]

    return add


A_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
TEXTS: dict[str, Any] = {"type": "array", "minItems": 1, "items": A_TEXT}

Expression = Annotated[Text, AfterValidator(_compiles)]
"""A regular expression of Python's `re`."""

ONE_OR_MORE = (BeforeValidator(_listed), Field(min_length=1, json_schema_extra=also(A_TEXT)))
"""For a list of texts: it has at least one, and a single text stands for a list of one."""

Texts = Annotated[list[Text], *ONE_OR_MORE]
"""A list of texts; a single one stands for a list of one."""

Expressions = Annotated[list[Expression], *ONE_OR_MORE]
"""A list of regular expressions; a single one stands for a list of one."""

Pattern = Annotated[Text, AfterValidator(_inside)]
"""A path or glob in the workspace."""

Patterns = Annotated[list[Pattern], *ONE_OR_MORE]
"""A list of them; a single one stands for a list of one."""

Arguments = Annotated[str, AfterValidator(without_nul), AfterValidator(_splits)]
"""Arguments in one text, with a shell's quotes."""

Seconds = Annotated[float, Field(gt=0, strict=True)]


def _no_fraction(value: float, info: ValidationInfo) -> float:
    if 0 < value <= 1:
        raise ValueError(f"{info.field_name}: {value:g} is {value:g} per cent; write {value * 100:g}")
    return value


Percent = Annotated[float, Field(ge=0, le=100, strict=True), AfterValidator(_no_fraction)]
"""Per cent, from 0 to 100. Up to 1 it is taken for a mistake: 0.8 is meant to be 80."""

Count = Annotated[StrictInt, Field(ge=0)]


class Options(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    def needs(self) -> tuple[str, ...]:
        """Modules that must be installed for what these options ask, beside those that the check always needs."""
        return ()

    def beside(self) -> tuple[Path, ...]:
        """Files that the check reads, relative to the folder of the task file."""
        return ()


class Bounds(Options):
    """Between which numbers something lies."""

    min: Count | None = Field(None, description="at least so many; 1 where neither `count` nor `max` is given")
    max: Count | None = Field(None, description="at most so many; 0 is none at all")

    @model_validator(mode="after")
    def in_order(self) -> Bounds:
        """Refuse bounds between which no number lies.

        Raises:
            ValueError: `min` is more than `max`.
        """
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}: no number is between them")
        return self

    @property
    def low(self) -> int:
        """The smallest number that is allowed."""
        return self.min if self.min is not None else int(self.max is None)

    @property
    def high(self) -> int | None:
        """The greatest number that is allowed; None: any."""
        return self.max

    def allows(self, number: int) -> bool:
        """Whether a number lies between the bounds."""
        return self.low <= number and (self.high is None or number <= self.high)

    def told(self) -> str:
        """`at least 1`, `2 to 4`, `exactly 3`, `none`, as an expectation."""
        if self.high is None:
            return f"at least {self.low}"
        if self.low == self.high:
            return f"exactly {self.low}" if self.low else "none"
        return f"{self.low} to {self.high}" if self.low else f"at most {self.high}"


class Times(Bounds):
    """How often something is there."""

    count: Count | None = Field(None, description="exactly so many, instead of `min` and `max`")

    @model_validator(mode="after")
    def one_way(self) -> Times:
        """Refuse a count beside bounds.

        Raises:
            ValueError: `count` is given with `min` or `max`.
        """
        if self.count is not None and (self.min is not None or self.max is not None):
            raise ValueError("give either 'count', or 'min' and 'max'")
        return self

    @property
    def low(self) -> int:
        """The smallest number that is allowed."""
        return self.count if self.count is not None else super().low

    @property
    def high(self) -> int | None:
        """The greatest number that is allowed; None: any."""
        return self.count if self.count is not None else super().high
