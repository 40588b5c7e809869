"""Rows of CSV files and of JSON, whatever their columns are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.cli.importing.draft import Draft, UnusableError
from pytest_agenttasks.cli.importing.fields import PROMPTS, plain_name
from pytest_agenttasks.cli.importing.letters import writable
from pytest_agenttasks.results import Json

DELIMITERS = ",;\t|"

LONGEST = 2**31 - 1
"""Characters of a cell; the csv module's own limit of 131,072 is shorter than some prompts."""


@dataclass(frozen=True, slots=True)
class Row:
    """Names and values, without those that are empty, and where they stand."""

    values: Json
    where: str


def csv_rows(text: str, draft: Draft) -> Iterator[Row]:
    """Rows of a CSV file with a header; the delimiter is the one that gives the header a prompt.

    Raises:
        UnusableError: no column for the prompt, or not CSV.
    """
    delimiter, header = _header(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    limit = csv.field_size_limit(LONGEST)
    try:
        start = 1
        for index, cells in enumerate(reader):
            where, start = f"line {start}", reader.line_num + 1
            if index and any(cell.strip() for cell in cells):
                yield from _row(header, cells, where, draft)
    except csv.Error as error:
        raise UnusableError(f"line {reader.line_num}: not CSV: {error}") from None
    finally:
        csv.field_size_limit(limit)


def json_rows(text: str, draft: Draft) -> Iterator[Row]:
    """Objects, one a line or in one list. A line that is no object is told and passed over."""
    if text.lstrip().startswith("["):
        yield from _listed(text, draft)
        return
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: a string may hold U+2028
        if line.strip():
            try:
                yield from _object(json.loads(line), f"line {number}", draft)
            except (ValueError, RecursionError) as error:
                draft.remark("lost", f"not JSON: {error}", f"line {number}")


def looks_like_csv(text: str) -> bool:
    """Whether the first line is a header with a column for the prompt."""
    try:
        return bool(_header(text))
    except UnusableError:
        return False


def _header(text: str) -> tuple[str, list[str]]:
    names: dict[str, list[str]] = {}
    for delimiter in DELIMITERS:
        try:
            names[delimiter] = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
    for delimiter, header in sorted(names.items(), key=lambda one: -len(one[1])):
        if any(plain_name(name) in PROMPTS for name in header):
            return delimiter, header
    widest = max(names.values(), key=len, default=[])
    found = ", ".join(repr(name[:40]) for name in widest[:12]) or "nothing"
    raise UnusableError(f"no column for the prompt: found {found}, expected one of {', '.join(PROMPTS)}")


def _row(header: list[str], cells: list[str], where: str, draft: Draft) -> Iterator[Row]:
    if any(cells[len(header) :]):
        text = f"a row with more cells than the header ({len(header)}): is there a delimiter that is not in quotes?"
        draft.remark("lost", text, where)
        return
    values: Json = {}
    for name, cell in zip(header, cells, strict=False):
        if name in values:
            draft.remark("lost", f"a second column {name!r}", where)
        elif cell.strip():
            values[name] = cell
    yield Row(values, where)


def _listed(text: str, draft: Draft) -> Iterator[Row]:
    try:
        for index, one in enumerate(json.loads(text), 1):
            yield from _object(one, f"entry {index}", draft)
    except (ValueError, RecursionError) as error:
        raise UnusableError(f"not JSON: {error}") from None


def _object(data: Any, where: str, draft: Draft) -> Iterator[Row]:
    if not isinstance(data, dict):
        draft.remark("lost", "expected a JSON object of names and values", where)
        return
    values = writable(data)
    if values != data:
        draft.remark("changed", "half a surrogate pair, which no file can hold, is U+FFFD", where)
    yield Row({name: value for name, value in values.items() if value not in (None, "", [], {})}, where)
