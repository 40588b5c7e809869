"""Trials of the same task told together: how many passed, which failed, and which are in no count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.statistics import Cell, Counts, LeftOut, left_out

MOST_NUMBERS = 5
"""Trials that a line names by their numbers."""

MOST_TASKS = 50
"""Tasks that are told one by one."""

KINDS = ("differ over their trials", "with trials left out", "passed in no trial", "passed in all trials")
"""What is told of the others, what needs a person first."""


def trial_lines(found: Counts) -> list[str]:
    """`tasks/a.yaml::greet: 4 of 5 passed; failed: trial 2`: a line for each task that has numbered trials.

    Those that need a person come first.
    """
    repeated = sorted((cell for cell in found.cells if any(one.trial for one in cell.results)), key=_kind)
    shown, rest = repeated[:MOST_TASKS], Counter(map(_kind, repeated[MOST_TASKS:]))
    kinds = ", ".join(f"{rest[kind]} {told}" for kind, told in enumerate(KINDS) if rest[kind])
    return [*map(_told, shown), *([f"… {number(rest.total(), 'more task')}: {kinds}"] if rest else [])]


def _kind(cell: Cell) -> int:
    if cell.flaky:
        return 0
    if cell.group.left_out:
        return 1
    return 3 if cell.own and cell.own.passed else 2


def _told(cell: Cell) -> str:
    own, group = cell.own, cell.group
    parts = [f"{own.passed} of {own.counted} passed" if own else "no trial counts"]
    if cell.flaky:
        counted = [one for one in cell.results if left_out(one, of_a_model=True) is None]
        parts.append(f"failed: {_numbers([one for one in counted if one.outcome is Outcome.FAILED])}")
    for why in LeftOut:
        some = [one for one in cell.results if left_out(one, of_a_model=True) is why]
        parts += [f"left out, {why}: {_numbers(some)}"] if some else []
    marks = {"done again": group.rerun, "taken over": group.taken_over}
    parts += [f"{count} {mark}" for mark, count in marks.items() if count]
    return f"{'::'.join(cell.task)}: {'; '.join(parts)}"


def _numbers(results: Sequence[TaskResult]) -> str:
    """Of runs taken together one may have done the task without trials."""
    numbers = sorted(result.trial for result in results if result.trial)
    more = ", …" if len(numbers) > MOST_NUMBERS else ""
    named = f"trial{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:MOST_NUMBERS]))}{more}"
    unnumbered = "the one without number"
    return " and ".join([*([named] if numbers else []), *([unnumbered] if len(numbers) < len(results) else [])])
