"""From the names and values of a row to the keys of a task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.exceptions import YamlFileError
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import Limits, TaskSpec, WorkspaceSpec
from pytest_agenttasks.yamlfile import parse

PROMPTS = ("prompt", "instruction", "instructions", "question", "input", "query", "problem_statement", "problem",
           "messages")  # fmt: skip
"""Names under which others keep what is asked; the first that a row has is taken."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "prompt": PROMPTS,
    "id": ("id", "task_id", "instance_id", "question_id", "uid", "name"),
    "title": ("title", "summary"),
    "tags": ("tags", "labels", "keywords"),
    "model": ("model", "models"),
    "priority": ("priority",),
    "expected": ("expected", "target", "answer", "expected_output", "ideal", "output", "reference"),
}
"""Keys and the names that stand for them. `expected` is no key of a task."""

PARTS: Mapping[str, frozenset[str]] = {
    "limits": frozenset(Limits.model_fields),
    "workspace": frozenset(field.alias or name for name, field in WorkspaceSpec.model_fields.items()),
}
"""Keys whose own keys may be columns: `steps`, `limits.steps`, `from`."""

PRIORITIES = {"urgent": "critical", "highest": "critical", "p0": "critical", "p1": "high", "medium": "normal",
              "p2": "normal", "p3": "low", "lowest": "low", "minor": "low"}  # fmt: skip

_PLAIN = frozenset(("id", "title", "category", "priority", "prompt", "solution", "expected", "from"))
"""Keys whose cells are text and nothing else."""

_OURS = frozenset(TaskSpec.model_fields) - {"matrix"}


class UnreadableError(Exception):
    """A value that cannot be what its key needs; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a task, and perhaps a key of that, with its value in a row.

    Attributes:
        name: of the column.
    """

    key: str
    part: str
    name: str
    value: Any


def plain_name(name: str) -> str:
    """A column's name in the form in which it is looked up."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def fields_of(values: Json) -> tuple[list[Field], list[str]]:
    """The fields of a row, and the names of its columns that are none."""
    known = {plain_name(name): name for name in reversed(values)}
    found: list[Field] = []
    for key, aliases in ALIASES.items():
        name = next((known.pop(alias) for alias in aliases if alias in known), None)
        if name is not None:
            found.append(Field(key, "", name, values[name]))
    for plain, name in list(known.items()):
        place = _place(plain)
        if place:
            found.append(Field(*place, name, values[name]))
            del known[plain]
    used = {field.name for field in found}
    return found, [name for name in values if name not in used]


def value_of(field: Field) -> Any:
    """A field's value as its key needs it; text is read as YAML where the key is no text.

    Raises:
        UnreadableError: it cannot be.
    """
    value, key = field.value, field.part or field.key
    if key == "prompt":
        return prompt_of(value)
    if key in ("tags", "model"):
        return _words(value)
    if key in _PLAIN:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(value, str) and not (key in ("artifacts", "agent") and value.strip()[:1] not in "[{"):
        value = _yaml(value)
    if key == "workspace" and isinstance(value, str):
        return {"from": value}
    if key == "git" and isinstance(value, str):
        return {"ref": value}
    if key == "files" and not isinstance(value, dict):
        raise UnreadableError("files are given by name and content, {a.py: text}; for a check use `checks`")
    return [value] if key in ("checks", "artifacts", "setup") and not isinstance(value, list) else value


def prompt_of(value: Any) -> str:
    """A prompt, from text or from a chat in which nobody has answered yet.

    Raises:
        UnreadableError: it is neither.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        said = [one.get("content") for one in value if one.get("role") in ("system", "developer", "user")]
        texts = [text for text in said if isinstance(text, str)]
        if texts and len(texts) == len(value):
            return "\n\n".join(texts)
    raise UnreadableError("expected text, or messages of `system` and `user` whose `content` is text")


def _place(plain: str) -> tuple[str, str] | None:
    if plain in _OURS:
        return plain, ""
    for key, parts in PARTS.items():
        part = re.sub(rf"^{key}[._]", "", plain)
        if part in parts:
            return key, part
    return None


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        value = _yaml(value) if value.lstrip().startswith("[") else re.split(r"[,;|]", value)
    if not isinstance(value, list) or not all(isinstance(one, str | int) for one in value):
        raise UnreadableError("expected words, separated by commas")
    return [str(one).strip() for one in value if str(one).strip()]


def _yaml(text: str) -> Any:
    try:
        return parse("cell", text).data
    except YamlFileError as error:
        raise UnreadableError(error.problems[0].message) from None
