"""JSON Schemas with keywords that JSON Schema does not know, which it takes as remarks and passes over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_agenttasks.exceptions import YamlFileError
from pytest_agenttasks.spec import AnswerOptions, Expected, Options, Task
from pytest_agenttasks.validation.finding import Found
from pytest_agenttasks.yamlfile import Location, near, read

DRAFT = "2020-12"

NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
"""Keywords whose value maps names to schemas."""

LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas."""

SINGLE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
"""Keywords whose value is a schema."""

KEYWORDS = NAMED | LISTED | SINGLE | {
    "const", "contentEncoding", "contentMediaType", "default", "dependencies", "dependentRequired", "deprecated",
    "description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maxItems",
    "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "pattern", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
}  # fmt: skip
"""Those of https://json-schema.org/draft/2020-12/schema and the vocabularies that it names; $-keywords apart."""


def unknown_keywords(task: Task) -> Iterator[Found]:
    """Keywords of the schemas of checks that draft 2020-12 does not have."""
    for index, check in enumerate(task.spec.checks):
        expected = _expected(check.options)
        if expected is None or expected.schema_ is None:
            continue
        within = ("json", "schema") if check.name == "answer" else ("schema",)
        for path, hint in _unknown(_read(expected.schema_, task.path.parent)):
            beside = isinstance(expected.schema_, str)
            where = f" in {expected.schema_}" if beside else ""
            told = f"the schema{where} says {path[-1]!r} ({'/'.join(map(str, path))}), which is passed over{hint}"
            line, _ = task.at("checks", index, check.name, *within, *(() if beside else path))
            yield "unknown-keyword", line, told


def _expected(options: Options) -> Expected | None:
    if isinstance(options, AnswerOptions):
        return options.json_
    return options if isinstance(options, Expected) else None


def _read(schema: dict[str, Any] | str, base: Path) -> Any:
    """The schema; nothing where its file cannot be read, which the check tells."""
    if not isinstance(schema, str):
        return schema
    try:
        return read(base / schema).data  # JSON is YAML
    except YamlFileError:
        return {}


def _unknown(schema: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Where there is one, and the end of a message with the nearest that is known."""
    if not isinstance(schema, dict) or DRAFT not in str(schema.get("$schema", DRAFT)):
        return
    for keyword, value in schema.items():
        if keyword not in KEYWORDS and not str(keyword).startswith(("x-", "$")):
            close = near(str(keyword), sorted(KEYWORDS))
            yield (*at, keyword), close if "did you mean" in close else ""
        for below, inner in _below(keyword, value):
            yield from _unknown(inner, (*at, keyword, *below))


def _below(keyword: str, value: Any) -> Iterator[tuple[Location, Any]]:
    """Schemas in the value of a keyword."""
    if keyword in SINGLE:
        yield (), value
    elif keyword in NAMED and isinstance(value, dict):
        yield from (((name,), one) for name, one in value.items())
    elif keyword in LISTED and isinstance(value, list):
        yield from (((place,), one) for place, one in enumerate(value))
