"""`{{ name }}` in task files: Jinja2, sandboxed, strict about names that are not in the matrix."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_MARK = re.compile(r"\{\{|\{%")
_ENDS_RAW = re.compile(r"\{%[-+]?\s*endraw")
_ONLY_EXPRESSION = re.compile(r"\s*\{\{((?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)


class TemplateError(ValueError):
    """A template that does not parse or names something unknown."""


def is_template(text: str) -> bool:
    """Whether a text needs rendering."""
    return _MARK.search(text) is not None


def render(text: str, values: dict[str, Any]) -> Any:
    """Render a text; one that is nothing but `{{ expression }}` keeps the expression's type.

    Raises:
        TemplateError: the text does not parse, or a name is not among `values`.
    """
    import jinja2

    environment = _environment()
    try:
        only = _ONLY_EXPRESSION.fullmatch(text)
        if only:
            value = environment.compile_expression(only[1], undefined_to_none=False)(**values)
            if isinstance(value, jinja2.Undefined):
                str(value)  # a strict undefined raises here and names itself
            return value
        return environment.from_string(text).render(values)
    except jinja2.UndefinedError as error:
        known = ", ".join(values) or "none, as there is no matrix"
        raise TemplateError(
            f"template: {error.message}; known names: {known} (literal braces: {{% raw %}}…{{% endraw %}})"
        ) from None
    except Exception as error:  # an expression can call methods, which raise what they like
        raise TemplateError(f"template: {error} (literal braces: {{% raw %}}…{{% endraw %}})") from None


def literal(text: str) -> str:
    """A text that `render` makes this one of, whatever braces there are in it."""
    if not is_template(text):
        return text
    if "\r" not in text and not _ENDS_RAW.search(text):
        body = text.rstrip("\n")
        return f"{{% raw %}}{body}{{% endraw %}}{text[len(body) :]}"
    # Jinja2 makes every end of a line a "\n"; in a string constant with escapes it finds none.
    escaped = text.encode("unicode_escape").decode("ascii").replace('"', '\\"')
    return '{{ "' + escaped.replace("{", "\\x7b").replace("}", "\\x7d") + '" }}'


@cache
def _environment() -> SandboxedEnvironment:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    # "{#" begins a comment in Jinja2, but in a shell script ${#name} is a length.
    return SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
        comment_start_string="{##",
        comment_end_string="##}",
    )
