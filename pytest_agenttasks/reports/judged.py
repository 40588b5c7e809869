"""What judges were asked and what it cost: a part of its own, never in the numbers of agents and their models."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.usage import JudgeUse


def judges_of_run(results: Sequence[TaskResult]) -> list[str]:
    """A line on all judges; none where none was asked."""
    judged = [(result, result.judge) for result in results if result.judge is not None and result.judge.calls]
    if not judged:
        return []
    uses = [use for _, use in judged]
    calls, tokens = sum(use.calls for use in uses), sum(use.tokens for use in uses)
    asked = f"judges: {_number(calls)} · {tokens:,} tokens"
    if all(result.cassette == "replayed" or result.resumed_from for result, _ in judged):
        return [f"{asked} · nothing spent (recorded: {_sum([use.recorded_cost_usd for use in uses])})"]
    return [f"{asked} · {_sum([use.cost_usd for use in uses])} spent"]


def judge_of(result: TaskResult) -> str:
    """Who judged a task, how often it was asked, and for how much; empty where nobody did."""
    use = result.judge
    if use is None:
        return ""
    earlier = result.cassette == "replayed" or bool(result.resumed_from)
    spent = f"{_sum([use.recorded_cost_usd])} when recorded" if earlier else _sum([use.cost_usd])
    return f"{_who(use)}: {_number(use.calls)}, {spent}"


def _who(use: JudgeUse) -> str:
    return ", ".join(use.served) or f"{', '.join(use.requested)} (no answer)"


def _number(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls} calls"


def _sum(costs: Sequence[float | None]) -> str:
    """Dollars; those of unknown cost are told beside them."""
    unknown, known = costs.count(None), sum(one for one in costs if one is not None)
    if unknown == len(costs):
        return "unknown cost"
    return f"${cost(known)}" + (f" and {unknown} of unknown cost" if unknown else "")
