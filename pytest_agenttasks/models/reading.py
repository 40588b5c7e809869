"""Reading a models.yaml so that all its mistakes can be told together, those of form and those of names."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pytest_agenttasks.exceptions import ModelsConfigError, Problem, YamlFileError
from pytest_agenttasks.models.file import ModelsFile
from pytest_agenttasks.yamlfile import Document, Location, problems_of, read

STAND_IN = "openai/stand-in"
"""A name without a mistake."""


def read_file(path: Path) -> tuple[ModelsFile, Document, list[Problem]]:
    """What a models.yaml says, where it says it, and its mistakes of form.

    An entry with such a mistake is replaced by one without that has the same names, so that these can be looked at.

    Raises:
        ModelsConfigError: it cannot be read, is not YAML, or not a mapping.
    """
    try:
        document = read(path)
        try:
            return ModelsFile.model_validate(document.data), document, []
        except ValidationError as error:
            problems = problems_of(error, document, ModelsFile)
            if not isinstance(document.data, dict):
                raise YamlFileError(document.path, problems) from None
            mended = _mended(document.data, {detail["loc"] for detail in error.errors()})
            return ModelsFile.model_validate(mended), document, problems
    except YamlFileError as error:
        raise ModelsConfigError(str(error)) from None


def _mended(data: dict[Any, Any], mistaken: Collection[Location]) -> dict[str, Any]:
    parts, entries = {place[:1] for place in mistaken}, {place[:2] for place in mistaken}
    mended: dict[str, Any] = {}
    for part, value in data.items():
        if not isinstance(part, str) or (part,) in mistaken:
            continue
        if isinstance(value, dict):
            mended[part] = {
                name: _mended_entry(part, entry) if (part, name) in entries else entry
                for name, entry in value.items()
                if isinstance(name, str) and (part, name, "[key]") not in mistaken
            }
        else:
            mended[part] = _mended_names(value) if (part,) in parts else value
    return mended


def _mended_entry(part: str, entry: Any) -> Any:
    options = entry if isinstance(entry, dict) else {}
    if part == "presets":
        model = options.get("model")
        return model if isinstance(model, str) else STAND_IN
    if part == "quotas":
        return {"presets": _mended_names(options.get("presets")), "rpm": 1}
    if part == "accounts":
        return {"presets": _mended_names(options.get("presets")), "api_key_env": "STAND_IN"}
    return _mended_names(entry)


def _mended_names(value: Any) -> list[str]:
    names = value if isinstance(value, list) else [value]
    return [name if isinstance(name, str) else STAND_IN for name in names] or [STAND_IN]
