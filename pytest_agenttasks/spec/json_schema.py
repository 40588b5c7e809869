"""The JSON Schema of task files, for editors: made from the same definition that validates them."""

from __future__ import annotations

from typing import Any

from pytest_agenttasks.spec.check_options import BESIDE, SHORT
from pytest_agenttasks.spec.loader import NOT_DEFAULTS
from pytest_agenttasks.spec.schema import TaskSpec

_TYPED = ("integer", "number", "boolean")
_ABOUT = ("title", "description", "default")


def json_schema() -> dict[str, Any]:
    """A schema (draft 2020-12) for a file with one task, or with `defaults` and `tasks`."""
    task = TaskSpec.model_json_schema(by_alias=True)
    definitions = task.pop("$defs")
    _allow_short_forms(definitions)
    _allow_text(task["properties"], "agent", "AgentSpec", minLength=1)
    _allow_text(task["properties"], "solution", "SolutionSpec")
    _allow_text(definitions["Check"]["properties"], "hidden", "Hidden", minLength=1)
    _allow_templates(task)
    for one in definitions.values():
        _allow_templates(one)
    defaults = {
        **task,
        "title": "Defaults",
        "description": "keys for every task of the file",
        "properties": {k: v for k, v in task["properties"].items() if k not in NOT_DEFAULTS},
    }
    defaults.pop("required")
    definitions |= {"TaskSpec": task, "Defaults": defaults}
    many = {
        "type": "object",
        "required": ["tasks"],
        "additionalProperties": False,
        "properties": {
            "defaults": {"$ref": "#/$defs/Defaults"},
            "tasks": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/TaskSpec"}},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pytest-agenttasks task file",
        "if": {"anyOf": [{"required": ["tasks"]}, {"required": ["defaults"]}]},
        "then": many,
        "else": {"$ref": "#/$defs/TaskSpec"},
        "$defs": dict(sorted(definitions.items())),
    }


def _allow_short_forms(definitions: dict[str, Any]) -> None:
    check = definitions["Check"]
    names = [name for name in check["properties"] if name not in BESIDE]
    for name in names:
        full = next(one for one in check["properties"][name]["anyOf"] if "$ref" in one)
        short = SHORT.get(name)
        options = definitions[full["$ref"].rsplit("/", 1)[1]]
        main = options["properties"].get(short, {})
        listed = next((form for form in main.get("anyOf", ()) if form.get("type") == "array"), None)
        forms: list[Any] = [full]
        forms += [{"type": "string"}] if short else []
        if listed:
            least = {key: listed[key] for key in ("minItems",) if key in listed}
            forms.append({"type": "array", "items": {"type": "string"}, **least})
        check["properties"][name] = {"anyOf": forms, "description": options["description"]}
    check["properties"]["hidden"]["anyOf"].append({"type": "string", "minLength": 1})  # a folder stands for `from`
    check["oneOf"] = [{"required": [name]} for name in names]


def _allow_text(properties: dict[str, Any], key: str, definition: str, **text: Any) -> None:
    """Text may stand for the mapping; `text` says what else must hold for it."""
    default = properties[key]["default"]
    properties[key] = {
        "description": properties[key]["description"],
        "default": default["name"] if isinstance(default, dict) else default,
        "anyOf": [
            {"type": "string", **text},
            {"$ref": f"#/$defs/{definition}"},
            *([{"type": "null"}] if default is None else []),
        ],
    }


def _allow_templates(definition: dict[str, Any]) -> None:
    """What is not plain text may be `{{ name }}` until the matrix is filled in."""
    for name, value in definition.get("properties", {}).items():
        definition["properties"][name] = _or_template(value)


def _or_template(value: dict[str, Any]) -> dict[str, Any]:
    if "items" in value:
        value = {**value, "items": _or_template(value["items"])}
    forms = value.get("anyOf", [value])
    if not any(form.get("type") in _TYPED or "enum" in form or "pattern" in form for form in forms):
        return value
    kept = {key: value[key] for key in _ABOUT if key in value}
    bare = [{key: part for key, part in form.items() if key not in _ABOUT} for form in forms]
    return {**kept, "anyOf": [*bare, {"type": "string", "pattern": "\\{\\{"}]}
