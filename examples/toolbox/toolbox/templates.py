"""Texts with places to be filled in: "Dear {name}" and "{if paid}Thank you.{else}Please pay.{end}"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TAG = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


class TemplateError(ValueError):
    """A template that is wrong, or that asks for a name that is not given; the message names the line."""


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill in a template.

    - `{name}` is the value of that name, `{person.name}` a key of a value, `{name|upper}` a value in capitals; there
      are `upper`, `lower`, `title` and `trim`.
    - `{if name}…{else}…{end}` shows one of its parts, by whether the value is true; `{else}` may be missing. `{if not
      name}` is the other way round. They may stand in each other.
    - `{{` and `}}` are single braces.

    A part that is not shown is not filled in, so that its names need not be given. Raises TemplateError for names that
    are not given, filters that are not known, and an `if`, `else` or `end` without what belongs to it.
    """
    shown: list[str] = []
    blocks: list[tuple[bool, bool, int]] = []  # of each open if: shown, has an else, line
    place = 0
    for match in TAG.finditer(template):
        line = template.count("\n", 0, match.start()) + 1
        visible = all(block[0] for block in blocks)
        if visible:
            shown.append(template[place : match.start()])
        place = match.end()
        tag = match[0][0] if match[1] is None else match[1].strip()
        if match[1] is None:
            shown += [tag] if visible else []
        elif tag.startswith("if "):
            blocks.append((visible and _test(tag[3:].strip(), values, line), False, line))
        elif tag == "else":
            if not blocks or blocks[-1][1]:
                raise TemplateError(f"line {line}: else without if")
            was_shown, _, began = blocks.pop()
            blocks.append((not was_shown and all(block[0] for block in blocks), True, began))
        elif tag == "end":
            if not blocks:
                raise TemplateError(f"line {line}: end without if")
            blocks.pop()
        elif visible:
            shown.append(_fill(tag, values, line))
    if blocks:
        raise TemplateError(f"line {blocks[-1][2]}: if without end")
    return "".join([*shown, template[place:]])


def _test(condition: str, values: Mapping[str, Any], line: int) -> bool:
    if condition.startswith("not "):
        return not _value(condition[4:].strip(), values, line)
    return bool(_value(condition, values, line))


def _fill(tag: str, values: Mapping[str, Any], line: int) -> str:
    path, *filters = [part.strip() for part in tag.split("|")]
    text = str(_value(path, values, line))
    known = {"upper": str.upper, "lower": str.lower, "title": str.title, "trim": str.strip}
    for name in filters:
        if name not in known:
            raise TemplateError(f"line {line}: no filter is called {name!r}")
        text = known[name](text)
    return text


def _value(path: str, values: Mapping[str, Any], line: int) -> Any:
    value: Any = values
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise TemplateError(f"line {line}: nothing is given for {path!r}")
        value = value[name]
    return value
