"""The checks `json`, `yaml` and `toml`: files hold data, and the data is as expected."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, plural
from pytest_agenttasks.checks.expected import data_problems
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.scratch import run_noting, scratch, with_job

if TYPE_CHECKING:
    from pytest_agenttasks.spec import DataOptions, JsonOptions, TomlOptions, YamlOptions

SECONDS = 30.0
"""Time limit of reading all files of a check."""


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
    data, problems = _read([place.name(path) for path in paths], kind, place)
    problems += data_problems(options, data, place) if data else ()
    if problems:
        more = f" ({len(problems)} mistakes)" if len(problems) > 1 else ""
        return missed(problems[0] + more, problems[1:])
    return found(f"{plural(len(paths), 'file')}: {kind.upper()}, as expected")


def _read(names: Sequence[str], kind: str, place: Place) -> tuple[dict[str, Any], list[str]]:
    """What is in files, and what is wrong with them."""
    with scratch("read_data.py") as folder:
        _copy_modules(folder)
        job = [with_job(folder, {"kind": kind, "paths": names})]
        noted = run_noting(place, folder, "read_data.py", job, python=("-I",), seconds=SECONDS).begun()
    (_, *records), result = noted.records, noted.result
    data = {name: one["data"] for name, one in zip(names, records, strict=False) if one["kind"] == "read"}
    wrong = [f"{name} is {one['message']}" for name, one in zip(names, records, strict=False) if "message" in one]
    if len(records) < len(names):
        ended = f"within {SECONDS:g} s" if result.timed_out else f"well: {' '.join(last_lines(result.output, 1))}"
        wrong.append(f"{names[len(records)]} is not usable {kind.upper()}: reading it did not end {ended}")
    return data, wrong


def _copy_modules(folder: Path) -> None:
    """Modules of this package that the program needs, and nothing else of it."""
    ours, package = Path(__file__).parents[1], folder / "pytest_agenttasks"
    (package / "checks").mkdir(parents=True)
    for name in ("__init__.py", "checks/__init__.py"):
        (package / name).touch()
    for name in ("exceptions.py", "yamlfile.py", "checks/reading.py"):
        shutil.copy(ours / name, package / name)
