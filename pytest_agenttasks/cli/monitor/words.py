"""What the monitor says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from pytest_agenttasks.cli.monitor.look import Look
from pytest_agenttasks.reports.rows import duration, number
from pytest_agenttasks.results import Json
from pytest_agenttasks.runs import RunFacts, TaskStatus
from pytest_agenttasks.watching import BETWEEN, clock, line, rough


def clean(text: object) -> str:
    """Names come from users, models and providers: what would move the cursor is spelt out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(text))


def heading(look: Look) -> str:
    """Which run it is, and its state."""
    facts, told = look.watch.facts, [f"run {clean(look.path.name)}", _state(look)]
    if facts is not None:
        told += [clean(facts.mode), number(facts.workers, "worker") if facts.workers else "no xdist"]
    return BETWEEN.join(part for part in told if part)


def lines_of(look: Look, width: int) -> list[str]:
    """The live line, in as many lines as it takes."""
    lines: list[str] = []
    for part in line(look.watch.status, look.now, look.gateway, over=not look.goes_on):
        if not part.text:
            continue
        if lines and len(lines[-1]) + len(BETWEEN) + len(part.text) <= width:
            lines[-1] += BETWEEN + part.text
        else:
            lines.append(part.text)
    return lines + _remarks(look)


def in_common(names: Iterable[str]) -> Callable[[str], str]:
    """Tells a name without the folder that all have in common."""
    folders = {name.partition("::")[0].rpartition("/")[0] for name in names}
    common = f"{folders.pop()}/" if len(folders) == 1 else ""
    return lambda name: clean(name.removeprefix(common))


def doing(task: TaskStatus, names: Mapping[str, str], now: float) -> tuple[str, str, str]:
    """What a task that is in the middle does: step, model, and how long."""
    model = clean(names.get(task.model, ""))
    if task.waiting_until:
        return f"waits for quota until {clock(task.waiting_until, now)}", model, ""
    since = task.asking_since
    step = f"call {task.call}" if task.call else task.phase
    if task.call and since is None:
        step = f"{task.phase} after call {task.call}"
    return step, model, rough(max(now - (since or task.told), 0.0))


def event_told(worker: str, event: Json, task: str) -> tuple[str, str, str, str]:
    """An event: when, who, which task, what."""
    return time.strftime("%H:%M:%S", time.localtime(event["at"])), clean(worker), task, clean(_what(event))


def _what(event: Json) -> str:
    match event["event"]:
        case "call":
            who = str(event.get("model") or f"no answer: {event.get('refused')}").rpartition("/")[2]
            return f"call {event.get('call')}: {who}"
        case "waiting":
            return "waits for quota"
        case "ended":
            return str(event.get("outcome"))
        case other:
            return str(other)


def _state(look: Look) -> str:
    facts = look.watch.facts
    if facts is None:
        return "over"
    took = duration(max(look.now - facts.began, 0.0))
    return {
        "running": f"running for {took}",
        "ended": f"ended after {took}, exit code {facts.exit_code}",
        "killed": f"killed, last seen after {took}",
        "elsewhere": f"on {clean(facts.host)}, begun {took} ago",
    }[look.state]


def _remarks(look: Look) -> list[str]:
    facts, status = look.watch.facts, look.watch.status
    told = [f"warning: {clean(one)}" for one in look.gateway.trouble] if look.gateway else []
    if look.gateway and (look.gateway.in_flight or look.gateway.waiting):
        told.append(f"gateway: {number(look.gateway.in_flight, 'call')} with providers, {look.gateway.waiting} waiting")
    lost = sum(not task.outcome and not task.running for task in status.tasks.values())
    if not look.goes_on and lost:
        told.append(f"{number(lost, 'task')} did not run")
    return told + ([_killed(facts)] if look.state == "killed" and facts else [])


def _killed(facts: RunFacts) -> str:
    return f"its process {facts.process.partition('.')[0]} is gone without an end: killed, or the machine went down"
