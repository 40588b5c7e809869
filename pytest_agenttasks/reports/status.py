"""How a task that is over stands in pytest's own list of tests: category, letter and word."""

from __future__ import annotations

from pytest_agenttasks.reports.rows import WORTH_TELLING, duration, models, number, short_names, until
from pytest_agenttasks.results import Outcome, TaskResult

Status = tuple[str, str, str]
"""Category, letter and word. pytest repeats the word in front of the name of what did not pass."""

PASSED_EARLIER: Status = ("passed earlier", "r", "PASSED EARLIER")
"""Of what was taken over from an earlier run; pytest's own report of it is a skip."""


def status_of(result: TaskResult) -> Status:
    """How it stands there; with -v, a pass tells who answered, and a used-up quota until when."""
    if result.outcome is Outcome.PASSED:
        return PASSED_EARLIER if result.resumed_from else ("passed", ".", f"PASSED{_who(result)}")
    if result.outcome is Outcome.FAILED:
        return "failed", "F", "FAILED EARLIER" if result.resumed_from else "FAILED"
    if result.outcome is Outcome.QUOTA:
        return "error", "Q", f"QUOTA until {until(result.resets_at)}"
    return "error", "E", "ERROR"


def _who(result: TaskResult) -> str:
    """Who answered, how often and after which waits; nothing without a model."""
    if not result.calls:
        return ""
    rotations = f" · {number(result.rotations, 'rotation')}" if result.rotations else ""
    waited = f" · waited {duration(result.wait_s)}" if result.wait_s >= WORTH_TELLING else ""
    who = models(result, short_names(result.served))
    return f" [{who} · {number(result.calls, 'call')}{rotations}{waited} · {result.cassette}]"
