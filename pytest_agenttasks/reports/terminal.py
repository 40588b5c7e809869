"""The terminal summary: a table of tasks, totals, where everything lies, and what to do next."""

from __future__ import annotations

from pytest_agenttasks.reports.rows import HEADINGS, Row, rows, totals, until
from pytest_agenttasks.results import Outcome, TaskResult

MOST_LOST = 5
"""Tasks without a result that are named."""

MOST_PASSED = 50
"""Passed tasks that are listed at most; those that did not pass always are."""

LEFT_OUT_FIRST = (4, 3, 5)
"""Columns that a narrow terminal does without: rotations, calls, tokens."""

LEAST_ROOM = 40
"""Columns for the names of a task and its models."""


def summary(results: list[TaskResult], width: int, folder: str, *, brief: bool = False) -> list[str]:
    """Lines of the summary.

    Args:
        results: of the run.
        width: columns of the terminal.
        folder: the run folder, as people can type it.
        brief: totals only.
    """
    table = rows(results)
    passed = [row for row in table if row.result.outcome is Outcome.PASSED]
    shown = table[: len(table) - len(passed)] + passed[:MOST_PASSED]
    lines = [] if brief else _table(shown, width)
    if not brief and len(shown) < len(table):
        lines.append(f"… {len(table) - len(shown)} more that passed")
    return [*lines, *totals(results), f"details: {folder}", *next_steps(results)]


def next_steps(results: list[TaskResult]) -> list[str]:
    """The next command to try, where there is an obvious one."""
    outcomes = {result.outcome for result in results}
    if Outcome.QUOTA in outcomes:
        latest = max((result.resets_at or 0 for result in results), default=0)
        return [f"next: the same command with --lf, after {until(latest or None)}"]
    if outcomes & {Outcome.FAILED, Outcome.ERROR}:
        return ["next: the same command with --lf runs again what did not pass"]
    if any(result.cassette == "recorded" for result in results):
        return ["next: the same command without --agent-cassettes=record replays this, offline"]
    return []


def not_run(lost: list[str], count: int) -> list[str]:
    """What was collected and has no result: after -x, Ctrl-C, or workers that died."""
    if not lost:
        return []
    more = ", …" if len(lost) > MOST_LOST else ""
    return [f"{len(lost)} of {count} tasks did not run: {', '.join(lost[:MOST_LOST])}{more}"]


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
    widths[2] = min(widths[2], max(room - widths[1], room // 3))
    widths[1] = min(widths[1], max(room - widths[2], 20))
    return [_line([column[i] for column in columns], widths, kept) for i in range(len(shown) + 1)]


def _room(widths: list[int], kept: list[int], width: int) -> int:
    """Columns that are left for names of tasks and models, with one to spare at the right."""
    return width - 1 - sum(widths[i] for i in kept if i not in (1, 2)) - 2 * (len(kept) - 1)


def _line(cells: list[str], widths: list[int], kept: list[int]) -> str:
    texts = [_cut(cells[i], widths[i]).ljust(widths[i]) if i < 3 else cells[i].rjust(widths[i]) for i in kept]
    return "  ".join(texts).rstrip()


def _without_common_folder(names: list[str]) -> list[str]:
    folders = {name.split("::")[0].rpartition("/")[0] for name in names}
    return [name.removeprefix(f"{folders.copy().pop()}/") for name in names] if len(folders) == 1 else names


def _cut(text: str, size: int) -> str:
    """The end of a name tells more than its beginning."""
    return text if len(text) <= size else "…" + text[len(text) - size + 1 :]
