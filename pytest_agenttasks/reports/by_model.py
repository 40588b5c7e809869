"""The table by model: what a run asked of each model, what came of it, and how much of it was one model's own work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import WORTH_TELLING, duration, short_names
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.usage import ModelUse

HEADINGS = ("answers", "requests", "429s", "failed", "waited", "tokens", "cost $", "alone")
"""After the model. The last column says of the tasks with answers of the model how many it did without another one."""

ONLY_WITH_NUMBERS = ("failed", "waited")
"""Columns that are left out where they would say nothing but 0."""


@dataclass(frozen=True, slots=True)
class ModelTable:
    """A table of texts.

    Attributes:
        headings: of the columns, the model's first.
        ids: for each row, the model's full id.
        names: for each row, the id as short as it can be told from the others.
        rows: the other cells.
    """

    headings: tuple[str, ...]
    ids: list[str]
    names: list[str]
    rows: list[tuple[str, ...]]


@dataclass(slots=True)
class _Line:
    """One model of a run.

    Attributes:
        use: what was asked of it.
        tasks: those it had a part in.
        alone: those that no other model had a part in.
        routed: whether its provider answered for the same id as other models, too.
    """

    use: ModelUse
    tasks: int = 0
    alone: int = 0
    routed: bool = False


def model_tables(results: Sequence[TaskResult]) -> list[ModelTable]:
    """Tables of what this run asked, of what was recorded, and of what earlier runs asked for what was taken over.

    Each is there where it has more to tell than one name.
    """
    here = [result for result in results if not result.resumed_from]
    live = [result for result in here if result.cassette != "replayed"]
    replayed = [result for result in here if result.cassette == "replayed"]
    earlier = [result for result in results if result.resumed_from]
    told = {"model": live, "model, as recorded": replayed, "model, in earlier runs": earlier}
    tables = [(heading, _lines(some)) for heading, some in told.items()]
    return [_table(heading, lines) for heading, lines in tables if _worth_telling(lines)]


def _worth_telling(lines: list[_Line]) -> bool:
    return len(lines) > 1 or any(
        line.use.limited or line.use.failed or line.use.wait_s >= WORTH_TELLING for line in lines
    )


def _lines(results: Iterable[TaskResult]) -> list[_Line]:
    """Models with the most answers first."""
    results = list(results)
    names = _names_by_asked(use for result in results for use in (*result.told_models, *result.earlier_models))
    found: dict[tuple[str, str], _Line] = {}
    for result in results:
        mine = _summed(result.told_models, names)
        for use in _summed([*result.told_models, *result.earlier_models], names):
            line = found.setdefault((use.asked, use.model), _Line(ModelUse(use.asked, use.model)))
            line.use.add(use)
            line.routed = len(names[use.asked]) > 1 and use.model != use.asked
        for use in mine:
            if use.answers:
                line = found[use.asked, use.model]
                line.tasks += 1
                line.alone += result.served == [use.model]
    return sorted(found.values(), key=lambda line: (-line.use.answers, -line.use.requests, line.use.model))


def _names_by_asked(uses: Iterable[ModelUse]) -> dict[str, list[str]]:
    """For each id that was asked: the names under which it answered."""
    names: dict[str, list[str]] = {}
    for use in uses:
        told = names.setdefault(use.asked, [])
        if use.answers and use.model not in told:
            told.append(use.model)
    return names


def _summed(uses: Iterable[ModelUse], names: dict[str, list[str]]) -> list[ModelUse]:
    """One use for each id and name; failures count for the name under which the id answers, if it is one."""
    found: dict[tuple[str, str], ModelUse] = {}
    for use in uses:
        model = names[use.asked][0] if len(names[use.asked]) == 1 else use.model
        found.setdefault((use.asked, model), ModelUse(use.asked, model)).add(replace(use, model=model))
    return list(found.values())


def _table(heading: str, lines: list[_Line]) -> ModelTable:
    short = short_names([name for line in lines for name in (line.use.model, line.use.asked)])
    rows = [_cells(line) for line in lines]
    kept = [
        column
        for column, told in enumerate(HEADINGS)
        if told not in ONLY_WITH_NUMBERS or any(row[column] != "0" for row in rows)
    ]
    return ModelTable(
        (heading, *(HEADINGS[column] for column in kept)),
        [_named(line, {}) for line in lines],
        [_named(line, short) for line in lines],
        [tuple(row[column] for column in kept) for row in rows],
    )


def _named(line: _Line, short: dict[str, str]) -> str:
    via = f" via {short.get(line.use.asked, line.use.asked)}" if line.routed else ""
    return short.get(line.use.model, line.use.model) + via


def _cells(line: _Line) -> tuple[str, ...]:
    use = line.use
    return (
        str(use.answers),
        str(use.requests),
        str(use.limited),
        str(use.failed),
        duration(use.wait_s) if use.wait_s >= WORTH_TELLING else "0",
        f"{use.tokens:,}" if use.answers else "–",
        _cost(use),
        f"{line.alone} of {line.tasks}" if line.tasks else "–",
    )


def _cost(use: ModelUse) -> str:
    if use.cost_usd is None:
        return "unknown" if use.unknown_costs else "–"
    return cost(use.cost_usd) + (f" + {use.unknown_costs} unknown" if use.unknown_costs else "")
