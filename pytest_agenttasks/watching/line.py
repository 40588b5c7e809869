"""How a run stands, in one line."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import WORTH_TELLING, number
from pytest_agenttasks.results import Outcome
from pytest_agenttasks.runs import GatewayFacts, RunStatus, Spend, left

BETWEEN = " · "
IN_CENTS = 0.1
"""US dollars from which two digits behind the point are told."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the line.

    Attributes:
        text: what it says; empty: nothing.
        rank: how soon a narrow terminal does without it; 0: never.
    """

    text: str
    rank: int


def line(status: RunStatus, now: float, gateway: GatewayFacts | None = None, *, over: bool = False) -> list[Part]:
    """All that there is to say, in the order of reading.

    Args:
        status: of the run.
        now: seconds since the epoch.
        gateway: what its gateway knows; None where there is none.
        over: whether the run is, so that nothing runs and nothing is left.
    """
    outcomes, spend = status.outcomes, status.spend
    done = Part(f"{sum(outcomes.values())}/{status.total} done{_counted(outcomes)}", 0)
    spent = [
        Part(_calls(spend), 5),
        Part(f"{short(spend.tokens)} tokens" if spend.calls else "", 6),
        Part(money(spend) if spend.calls else "", 4),
    ]
    waited = Part(f"waited {rough(spend.waited_s)}" if spend.waited_s >= WORTH_TELLING else "", 9)
    if over:
        return [done, *spent, waited]
    refused, quota = status.refused(now), status.waiting_until
    return [
        done,
        Part(f"{len(status.running)} running", 2),
        Part(f"waiting for quota until {clock(quota, now)}" if quota else "", 1),
        *spent,
        Part(f"429: {refused} in the last minute" if refused else "", 7),
        Part(f"{gateway.waiting} waiting for limits" if gateway and gateway.waiting else "", 8),
        waited,
        Part(_time_left(status, now), 3),
    ]


def fitted(parts: list[Part], width: int | None = None) -> str:
    """The line, without what there is no room for, the least important first.

    Args:
        parts: of the line.
        width: columns; None: as many as it takes.
    """
    kept = [part for part in parts if part.text]
    while width is not None and len(_joined(kept)) > width and any(part.rank for part in kept):
        kept.remove(max(kept, key=lambda part: part.rank))
    return _joined(kept)[:width]


def money(spend: Spend) -> str:
    """`$0.12`, `$0.12 + unknown`, `cost unknown`."""
    told = f"{spend.usd:.2f}" if spend.usd >= IN_CENTS else cost(spend.usd)
    if not spend.unknown:
        return f"${told}"
    return f"${told} + unknown" if spend.usd else "cost unknown"


def short(count: int) -> str:
    """`812`, `310k`, `1.2M`."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1_000_000:.1f}M"


def rough(seconds: float) -> str:
    """`40 s`, `12 min`, `1 h 20 min`: as much as one wants to know of a time to come."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def clock(at: float, now: float) -> str:
    """A time to come, with its day where that is not today: `00:00 UTC`, `2026-03-01 00:00 UTC`."""
    there, here = time.gmtime(at), time.gmtime(now)
    # Midnight, when most quotas are refilled, is the end of today.
    near = there[:3] == here[:3] or at - now < 86_400
    return time.strftime("%H:%M UTC" if near else "%Y-%m-%d %H:%M UTC", there)


def _counted(outcomes: dict[str, int]) -> str:
    names = [*(one.value for one in Outcome), *sorted(outcomes.keys() - {one.value for one in Outcome})]
    told = ", ".join(f"{outcomes[name]} {name}" for name in names if outcomes.get(name))
    return f": {told}" if told else ""


def _calls(spend: Spend) -> str:
    if spend.replayed and spend.calls:
        return f"{number(spend.calls, 'call')}, {spend.replayed} replayed"
    return (
        f"{number(spend.replayed, 'call')} replayed"
        if spend.replayed
        else number(spend.calls, "call")
        if spend.calls
        else ""
    )


def _time_left(status: RunStatus, now: float) -> str:
    if sum(status.outcomes.values()) == status.total:
        return ""
    seconds = left(status, now)
    if seconds is None:
        return "time left: –"
    return f"about {rough(seconds)} left" if seconds >= 60 else "less than a minute left"


def _joined(parts: list[Part]) -> str:
    return BETWEEN.join(part.text for part in parts)
