"""What data is like, against what is expected of it: a schema, and values at their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.checks.base import Place
from pytest_agenttasks.checks.pointer import Missing, same, shown, value_at
from pytest_agenttasks.checks.schemas import schema_of, schema_problems

if TYPE_CHECKING:
    from pytest_agenttasks.spec import Expected


def data_problems(expected: Expected, data: Mapping[str, Any], place: Place) -> Iterator[str]:
    """What is wrong with data, by its names: values first, then what the schema says.

    Raises:
        CheckError: the schema cannot be used.
    """
    for name, one in data.items():
        for pointer, value in expected.values.items():
            try:
                there = value_at(one, pointer)
            except Missing as missing:
                yield f"{name}: {missing}"
                continue
            if not same(there, value):
                yield f"{name}: {pointer or 'the whole'} is {shown(there)}, expected {shown(value)}"
    if expected.schema_ is not None:
        yield from schema_problems(schema_of(expected, place.base), data, place)
