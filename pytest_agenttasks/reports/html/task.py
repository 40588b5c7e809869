"""One task of the page: what is told of it, as texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from pytest_agenttasks.reports.by_model import ModelTable, model_tables
from pytest_agenttasks.reports.collected import Entry, Evidence, moment
from pytest_agenttasks.reports.html.transcript import Transcript, moves_of, prompt_of, transcripts
from pytest_agenttasks.reports.judged import judge_of
from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import WORTH_TELLING, duration, models, money, number, short_names, until
from pytest_agenttasks.reports.texts import MOST_SHOWN, shortened, size
from pytest_agenttasks.results import TaskResult

LONGEST_PATCH = 60_000
"""Characters of a patch that are shown."""


@dataclass(slots=True)
class TaskView:
    """What the template needs.

    Attributes:
        entry: the task.
        anchor: its place in the page.
        brief: what is told of it in the list.
        facts: names and texts.
        tables: its models.
        moves: attempts that gave no answer, and waits: number of the step, and what happened.
        prompt: what the agent was asked to do.
        talks: what was said.
        diff: what changed, in blocks of lines of one kind: `add`, `del`, `hunk`, `file` or `same`.
        evidence: where the rest lies.
        artifacts: names and sizes.
        log: of a program.
    """

    entry: Entry
    anchor: str
    brief: list[str]
    facts: list[tuple[str, str]]
    tables: list[ModelTable] = field(default_factory=list)
    moves: list[tuple[int, str]] = field(default_factory=list)
    prompt: str = ""
    talks: list[Transcript] = field(default_factory=list)
    diff: list[tuple[str, str]] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    artifacts: list[tuple[str, str]] = field(default_factory=list)
    log: str = ""


def task_view(entry: Entry, evidence: Evidence, anchor: str, most: int) -> TaskView:
    """A task as the page shows it.

    Args:
        entry: the task.
        evidence: what it left behind.
        anchor: its place in the page.
        most: characters of its transcript that are shown.
    """
    result, told = entry.result, evidence.trajectory
    return TaskView(
        entry,
        anchor,
        _brief(entry),
        list(_facts(entry)),
        model_tables([result]) if result else [],
        moves_of(told),
        prompt_of(told),
        transcripts(told, most),
        _diff(shortened(evidence.patch, min(LONGEST_PATCH, most))),
        evidence,
        [(name, size(length)) for name, length in evidence.artifacts],
        shortened(evidence.log, min(MOST_SHOWN, most)),
    )


def _brief(entry: Entry) -> list[str]:
    result = entry.result
    if result is None:
        return [entry.requested] if entry.requested else []
    told = [models(result, short_names(result.served))] if result.served else []
    told += ["mixed"] if entry.mixed else []
    if result.calls:
        told += [number(result.calls, "call"), f"{result.prompt_tokens + result.completion_tokens:,} tokens"]
    told += [number(result.rotations, "rotation")] if result.rotations else []
    told += [f"waited {duration(result.told_wait_s)}"] if result.told_wait_s >= WORTH_TELLING else []
    told += [money(result)] if result.calls else []
    told += [duration(result.seconds)]
    return [*told, f"from run {result.resumed_from}"] if result.resumed_from else told


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "task", f"{entry.file}:{entry.line}" if entry.line else entry.file
    yield from _named(category=entry.category, agent=entry.agent, asked=entry.requested, run=entry.run)
    result = entry.result
    if result is None:
        return
    if result.resumed_from:
        yield "resumed", f"{result.outcome} in run {result.resumed_from}; not done again"
    if result.served:
        yield "answered by", f"{' → '.join(result.served)} ({result.purity or 'unknown'})"
    if not result.own:
        yield "note", "not answered by the model asked for"
    yield from _work(result)
    yield from _around(result)
    for run, status in entry.earlier:
        yield "earlier", f"{status} in run {run}"


def _work(result: TaskResult) -> Iterator[tuple[str, str]]:
    if result.calls:
        requests, rotations = number(result.attempts, "request"), number(result.rotations, "rotation")
        yield "calls", f"{result.calls}, in {requests}, {rotations}"
        yield "tokens", f"{result.prompt_tokens:,} of prompts + {result.completion_tokens:,} of answers"
    yield "cost", money(result)
    yield from _named(judge=judge_of(result))
    if result.earlier_models:
        usd = result.earlier_cost_usd
        yield "before", "unknown cost of earlier attempts" if usd is None else f"${cost(usd)} for earlier attempts"
    when = " in an earlier run" if result.resumed_from else " when recorded" if result.recorded else ""
    yield "waited", f"{duration(result.told_wait_s)} for limits{when}"
    yield "time", duration(result.seconds)
    yield from _named(cassette=result.cassette, stopped=result.stopped, isolation=result.isolation)
    if result.resets_at:
        yield "quota until", until(result.resets_at)


def _around(result: TaskResult) -> Iterator[tuple[str, str]]:
    yield from _named(accounts=", ".join(result.accounts), began=moment(result.began), ended=moment(result.ended))
    if result.crashes:
        yield "crashes", f"its worker died {number(result.crashes, 'time')} in the middle of it"
    for drift in result.environment_drift:
        yield "environment drift", drift
    if result.unplayed:
        yield "not asked for", number(result.unplayed, "recorded answer")
    yield from _named(changed=", ".join(result.changed), answer=shortened(result.answer, 2000))


def _named(**texts: str | None) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name, text in texts.items() if text)


def _diff(patch: str) -> list[tuple[str, str]]:
    return [(kind, "\n".join(lines)) for kind, lines in groupby(patch.splitlines(), _kind)] if patch else []


def _kind(line: str) -> str:
    if line.startswith(("diff --git", "index ", "--- ", "+++ ", "new file", "deleted file")):
        return "file"
    return {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "same")
