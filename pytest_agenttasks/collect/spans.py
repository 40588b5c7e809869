"""The time line of a run: which worker did which task when, and when it waited, from its events and results."""

from __future__ import annotations

from pytest_agenttasks.reports.collected import Span, Status
from pytest_agenttasks.results import Json
from pytest_agenttasks.runs import EventReader, Run


def spans_of(run: Run) -> list[Span]:
    """What is known; results of old versions without times are left out."""
    last, waits = _told(run)
    spans = []
    for result in run.results:
        if result.began and result.ended >= result.began and not result.resumed_from:
            worker = run.begun[result.slug].worker if result.slug in run.begun else ""
            name = f"{result.file}::{result.task}"
            status = Status(result.outcome.value)
            within = _within(waits.get(result.slug, []), result.began, result.ended)
            spans.append(Span(worker, result.slug, name, status, result.began, result.ended, within))
    for task in run.unfinished:
        begun = run.begun[task.slug]
        end = max(last.get(task.slug, begun.at), begun.at)
        name = f"{task.file}::{task.task}"
        within = _within(waits.get(task.slug, []), begun.at, end)
        spans.append(Span(begun.worker, task.slug, name, Status.MISSING, begun.at, end, within))
    return sorted(spans, key=lambda span: (span.worker, span.began))


def _told(run: Run) -> tuple[dict[str, float], dict[str, list[tuple[float, float]]]]:
    """For each task the last that was told of it, and its waits: those of a call are taken to end with its answer."""
    last: dict[str, float] = {}
    waits: dict[str, list[tuple[float, float]]] = {}
    for _, event in EventReader(run.path).new():
        task = str(event["task"])
        last[task] = event["at"]
        seconds = _waited(event)
        if seconds > 0:
            waits.setdefault(task, []).append((event["at"] - seconds, event["at"]))
    return last, waits


def _waited(event: Json) -> float:
    seconds = event.get("waited_s") if event["event"] == "call" and event.get("live") else 0
    return seconds if isinstance(seconds, int | float) else 0.0


def _within(waits: list[tuple[float, float]], began: float, ended: float) -> list[tuple[float, float]]:
    cut = [(max(a, began), min(b, ended)) for a, b in waits]
    return [(a, b) for a, b in cut if a < b]
