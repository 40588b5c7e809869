"""Options of the checks that read data: `json`, `yaml`, `toml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from pytest_agenttasks.spec.check_options.base import Options, Pattern, Text
from pytest_agenttasks.yamlfile import as_json

_BROKEN_ESCAPE = re.compile(r"~(?![01])")


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        meant = "/" + re.sub(r"\[(\d+)\]", r".\1", text).lstrip("$.").replace(".", "/")
        raise ValueError(f"{text!r} is no JSON Pointer (RFC 6901): write {meant!r}")
    if _BROKEN_ESCAPE.search(text):
        raise ValueError(f"{text!r} is no JSON Pointer (RFC 6901): write ~0 for ~ and ~1 for / in a key")
    return text


Pointer = Annotated[str, AfterValidator(_pointer)]
"""Where a value stands, by RFC 6901: `/a/b/0`."""


Plain = Annotated[Any, BeforeValidator(as_json)]
"""Any value that JSON has."""


class Expected(Options):
    """What data must be like."""

    schema_: dict[str, Plain] | Text | None = Field(
        None,
        alias="schema",
        description="JSON Schema (draft 2020-12) that it must satisfy: here, or a file beside the task file",
    )
    values: dict[Pointer, Plain] = Field(
        {}, description="values that must stand in it, by JSON Pointer (RFC 6901): `/users/0/name: Ada`"
    )

    def needs(self) -> tuple[str, ...]:
        """What validates."""
        return () if self.schema_ is None else ("jsonschema",)

    def beside(self) -> tuple[Path, ...]:
        """The file with the schema."""
        return (Path(self.schema_),) if isinstance(self.schema_, str) else ()


class DataOptions(Expected):
    """Base: files that must hold data."""

    file: Pattern = Field(description="relative path or glob; every matching file must be as expected")


class JsonOptions(DataOptions):
    """A file must be JSON, and may have to satisfy a schema or hold values."""


class YamlOptions(DataOptions):
    """A file must be YAML, one document, and may have to satisfy a schema or hold values."""


class TomlOptions(DataOptions):
    """A file must be TOML, and may have to satisfy a schema or hold values."""
