"""What every report shows of a run: one row a task, and the totals."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_agenttasks.reports.judged import judges_of_run
from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.usage import ModelUse

ORDER = [Outcome.FAILED, Outcome.ERROR, Outcome.QUOTA, Outcome.PASSED]
"""What needs a person first."""

MOST_TOLD = 5
"""Tasks that a remark below the table names; result.json has all."""

LONGEST_DRIFT = 200
"""Characters of a remark about environment drift; result.json has all."""

WORTH_TELLING = 1.0
"""Seconds: shorter waits are in the totals and in result.json only."""

MOST_NAMED = 3
"""Models that a task's row names; result.json has all."""

HEADINGS = ("outcome", "task", "answered by", "purity", "calls", "rot.", "tokens", "cost $", "time")


@dataclass(frozen=True, slots=True)
class Row:
    """One task, as texts in the order of `HEADINGS`."""

    cells: tuple[str, ...]
    result: TaskResult


def rows(results: Iterable[TaskResult]) -> list[Row]:
    """Rows, those that did not pass first, those that passed in earlier runs last, else in the order of task files."""
    ordered = sorted(results, key=lambda one: (ORDER.index(one.outcome), bool(one.resumed_from), one.order))
    names = short_names(model for result in ordered for model in result.served)
    told = _told_apart(ordered)
    return [Row(_cells(result, full, names), result) for result, full in zip(ordered, told, strict=True)]


def name(result: TaskResult) -> str:
    """A task as pytest names it."""
    return f"{result.file}::{result.task}"


def models(result: TaskResult, short: Mapping[str, str]) -> str:
    """The models that answered, by the short names given."""
    names = [short[model] for model in result.served]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return " → ".join(names) or "–"


def short_names(models: Iterable[str]) -> dict[str, str]:
    """The last part of each full id; the whole of those that would look the same."""
    models = list(dict.fromkeys(models))
    last = {model: model.rpartition("/")[2] for model in models}
    often = Counter(last.values())
    return {model: name if often[name] == 1 else model for model, name in last.items()}


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def number(count: int, thing: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def percent(share: float) -> str:
    """`75`: what is not all is never told as 100, nor what is not nothing as 0."""
    from pytest_agenttasks.statistics import percent_of  # not paid for by projects without tasks

    return str(percent_of(share) if share in (0.0, 1.0) else min(max(percent_of(share), 1), 99))


def until(resets_at: float | None) -> str:
    """When a quota is refilled, for people."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(resets_at)) if resets_at else "an unknown time"


def totals(results: list[TaskResult]) -> list[str]:
    """Lines that sum up a run."""
    outcomes = Counter(result.outcome for result in results)
    counted = ", ".join(f"{outcomes[one]} {one}" for one in reversed(ORDER) if outcomes[one])
    earlier = [result for result in results if result.resumed_from]
    here = [result for result in results if not result.resumed_from]
    waited = duration(sum(result.wait_s for result in results))
    lines = [f"{_how_many(results)}: {counted} · {_asked(here)} · {_money(here)} · waited {waited} for limits"]
    lines += judges_of_run(here)
    if earlier:
        lines.append(f"{len(earlier)} of them taken over from earlier runs, not done again: {_asked(earlier)} then")
    unjudged = sum(result.outcome is Outcome.PASSED and not result.checks and not result.by_code for result in results)
    if unjudged:
        lines.append(f"{unjudged} passed without a check: nothing looked at what was done")
    mixed = sum(result.purity == "mixed" for result in results)
    if mixed:
        lines.append(f"{mixed} mixed: answered by more than one model, so no single model did them")
    others = sum(not result.own for result in results)
    if others:
        lines.append(f"{number(others, 'task')} not answered by the model asked for")
    drifted = [result for result in results if result.environment_drift]
    if drifted:
        lines.append(f"environment drift in {len(drifted)}: tools said something else than when it was recorded")
        lines += [f"  {name(result)}: {cut(result.environment_drift[0])}" for result in drifted[:MOST_TOLD]]
    left = [result for result in results if result.unplayed and result.outcome is not Outcome.ERROR]
    lines += [f"  {name(result)}: {result.unplayed} recorded answers were not asked for" for result in left[:MOST_TOLD]]
    return lines


def _how_many(results: list[TaskResult]) -> str:
    """`3 tasks`, or `15 trials of 3 tasks`, where a task was done several times or on several presets."""
    tasks = {(result.file, result.unit or result.task) for result in results}
    several = f"{len(results)} trials of " if len(tasks) < len(results) else ""
    return f"{several}{number(len(tasks), 'task')}"


def _asked(results: list[TaskResult]) -> str:
    calls, rotations = sum(r.calls for r in results), sum(r.rotations for r in results)
    tokens = sum(r.prompt_tokens + r.completion_tokens for r in results)
    return f"{number(calls, 'call')}, {number(rotations, 'rotation')} · {tokens:,} tokens"


def money(result: TaskResult) -> str:
    """What it cost, and whose cost that is. Unknown is never 0."""
    if result.cassette == "none":
        return "no model asked"
    if result.recorded:
        usd, when = result.recorded.get("cost_usd"), "in an earlier run" if result.resumed_from else "when recorded"
        return f"unknown cost {when}" if usd is None else f"${cost(usd)} {when}"
    return "unknown cost" if result.cost_usd is None else f"${cost(result.cost_usd)}"


def cut(text: str) -> str:
    """A remark, not too long."""
    return text if len(text) <= LONGEST_DRIFT else f"{text[:LONGEST_DRIFT]} …"


def _told_apart(results: Sequence[TaskResult]) -> list[str]:
    """Their names, with the agent where agents differ, and with the preset where a task is there more than once."""
    agents = {result.agent for result in results}
    often = Counter(name(result) for result in results)
    return [
        " · ".join(
            [
                name(result),
                *([result.requested or "no model"] if often[name(result)] > 1 else []),
                *([result.agent] if len(agents) > 1 else []),
            ]
        )
        for result in results
    ]


def _cells(result: TaskResult, full_name: str, names: Mapping[str, str]) -> tuple[str, ...]:
    tokens = result.prompt_tokens + result.completion_tokens
    return (
        f"{result.outcome} earlier" if result.resumed_from else result.outcome.value,
        full_name,
        models(result, names),
        result.purity or "–",
        str(result.calls),
        str(result.rotations),
        f"{tokens:,}",
        cost(result.cost_usd),
        f"{result.seconds:.1f} s",
    )


def _money(results: list[TaskResult]) -> str:
    if all(result.cassette == "none" for result in results):
        return "no model asked"
    if all(result.cassette in ("replayed", "none") for result in results):
        costs = [(r.recorded["cost_usd"], r.told_models) for r in results if "cost_usd" in r.recorded]
        recorded = _dollars([_known(*one) for one in costs], sum(usd is None for usd, _ in costs))
        return f"replayed, nothing spent (recorded: {recorded})"
    known = [_known(r.cost_usd, r.models) + _known(r.earlier_cost_usd, r.earlier_models) for r in results]
    unknown = sum(None in (result.cost_usd, result.earlier_cost_usd) for result in results)
    return _dollars(known, unknown, " spent")


def _known(usd: float | None, uses: list[ModelUse]) -> float:
    """A task's cost; what is known of it, where not all is."""
    return usd if usd is not None else sum(use.cost_usd or 0 for use in uses)


def _dollars(known: list[float], unknown: int, word: str = "") -> str:
    """A sum of tasks' costs; those of which not all is known are told beside it."""
    hidden = f"{unknown} of unknown cost"
    if unknown == len(known) and not sum(known):
        return hidden
    return f"${cost(sum(known))}{word}" + (f" and {hidden}" if unknown else "")
