"""What every report shows of a run: one row a task, and the totals."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.results import Outcome, TaskResult

ORDER = [Outcome.FAILED, Outcome.ERROR, Outcome.QUOTA, Outcome.PASSED]
"""What needs a person first."""

MOST_TOLD = 5
"""Tasks that a remark below the table names; result.json has all."""

LONGEST_DRIFT = 200
"""Characters of a remark about environment drift; result.json has all."""

HEADINGS = ("outcome", "task", "answered by", "calls", "rot.", "tokens", "cost $", "time")


@dataclass(frozen=True, slots=True)
class Row:
    """One task, as texts in the order of `HEADINGS`."""

    cells: tuple[str, ...]
    result: TaskResult


def rows(results: Iterable[TaskResult]) -> list[Row]:
    """Rows, those that did not pass first, else in the order given."""
    ordered = sorted(results, key=lambda result: ORDER.index(result.outcome))
    return [Row(_cells(result), result) for result in ordered]


def name(result: TaskResult) -> str:
    """A task as pytest names it."""
    return f"{result.file}::{result.task}"


def models(result: TaskResult) -> str:
    """The models that answered, by the last part of their ids."""
    return " → ".join(model.rpartition("/")[2] for model in result.served) or "–"


def number(count: int, thing: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def until(resets_at: float | None) -> str:
    """When a quota is refilled, for people."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(resets_at)) if resets_at else "an unknown time"


def totals(results: list[TaskResult]) -> list[str]:
    """Lines that sum up a run."""
    outcomes = Counter(result.outcome for result in results)
    counted = ", ".join(f"{outcomes[one]} {one}" for one in reversed(ORDER) if outcomes[one])
    calls, rotations = sum(r.calls for r in results), sum(r.rotations for r in results)
    tokens = sum(r.prompt_tokens + r.completion_tokens for r in results)
    asked = f"{number(calls, 'call')}, {number(rotations, 'rotation')} · {tokens:,} tokens"
    first = f"{number(len(results), 'task')}: {counted} · {asked}"
    lines = [f"{first} · {_money(results)} · waited {sum(r.wait_s for r in results):.0f} s for limits"]
    mixed = sum(result.purity == "mixed" for result in results)
    if mixed:
        lines.append(f"{mixed} mixed: answered by more than one model, so no single model did them")
    others = [result for result in results if not result.own]
    if others:
        lines.append(f"{number(len(others), 'task')} not answered by the model asked for:")
        lines += [f"  {name(result)}: {'; '.join(result.moved_on) or 'passed over'}" for result in others[:MOST_TOLD]]
    drifted = [result for result in results if result.environment_drift]
    if drifted:
        lines.append(f"environment drift in {len(drifted)}: tools said something else than when it was recorded")
        lines += [f"  {name(result)}: {_cut(result.environment_drift[0])}" for result in drifted[:MOST_TOLD]]
    left = [result for result in results if result.unplayed and result.outcome is not Outcome.ERROR]
    lines += [f"  {name(result)}: {result.unplayed} recorded answers were not asked for" for result in left[:MOST_TOLD]]
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_DRIFT else f"{text[:LONGEST_DRIFT]} …"


def _cells(result: TaskResult) -> tuple[str, ...]:
    tokens = result.prompt_tokens + result.completion_tokens
    return (
        result.outcome.value,
        name(result),
        models(result),
        str(result.calls),
        str(result.rotations),
        f"{tokens:,}",
        cost(result.cost_usd),
        f"{result.seconds:.1f} s",
    )


def _money(results: list[TaskResult]) -> str:
    if all(result.cassette == "none" for result in results):
        return "no model asked"
    if results and all(result.cassette in ("replayed", "none") for result in results):
        spent = sum(result.recorded.get("cost_usd") or 0 for result in results)
        hidden = any("cost_usd" in r.recorded and r.recorded["cost_usd"] is None for r in results)
        return f"replayed, nothing spent (recorded: {'unknown' if hidden else '$' + cost(spent)})"
    known = sum((result.cost_usd or 0) + (result.earlier_cost_usd or 0) for result in results)
    unknown = sum(result.cost_usd is None or result.earlier_cost_usd is None for result in results)
    return f"${cost(known)} spent" + (f" and {unknown} of unknown cost" if unknown else "")
