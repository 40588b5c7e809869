"""The properties of a task: the same names in JUnit and in docs, all of them plain text."""

from __future__ import annotations

from pytest_agenttasks.results import TaskResult

PREFIX = "agenttasks."

SMALLEST = 0.000001
"""US dollars: what is less is shown with an exponent, because it is not 0."""


def properties(result: TaskResult) -> list[tuple[str, str]]:
    """`agenttasks.…` names and values, in a fixed order. Costs and waits are those of this run."""
    values: dict[str, object] = {
        "outcome": result.outcome.value,
        "task": result.task,
        "trial": result.trial or None,
        "trial_of": result.unit if result.unit != result.task else None,
        "category": result.category,
        "agent": result.agent,
        "run": result.run,
        "preset": result.requested,
        "model.requested": result.requested,
        "model.served": ",".join(result.served),
        "model.purity": result.purity,
        "model.429s": sum(use.limited for use in result.told_models),
        "accounts": ",".join(result.accounts),
        "calls": result.calls,
        "attempts": result.attempts,
        "rotations": result.rotations,
        "moved_on": "; ".join(result.moved_on),
        "wait_s": result.wait_s,
        "tokens.prompt": result.prompt_tokens,
        "tokens.completion": result.completion_tokens,
        "cost_usd": cost(result.cost_usd),
        "steps": result.steps,
        "stopped": result.stopped,
        "cassette": result.cassette,
        "resumed_from": result.resumed_from,
        "reason": result.reason,
        "environment_drift": len(result.environment_drift) or None,
    }
    if judge := result.judge:
        values["judge.requested"] = ",".join(judge.requested)
        values["judge.model"] = ",".join(judge.served)
        values["judge.calls"] = judge.calls
        values["judge.tokens"] = judge.tokens
        values["judge.cost_usd"] = cost(judge.cost_usd)
        if result.recorded:
            values["recorded.judge.cost_usd"] = cost(judge.recorded_cost_usd)
    if result.recorded:
        values["recorded.cost_usd"] = cost(result.recorded["cost_usd"])
        values["recorded.wait_s"] = result.recorded["wait_s"]
    return [(PREFIX + name, printable(str(value))) for name, value in values.items() if value not in (None, "")]


def printable(text: str) -> str:
    """Text that every encoding step can take: lone surrogates as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def cost(usd: float | None) -> str:
    """US dollars as a number, or `unknown`; unknown is never 0."""
    if usd is None:
        return "unknown"
    return f"{usd:.6f}".rstrip("0").rstrip(".") if usd == 0 or usd >= SMALLEST else f"{usd:.1e}"
