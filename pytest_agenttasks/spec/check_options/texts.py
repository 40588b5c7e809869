"""What is expected of a text: of an answer, or of what a command prints."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from pytest_agenttasks.spec.check_options.base import Expressions, Options, Texts


class TextOptions(Options):
    """What a text must be like. A text, or a list of them, stands for `contains`."""

    contains: Texts = Field([], description="texts that must all stand in it, as they are")
    lacks: Texts = Field([], description="texts of which none may stand in it")
    matches: Expressions = Field(
        [], description="regular expressions that must all be found; `^` and `$` match at each line"
    )
    equals: str | None = Field(None, description="the whole text, without space at its start and its end")
    ignore_case: StrictBool = Field(False, description="whether upper and lower case are the same")

    @model_validator(mode="after")
    def something(self) -> TextOptions:
        """Refuse what holds of any text.

        Raises:
            ValueError: nothing is expected.
        """
        if not self.model_fields_set - {"ignore_case"}:
            raise ValueError(f"give at least one of {', '.join(n for n in self._expectations())}")
        return self

    @classmethod
    def _expectations(cls) -> list[str]:
        return [field.alias or name for name, field in cls.model_fields.items() if name != "ignore_case"]


def _as_contains(value: Any) -> Any:
    return {"contains": value} if isinstance(value, str | list) else value


Printed = Annotated[TextOptions, BeforeValidator(_as_contains)]
"""What is expected of a text that a command prints."""
