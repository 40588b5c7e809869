"""Runs of the same work taken together: of each task the result that counts, and what has none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_agenttasks.collect.shards import gaps, group_of, is_unexplained
from pytest_agenttasks.collect.spans import spans_of
from pytest_agenttasks.collect.whole import are_whole_facts, is_whole_result
from pytest_agenttasks.reports.collected import Column, Entry, Source
from pytest_agenttasks.results import TaskResult
from pytest_agenttasks.runs import Planned, Run, read_run


def merged(label: str, folders: Iterable[Path]) -> tuple[Column, dict[str, Path]]:
    """Take run folders together.

    Of each task the result that ended last counts; where that was only taken over from one of the other runs, that
    one's. What the others asked and cost is counted in with it, as for a rerun. A task that was to be done and has no
    result in any of the runs is there without one; so is one of a group of split tasks that left no run.

    Args:
        label: of the column.
        folders: of the runs; one that is there twice counts once.

    Returns:
        The column, and the folder of each run by its id.
    """
    runs = sorted(_each_once(_checked(read_run(folder)) for folder in folders), key=_begin)
    names = _names(runs)
    sources = [
        replace(_source(run, name), group=group_of(run), unexplained=is_unexplained(run, runs))
        for run, name in zip(runs, names, strict=True)
    ]
    entries: dict[str, Entry] = {}
    for run, name in zip(runs, names, strict=True):
        _take(entries, run, name)
    for gap in gaps(runs, entries):
        planned = None if gap.tasks is None else len(gap.tasks)
        sources.append(Source(gap.name, "", "absent", planned, group=gap.name, note=gap.note))
        for task in gap.tasks or ():
            entries[task.slug] = replace(_absent(task, gap.name), absent=gap.why)
    return Column(label, sources, list(entries.values())), {
        name: run.path for run, name in zip(runs, names, strict=True)
    }


def is_below(slug: object) -> bool:
    """Whether it names a folder below another one. Slugs of this package do; a file from elsewhere may say anything."""
    return isinstance(slug, str) and "\0" not in slug and not {"", ".", ".."} & set(slug.split("/"))


def _checked(run: Run) -> Run:
    """The run without what is not of the form that reports count on; that is damaged, too."""
    facts = run.facts if run.facts and are_whole_facts(run.facts) else None
    whole = [is_below(result.slug) and is_whole_result(result) for result in run.results]
    good = [result for result, fits in zip(run.results, whole, strict=True) if fits]
    bad = [run.path / result.slug / "result.json" for result, fits in zip(run.results, whole, strict=True) if not fits]
    return replace(run, facts=facts, results=good, damaged=[*run.damaged, *bad])


def _take(entries: dict[str, Entry], run: Run, name: str) -> None:
    plans = {task.slug: task for task in (run.facts.tasks if run.facts else ())}
    for result in run.results:
        new = _entry(plans.get(result.slug), result, name)
        entries[result.slug] = _newer(entries.get(result.slug), new)
    waits = run.state == "running"
    cut_off = {task.slug for task in run.unfinished}
    for task in run.missing:
        known = entries.get(task.slug)
        if known is None:
            entries[task.slug] = _absent(task, name, begun=task.slug in cut_off, waits=waits)
        elif known.result is not None:
            known.later.append(name)
        else:
            begun, waiting = known.begun or task.slug in cut_off, known.waits or waits
            entries[task.slug] = replace(known, run=name, begun=begun, waits=waiting)


def _newer(known: Entry | None, new: Entry) -> Entry:
    """The one of two that counts; it takes over what the other asked and cost."""
    if known is None or known.result is None or new.result is None:
        return new
    old_is_original = new.result.resumed_from == known.result.run
    counts, other = (known, new) if old_is_original or _end(known.result) > _end(new.result) else (new, known)
    if counts.result is None or other.result is None:
        return counts
    copied = other.result.resumed_from or counts.result.resumed_from
    if not copied:
        counts.result.add_earlier(other.result)
    counts.earlier = [*known.earlier, (other.run, other.status), *new.earlier]
    counts.later = known.later if counts is known else new.later
    return counts


def _end(result: TaskResult) -> float:
    return result.ended if isinstance(result.ended, int | float) else 0.0


def _entry(plan: Planned | None, result: TaskResult, run: str) -> Entry:
    return Entry(
        plan.id if plan else f"{result.file}::{result.task}",
        result.slug,
        result.task,
        result.file,
        result.line,
        result.title,
        result.category,
        result.agent,
        result.requested,
        run,
        result,
    )


def _absent(plan: Planned, run: str, *, begun: bool = False, waits: bool = False) -> Entry:
    return Entry(
        plan.id,
        plan.slug,
        plan.task,
        plan.file,
        plan.line,
        plan.title,
        plan.category,
        plan.agent,
        plan.requested,
        run,
        begun=begun,
        waits=waits,
    )


def _source(run: Run, name: str) -> Source:
    facts = run.facts
    damaged = [os.path.relpath(file) for file in run.damaged]
    if facts is None and (run.path / "run.json").exists():
        damaged.append(os.path.relpath(run.path / "run.json"))
    source = Source(
        name,
        os.path.relpath(run.path),
        run.state,
        finished=len(run.results),
        cut_off=[f"{task.file}::{task.task}" for task in run.unfinished],
        damaged=damaged,
        spans=spans_of(run),
    )
    if facts is None:
        begins = [result.began for result in run.results if result.began]
        return replace(source, began=min(begins, default=None))
    return replace(
        source,
        planned=len(facts.tasks),
        began=facts.began,
        ended=facts.ended,
        exit_code=facts.exit_code,
        host=facts.host,
        mode=facts.mode,
        arguments=facts.arguments,
        versions=f"pytest-agenttasks {facts.plugin}, Python {facts.python}",
    )


def _begin(run: Run) -> tuple[float, str]:
    began = run.facts.began if run.facts else min((one.began for one in run.results if one.began), default=0.0)
    return (began, run.id)


def _each_once(runs: Iterable[Run]) -> list[Run]:
    """A run that was uploaded as `latest` and under its id is one run; so is a folder that is named twice."""
    found: dict[object, Run] = {}
    for run in runs:
        facts = run.facts
        found.setdefault((facts.id, facts.began, facts.process, facts.host) if facts else run.path, run)
    return list(found.values())


def _names(runs: Sequence[Run]) -> list[str]:
    """Ids, and for the case that two machines gave the same, where they lie."""
    ids = [run.facts.id if run.facts else run.id for run in runs]
    return [
        name if ids.count(name) == 1 else f"{name} in {os.path.relpath(run.path)}"
        for name, run in zip(ids, runs, strict=True)
    ]
