"""The terminal summary: tables of tasks and models, totals, where everything lies, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_agenttasks.reports.by_model import ModelTable, model_tables
from pytest_agenttasks.reports.by_trial import trial_lines
from pytest_agenttasks.reports.moves import moves
from pytest_agenttasks.reports.rates import rates_lines, wrapped
from pytest_agenttasks.reports.rows import HEADINGS, Row, number, rows, totals, until
from pytest_agenttasks.reports.side_by_side import SideBySide, side_by_side
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.statistics import counts

MOST_LOST = 5
"""Tasks without a result that are named."""

MOST_PASSED = 50
"""Passed tasks that are listed at most; those that did not pass always are."""

LEAST_PRESET = 12
"""Columns for the name of a preset above its cells, at least."""

LEAST_NAME = 24
"""Columns for the name of a task beside them."""

LEFT_OUT_FIRST = (5, 4, 6)
"""Columns that a narrow terminal does without: rotations, calls, tokens."""

MOST_MODELS = 20
"""Models that are listed at most, those with the most answers first."""

LEAST_ROOM = 40
"""Columns for the names of a task and its models."""

ROOM_OF_A_MODEL = 24
"""Columns for a model's name below which a narrow terminal does without other columns of the table by model."""

LEFT_OUT_BY_MODEL = ("waited", "failed", "tokens")
"""Those columns, in this order."""


def summary(
    results: list[TaskResult], width: int, folder: str, lost: Sequence[str] = (), *, brief: bool = False
) -> list[str]:
    """Lines of the summary.

    Args:
        results: of the run.
        width: columns of the terminal.
        folder: the run folder, as people can type it.
        lost: tasks that were selected and have no result: after -x, Ctrl-C, or workers that died.
        brief: totals only.
    """
    sections = [] if brief else _sections(results, width)
    told = [section for section in sections if section]
    between = [""] if len(told) > 1 else []
    lines = [line for section in told for line in (*section, *between)]
    undone = not_run(lost, len(results) + len(lost))
    return [*lines, *totals(results), *undone, f"details: {folder}", *next_steps(results, len(lost))]


def next_steps(results: list[TaskResult], lost: int = 0) -> list[str]:
    """The next command to try, where there is an obvious one.

    Args:
        results: of the run.
        lost: tasks that have none.
    """
    # A failure that is measured is a result like any other: it is not tried again.
    open_ = [result for result in results if not (result.is_measured and result.outcome is Outcome.FAILED)]
    outcomes = {result.outcome for result in open_}
    here = [result for result in results if not result.resumed_from]
    if Outcome.QUOTA in outcomes:
        latest = max((result.resets_at or 0 for result in results), default=0)
        return [f"next: the same command with --agent-resume, after {until(latest or None)}"]
    if any(result.reason.startswith("the run's budget is spent") for result in results):
        return ["next: the same command with --agent-resume and a larger --agent-budget does what is left"]
    if lost:
        return [f"next: the same command with --agent-resume does the {number(lost, 'task')} that did not run"]
    if outcomes & {Outcome.FAILED, Outcome.ERROR}:
        asked = any(result.cassette in ("recorded", "live") for result in here)
        again = "--agent-resume does" if asked else "--lf does again"
        but = ", but not what failed" if asked and len(open_) < len(results) else ""
        return [f"next: the same command with {again} what did not pass{but}"]
    if any(result.cassette == "recorded" for result in here):
        return ["next: the same command without --agent-cassettes=record replays this, offline"]
    return []


def not_run(lost: Sequence[str], count: int) -> list[str]:
    """What was selected and has no result."""
    if not lost:
        return []
    more = ", …" if len(lost) > MOST_LOST else ""
    return [f"{len(lost)} of {count} tasks did not run: {', '.join(lost[:MOST_LOST])}{more}"]


def _sections(results: list[TaskResult], width: int) -> list[list[str]]:
    """Tables and remarks. Where trials or models are told together, what passed is told there only."""
    found = counts(results)
    sections = [
        _tasks(results, width, 0 if found.several else MOST_PASSED),
        *_models(results, width),
        _moves(results, width),
    ]
    if not found.several:
        return sections
    table = side_by_side(found)
    together = _compared(table, width) if table else [wrapped(trial_lines(found), width)]
    return [*sections, *together, rates_lines(results, width)]


def _tasks(results: list[TaskResult], width: int, most_passed: int) -> list[str]:
    table = rows(results)
    passed = [row for row in table if row.result.outcome is Outcome.PASSED]
    shown = table[: len(table) - len(passed)] + passed[:most_passed]
    if not shown:
        return []
    lines = _table(shown, width)
    return [*lines, f"… {len(table) - len(shown)} more that passed"] if len(shown) < len(table) else lines


def _compared(table: SideBySide, width: int) -> list[list[str]]:
    """Tasks by models, in as many blocks beside each other as the width asks for."""
    shown, notes = table.shortened()
    names = ["task", *_without_common_folder(["::".join(task) for task in shown]), "all"]
    columns = [
        [_cut_inside(name, max(LEAST_PRESET, width // 3)), *(row[i] for row in shown.values()), rate]
        for i, (name, rate) in enumerate(zip(table.names, table.rates, strict=True))
    ]
    room = max(width // 3, LEAST_NAME, width - 1 - sum(max(map(len, column)) + 2 for column in columns))
    names = [_cut(name, room) for name in names]
    *blocks, last = [_block(names, block) for block in _blocks(columns, width - 1 - max(map(len, names)))]
    return [*blocks, [*last, *wrapped(notes, width)]]


def _blocks(columns: list[list[str]], room: int) -> list[list[list[str]]]:
    """The columns in groups that fit, at least one in each."""
    blocks: list[list[list[str]]] = []
    free = 0
    for column in columns:
        size = max(map(len, column)) + 2
        if size > free or not blocks:
            blocks.append([])
            free = room
        blocks[-1].append(column)
        free -= size
    return blocks


def _block(names: list[str], columns: list[list[str]]) -> list[str]:
    every = [names, *columns]
    widths = [max(map(len, column)) for column in every]
    return [_line(list(cells), widths, list(range(len(every))), left=1) for cells in zip(*every, strict=True)]


def _moves(results: list[TaskResult], width: int) -> list[str]:
    return wrapped(moves(results), width)


def _models(results: list[TaskResult], width: int) -> list[list[str]]:
    return [_model_table(table, width) for table in model_tables(results)]


def _model_table(table: ModelTable, width: int) -> list[str]:
    """Full ids if there is room for them, else short names; then columns are left out, and at last names cut."""
    kept = list(range(len(table.headings)))
    widths = [max(map(len, column)) for column in zip(table.headings, *_model_rows(table.ids, table), strict=True)]
    ids = table.ids if _free(widths, kept, width) >= widths[0] else table.names
    widths[0] = max(map(len, [table.headings[0], *ids]))
    for heading in LEFT_OUT_BY_MODEL:
        if _free(widths, kept, width) < min(widths[0], ROOM_OF_A_MODEL) and heading in table.headings:
            kept.remove(table.headings.index(heading))
    widths[0] = min(widths[0], max(_free(widths, kept, width), ROOM_OF_A_MODEL))
    lines = [
        _line([_cut_inside(name, widths[0]), *cells], widths, kept, left=1)
        for name, *cells in [table.headings, *_model_rows(ids, table)]
    ]
    return [*lines, f"… {len(table.rows) - MOST_MODELS} more"] if len(table.rows) > MOST_MODELS else lines


def _model_rows(names: list[str], table: ModelTable) -> list[tuple[str, ...]]:
    return [(name, *row) for name, row in zip(names, table.rows, strict=True)][:MOST_MODELS]


def _free(widths: list[int], kept: list[int], width: int) -> int:
    """Columns that are left for the name of a model, with one to spare at the right."""
    return width - 1 - sum(widths[i] for i in kept[1:]) - 2 * (len(kept) - 1)


def _table(shown: list[Row], width: int) -> list[str]:
    columns = [list(column) for column in zip(HEADINGS, *(row.cells for row in shown), strict=True)]
    columns[1] = [columns[1][0], *_without_common_folder(columns[1][1:])]
    widths = [max(len(cell) for cell in column) for column in columns]
    kept = list(range(len(widths)))
    for one in LEFT_OUT_FIRST:
        if _room(widths, kept, width) >= LEAST_ROOM:
            break
        kept.remove(one)
    room = max(_room(widths, kept, width), LEAST_ROOM)
    widths[2] = min(widths[2], max(room - widths[1], room * 2 // 5))
    widths[1] = min(widths[1], max(room - widths[2], 20))
    columns[2] = [_cut_inside(cell, widths[2]) for cell in columns[2]]
    return [_line([column[i] for column in columns], widths, kept, left=4) for i in range(len(shown) + 1)]


def _room(widths: list[int], kept: list[int], width: int) -> int:
    """Columns that are left for names of tasks and models, with one to spare at the right."""
    return width - 1 - sum(widths[i] for i in kept if i not in (1, 2)) - 2 * (len(kept) - 1)


def _line(cells: list[str], widths: list[int], kept: list[int], *, left: int) -> str:
    """A line of a table; its first `left` columns are text."""
    texts = [_cut(cells[i], widths[i]).ljust(widths[i]) if i < left else cells[i].rjust(widths[i]) for i in kept]
    return "  ".join(texts).rstrip()


def _without_common_folder(names: list[str]) -> list[str]:
    folders = {name.split("::")[0].rpartition("/")[0] for name in names}
    return [name.removeprefix(f"{folders.copy().pop()}/") for name in names] if len(folders) == 1 else names


def _cut(text: str, size: int) -> str:
    """The end of a name tells more than its beginning."""
    return text if len(text) <= size else "…" + text[len(text) - size + 1 :]


def _cut_inside(text: str, size: int) -> str:
    """A model is known by the beginning of its name and by its variant at the end."""
    if len(text) <= size:
        return text
    end = size // 3
    return f"{text[: size - end - 1]}…{text[len(text) - end :]}"
