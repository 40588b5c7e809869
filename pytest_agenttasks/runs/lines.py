"""The form of JSON files in the run folder: a person can read them, and thousands are written quickly."""

from __future__ import annotations

import json
from typing import Any

from pytest_agenttasks.results import Json


def in_lines(document: Json) -> str:
    """An object as JSON: each member on a line of its own, each element too where a member is a list of objects.

    With `indent` the whole is written by Python code, which takes ten times as long as the encoder in C.
    """
    return "{\n" + ",\n".join(f" {_text(name)}: {_member(value)}" for name, value in document.items()) + "\n}"


def _member(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return "[\n" + ",\n".join(f"  {_text(one)}" for one in value) + "\n ]"
    return _text(value)


_text = json.JSONEncoder(ensure_ascii=False).encode
