"""JSON Schema: the schema of a check, and the validation of what an agent wrote, in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.checks.base import Place, last_lines, one_line
from pytest_agenttasks.checks.beside import read_beside
from pytest_agenttasks.checks.reading import Unreadable, read_json, read_yaml
from pytest_agenttasks.checks.scratch import Noted, run_noting, scratch, with_job
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import Expected

SECONDS = 20.0
"""Time limit, half a second of which is the start."""


def schema_of(expected: Expected, base: Path) -> Any:
    """The schema that is given, or the one in the file that is named.

    Raises:
        CheckError: the file cannot be read, or what is in it is no JSON Schema.
    """
    given = expected.schema_
    schema = _read(given, base) if isinstance(given, str) else given
    if why := _why_no_schema(schema):
        raise CheckError(f"schema: {f'{given} is' if isinstance(given, str) else 'this is'} no JSON Schema: {why}")
    return schema


def schema_problems(schema: Any, data: Mapping[str, Any], place: Place) -> Iterator[str]:
    """What is wrong with data, by its names.

    Raises:
        CheckError: it could not be validated, by a fault of the schema or of the machine.
    """
    with scratch("validate_data.py") as folder:
        job = [with_job(folder, {"schema": schema, "data": dict(data)})]
        yield from _told(run_noting(place, folder, "validate_data.py", job, python=("-I",), seconds=SECONDS))


def _told(noted: Noted) -> Iterator[str]:
    began, finished, result = False, False, noted.result
    for entry in noted.records:
        match entry:
            case {"kind": "began"}:
                began = True
            case {"kind": "wrong", "name": str(name), "at": list(at), "message": str(message)}:
                where = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in at)
                yield f"{name}: {where}{': ' if where else ''}{one_line(message)}"
            case {"kind": "broken", "message": str(message)}:
                raise CheckError(f"schema: it cannot be used: {one_line(message)}")
            case {"kind": "finished"}:
                finished = True
    if not began and not result.timed_out:
        raise CheckError(f"jsonschema could not be started: {' '.join(last_lines(result.output, 1))}")
    if not finished:
        yield f"the validation did not end {'within' if result.timed_out else 'well, in'} {SECONDS:g} s"


def _read(name: str, base: Path) -> Any:
    text = read_beside(name, base, "schema")
    try:
        return read_json(text) if name.endswith(".json") else read_yaml(text)
    except Unreadable as error:
        raise CheckError(f"schema: {name} is {error}") from None


def _why_no_schema(schema: Any) -> str:
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for

    if not isinstance(schema, dict):
        return f"found {type(schema).__name__}, expected a mapping"
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        return one_line(f"{f'{where}: ' if where else ''}{error.message}")
    return ""
