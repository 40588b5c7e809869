"""Rates with intervals as texts: tables of all that a rate is told of, and remarks below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from pytest_agenttasks.reports.collected import Report
from pytest_agenttasks.reports.rows import MOST_TOLD, number, percent
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.statistics import (
    Cell,
    Compared,
    Counts,
    Group,
    Key,
    LeftOut,
    Rate,
    compared_models,
    compared_runs,
    contenders,
    counts,
    p_value,
)

WIDE = 120
"""Columns of a terminal, where nobody says how many."""

LEAST_NAME = 16
"""Columns for names below which a table is rather too wide."""

OTHERS_LEFT_OUT = "different models were asked: trials in which another one answered, too, are left out"

NONE = "–"
"""A cell about which nothing can be said."""


@dataclass(frozen=True, slots=True)
class RateTable:
    """A table of texts; the first column has names.

    Attributes:
        headings: of the columns.
        rows: cells.
    """

    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def rates_lines(results: Iterable[TaskResult], width: int = WIDE) -> list[str]:
    """What a terminal shows of rates: a line where each task was done once, else a table with remarks below it.

    Nothing where no task was judged.

    Args:
        results: of the run.
        width: columns of the terminal.
    """
    found = counts(results)
    if not found.all.rate:
        return []
    if not found.several:
        return [rate_line(found)]
    return [*table_lines(rate_table(found), width), *wrapped(remarks(found), width)]


def rate_line(found: Counts) -> str:
    """`rate: 75 % (30 to 95 %), 3 of 4 tasks passed; 1 error left out`, for tasks that were done once."""
    mixed = f", {found.all.mixed} mixed among them" if found.all.mixed else ""
    left = ", ".join(_left_out(found.all))
    return (
        f"rate: {rate_text(found.all.rate)}, {_passed(found.all)} passed{mixed}{f'; {left} left out' if left else ''}"
    )


def rate_text(rate: Rate | None) -> str:
    """`75 % (30 to 95 %)`: the rate and its interval."""
    if rate is None:
        return NONE
    return f"{percent(rate.value)} % ({interval_text(rate)} %)"


def interval_text(rate: Rate) -> str:
    """`30 to 95`, in per cent."""
    return f"{percent(rate.interval.low)} to {percent(rate.interval.high)}"


def groups_of(found: Counts) -> list[Group]:
    """All that has a row of its own: of categories, models and agents only what is not the same as all.

    Where models or agents are compared, each of them: a rate of several together would be nobody's.
    """
    if found.compares:
        return list(of_contenders(found).values())
    parts = [part for part in (found.categories, found.models, found.agents) if _differs(part, found.all)]
    return [found.all, *(group for part in parts for group in part)]


def of_contenders(found: Counts) -> dict[tuple[str, str], Group]:
    """For each model and agent that stand beside each other its trials."""
    groups = {one: Group("model", name) for one, name in contenders(found).items()}
    for cell in found.cells:
        for result in cell.results:
            groups[cell.model, cell.agent].add(result)
    return groups


def _differs(part: Sequence[Group], every: Group) -> bool:
    """One model may have done less alone than was counted."""
    return len(part) > 1 or any(group.counted != every.counted for group in part)


def shown_k(groups: Sequence[Group]) -> int:
    """The k of pass@k and pass^k that a table tells of all its rows; 1 where it tells none."""
    return min((group.told_k for group in groups if group.told_k > 1), default=1)


def rate_table(found: Counts) -> RateTable:
    """A row for each of `groups_of`."""
    groups = groups_of(found)
    k = shown_k(groups)
    rows = [_row(group, k) for group in groups]
    headings = ("rate of", "passed", "rate", "95 % interval", f"pass@{k}", f"pass^{k}", "left out")
    kept = [place for place in range(len(headings)) if place not in (4, 5) or k > 1]
    return RateTable(tuple(headings[i] for i in kept), [tuple(row[i] for i in kept) for row in rows])


def matrix(found: Counts) -> RateTable:
    """A row for each task, a column for each model, or for each agent where those differ; rates at the end."""
    rows = [(task[1], *map(cell_text, cells)) for task, cells in grid(found).items()]
    rates = ("rate", *(rate_text(group.rate) for group in of_contenders(found).values()))
    return RateTable(("task", *contenders(found).values()), [*rows, rates])


def grid(found: Counts) -> dict[Key, tuple[Cell | None, ...]]:
    """For each task its cells of all that stand beside each other, in their order; None where one has not done it."""
    cells = {(cell.task, cell.model, cell.agent): cell for cell in found.cells}
    tasks = dict.fromkeys(cell.task for cell in found.cells)
    return {task: tuple(cells.get((task, *one)) for one in contenders(found)) for task in tasks}


def cell_text(cell: Cell | None) -> str:
    """`passed`; of several trials `3 of 5`; what does not count for the model beside it: `2 of 3, 1 error, 1 mixed`."""
    if cell is None:
        return NONE
    if len(cell.results) == 1:
        (result,), why = cell.results, next(iter(cell.group.left_out), None)
        return f"{result.outcome} ({why})" if why and why.value != result.outcome.value else result.outcome.value
    told = [f"{cell.own.passed} of {cell.own.counted}"] if cell.own else []
    return ", ".join([*told, *_left_out(cell.group)])


def remarks(found: Counts) -> list[str]:
    """Lines below the table: what pass@k is over, what was counted, which tasks are flaky, who is better."""
    return [*_pass_lines(found), *_counted_lines(found), *flaky_lines(found), *model_lines(found)]


def model_lines(found: Counts) -> list[str]:
    """Each two models or agents of a run compared."""
    told = compared_models(found)
    lines = [compared_text(one) for one in told[:MOST_TOLD]]
    lines += [f"… {len(told) - MOST_TOLD} more comparisons"] if len(told) > MOST_TOLD else []
    return [*lines, *_together(told)]


def compared_columns(report: Report) -> list[Compared]:
    """Each column but the first against the first one."""
    return compared_runs([(column.label, counts(column.results)) for column in report.columns])


def column_lines(report: Report) -> list[str]:
    """What these comparisons say."""
    told = compared_columns(report)
    alone = [OTHERS_LEFT_OUT] if any(one.alone for one in told) else []
    return [*map(compared_text, told), *_together(told), *alone]


def compared_text(one: Compared) -> str:
    """`b against a: b is better by 12 points (3 to 21); over 8 tasks, p = 0.012`."""
    of, over = one.comparison, number(one.comparison.tasks, "task")
    trials = "" if of.first.counted == of.second.counted == of.tasks else (
        f" ({of.first.counted} and {of.second.counted} trials)"
    )  # fmt: skip
    unpaired = f", {number(one.unpaired, 'task')} without a counterpart left out" if one.unpaired else ""
    return f"{one.first} against {one.second}: {one.verdict}; over {over}{trials}, {p_value(of.p)}{unpaired}"


def flaky_lines(found: Counts) -> list[str]:
    """Tasks whose outcome differs over the trials of one model and agent."""
    flaky, names = found.flaky, contenders(found)
    if not flaky:
        return []
    several = len(names) > 1
    named = [
        f"{cell.task[1]}{f' on {names[cell.model, cell.agent]}' if several else ''} ({cell_text(cell)})"
        for cell in flaky[:MOST_TOLD]
    ]
    more = f" and {len(flaky) - MOST_TOLD} more" if len(flaky) > MOST_TOLD else ""
    return [f"flaky, passed at times and at times not: {', '.join(named)}{more}"]


def table_lines(table: RateTable, width: int = WIDE) -> list[str]:
    """A table of texts in columns; where it is too wide, names of tasks and models lose their begin."""
    every = [table.headings, *table.rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    free = width - 1 - sum(widths[1:]) - 2 * (len(widths) - 1)
    widths[0] = min(widths[0], max(free, LEAST_NAME))
    shown = [(shortened_name(name, widths[0]), *cells) for name, *cells in every]
    return ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in shown]


def shortened_name(name: str, size: int) -> str:
    """The end of a name tells more than its begin."""
    return name if len(name) <= size else "…" + name[len(name) - size + 1 :]


def wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Lines that fit into a terminal, further ones indented."""
    size = max(width - 1, 40)
    return [
        part
        for line in lines
        for part in wrap(line, size, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    ]


def _row(group: Group, k: int) -> tuple[str, ...]:
    rate, passes = group.rate, group.passes(k) if k > 1 else None
    some = f" ({number(passes.tasks, 'task')})" if passes and passes.tasks < len(group.tasks) else ""
    return (
        group.name or "all",
        _passed(group) if rate else NONE,
        f"{percent(rate.value)} %" if rate else NONE,
        f"{interval_text(rate)} %" if rate else NONE,
        f"{percent(passes.any_of)} %{some}" if passes else NONE,
        f"{percent(passes.all_of)} %{some}" if passes else NONE,
        ", ".join(_left_out(group)) or NONE,
    )


def _passed(group: Group) -> str:
    """`17 of 22 trials`; tasks, where each has one."""
    passed = sum(trials.passed for trials in group.tasks.values())
    return f"{passed} of {number(group.counted, 'trial' if group.repeated else 'task')}"


def _left_out(group: Group) -> list[str]:
    return [f"{group.left_out[why]} {why}" for why in LeftOut if group.left_out[why]]


def _pass_lines(found: Counts) -> Iterator[str]:
    k = shown_k(groups_of(found))
    if k > 1:
        yield f"pass@{k}: one of {k} trials passes; pass^{k}: all do; over tasks with {k} counted trials or more"


def _counted_lines(found: Counts) -> Iterator[str]:
    every = found.all
    told = {"mixed": every.mixed, "done again": every.rerun, "taken over from earlier runs": every.taken_over,
            "replayed from recordings": every.replayed, "with environment drift": every.drifted}  # fmt: skip
    some = [f"{count} {what}" for what, count in told.items() if count]
    if some:
        yield f"of {every.counted} counted trials: {', '.join(some)}"
    if any(_weighs(group.rate) for group in groups_of(found)):
        yield "each task counts the same in a rate, however many trials it has"


def _weighs(rate: Rate | None) -> bool:
    """Whether the rate reads otherwise than its trials, since tasks have not the same number of them."""
    return rate is not None and percent(rate.value) != percent(rate.passed / rate.counted)


def _together(told: Sequence[Compared]) -> Iterator[str]:
    if len(told) > 1:
        yield f"the intervals of these {len(told)} comparisons hold together at 95 %, and are wider than each alone"
