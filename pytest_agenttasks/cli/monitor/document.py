"""How a run stands, for programs."""

from __future__ import annotations

from dataclasses import asdict

from pytest_agenttasks.cli.monitor.look import Look
from pytest_agenttasks.results import Json
from pytest_agenttasks.runs import TaskStatus, left


def document(look: Look) -> Json:
    """All that the monitor shows. Times are seconds since the epoch, `_s` are seconds."""
    status, facts, spend = look.watch.status, look.watch.facts, look.watch.status.spend
    return {
        "run": look.path.name,
        "state": look.state,
        "began": facts.began if facts else None,
        "ended": facts.ended if facts else None,
        "exit_code": facts.exit_code if facts else None,
        "workers": status.workers,
        "tasks": status.total,
        "done": sum(status.outcomes.values()),
        "outcomes": dict(status.outcomes),
        "resumed": sum(task.resumed for task in status.tasks.values()),
        "running": [_running(task, look) for task in status.running],
        "not_passed": [
            {"task": task.name, "slug": task.slug, "outcome": task.outcome, "reason": look.reason(task)}
            for task in look.not_passed
        ],
        "calls": spend.calls,
        "replayed_calls": spend.replayed,
        "tokens": spend.tokens,
        "cost_usd": round(spend.usd, 6),
        "calls_of_unknown_cost": spend.unknown,
        "waited_s": round(spend.waited_s, 3),
        "rotations": spend.moved,
        "limited_in_last_minute": status.refused(look.now),
        "waiting_for_quota_until": status.waiting_until,
        "left_s": _rounded(left(status, look.now)) if look.goes_on else None,
        "gateway": asdict(look.gateway) if look.gateway else None,
        "events": [{"worker": worker, **event} for worker, event in status.latest],
    }


def _running(task: TaskStatus, look: Look) -> Json:
    since, began = task.asking_since, task.began or look.now
    return {
        "task": task.name,
        "slug": task.slug,
        "worker": task.worker,
        "for_s": _rounded(look.now - began),
        "phase": task.phase,
        "call": task.call,
        "call_for_s": None if since is None else _rounded(look.now - since),
        "model": task.model or None,
        "tokens": task.tokens,
        "waiting_for_quota_until": task.waiting_until,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(seconds, 0.0), 1)
