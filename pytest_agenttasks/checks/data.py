"""The checks `json`, `yaml` and `toml`: files hold data, and the data is as expected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.checks.base import Finding, Place, found, missed, plural
from pytest_agenttasks.checks.expected import data_problems
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.reading import LARGEST, READERS, Unreadable

if TYPE_CHECKING:
    from pytest_agenttasks.spec import DataOptions, JsonOptions, TomlOptions, YamlOptions


def json(options: JsonOptions, place: Place) -> Finding:
    """Every matching file is JSON, and as expected."""
    return _judge(options, place, "json")


def yaml(options: YamlOptions, place: Place) -> Finding:
    """Every matching file is YAML, and as expected."""
    return _judge(options, place, "yaml")


def toml(options: TomlOptions, place: Place) -> Finding:
    """Every matching file is TOML, and as expected."""
    return _judge(options, place, "toml")


def _judge(options: DataOptions, place: Place, kind: str) -> Finding:
    paths = regular(place, options.file)
    if not paths:
        return missed(nothing_matches(options.file, place))
    problems: list[str] = []
    data: dict[str, Any] = {}
    for path in paths:
        try:
            data[place.name(path)] = READERS[kind](_text(path))
        except Unreadable as error:
            problems.append(f"{place.name(path)} is {error}")
    problems += data_problems(options, data, place) if data else ()
    if problems:
        more = f" ({len(problems)} mistakes)" if len(problems) > 1 else ""
        return missed(problems[0] + more, problems[1:])
    return found(f"{plural(len(paths), 'file')}: {kind.upper()}, as expected")


def _text(path: Path) -> str:
    """Raise Unreadable for what is no text of a bounded size."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Unreadable(f"larger than {LARGEST // 2**20} MiB")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise Unreadable(f"not to be read: {error.strerror}") from None
