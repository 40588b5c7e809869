"""Data read with bounds: JSON, YAML, TOML. A copy of this module is used in the sandbox, by `read_data.py`.

JSON takes as long as it is. YAML and TOML can be written so that reading them takes for ever: a whole number of a
million parts in base 60, a dotted key of a hundred thousand parts. What an agent wrote is read in the sandbox, with a
time limit.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

from pytest_agenttasks.exceptions import YamlFileError
from pytest_agenttasks.yamlfile import DEEPEST, as_json, parse


class Unreadable(Exception):  # noqa: N818 - what is wrong is the agent's text, not ours
    """A text that is not what it should be: `not JSON: Expecting value (line 1, column 5)`."""


def read_json(text: str) -> Any:
    """JSON as RFC 8259 has it: no NaN, no key twice in an object.

    Raises:
        Unreadable: the text is something else.
    """
    try:
        return _bounded(json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse), "JSON")
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not usable JSON: {error}") from None


def read_yaml(text: str) -> Any:
    """One document of YAML, of plain values; dates are texts.

    Raises:
        Unreadable: the text is something else, or its aliases stand for too much.
    """
    try:
        return _bounded(parse("", text).data, "YAML")
    except YamlFileError as error:
        first = error.problems[0]
        message = first.message if first.message.startswith("not ") else f"not usable YAML: {first.message}"
        raise Unreadable(f"{message} (line {first.line}, column {first.column})") from None


def read_toml(text: str) -> Any:
    """TOML; dates and times are texts.

    Raises:
        Unreadable: the text is something else.
    """
    try:
        return _bounded(tomllib.loads(text), "TOML")
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"not TOML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not usable TOML: {error}") from None


READERS: dict[str, Callable[[str], Any]] = {"json": read_json, "yaml": read_yaml, "toml": read_toml}
"""How a text is read, by the name of the check."""


def _bounded(data: Any, kind: str) -> Any:
    """What JSON has of it, if it is not nested too deeply to be walked through."""
    if _is_deep(data):
        raise Unreadable(f"not usable {kind}: nested more than {DEEPEST} levels deep")
    try:
        return as_json(data)
    except ValueError as error:
        raise Unreadable(f"not usable {kind}: {error}") from None


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [one for value in level for one in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    return [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name!r} is given twice in an object")
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number that JSON has")
