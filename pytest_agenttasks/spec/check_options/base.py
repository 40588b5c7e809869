"""What the options of all checks are made of."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]


def _inside(pattern: str) -> str:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError(f"{pattern} leads out of the workspace: give a path relative to it, such as src/a.py")
    return pattern


def _splits(args: str) -> str:
    try:
        shlex.split(args)
    except ValueError as error:
        raise ValueError(f"cannot be split into arguments as a shell does: {error}") from None
    return args


Pattern = Annotated[Text, AfterValidator(_inside)]
"""A path or glob in the workspace."""

Patterns = Annotated[list[Pattern], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""A list of them; a single one stands for a list of one."""

Arguments = Annotated[str, AfterValidator(_splits)]
"""Arguments in one text, with a shell's quotes."""

Seconds = Annotated[float, Field(gt=0, strict=True)]


class Options(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
