"""What a task's limits leave for an agent's work."""

from __future__ import annotations

import time

from pytest_agenttasks.exceptions import LimitReached, ModelRefusedError
from pytest_agenttasks.models import Session
from pytest_agenttasks.spec import Limits

ANSWER_SECONDS = 300.0
"""Longest time of one attempt at an answer: a provider that hangs must not take all of the task's time."""


class Meter:
    """Compares a session with the limits of its task; the clock runs from its making."""

    def __init__(self, session: Session, limits: Limits) -> None:
        self._session, self._limits = session, limits
        self._started = time.monotonic()

    def seconds_left(self) -> float:
        """Seconds of work that are left; waits for limits of models do not count as work."""
        worked = time.monotonic() - self._started - (self._session.waited_s if self._session.live else 0)
        return self._limits.seconds - worked

    def answer_seconds(self) -> float:
        """How long an attempt at the next answer may take."""
        return min(max(self.seconds_left(), 1.0), ANSWER_SECONDS)

    def check(self, steps: int) -> None:
        """End the work where a limit is reached.

        Args:
            steps: answers of models so far.

        Raises:
            LimitReached: one is.
            ModelRefusedError: there is a limit of cost or tokens, and nobody knows what was used.
        """
        limits, session = self._limits, self._session
        if limits.tokens is not None and not session.tokens_known:
            raise _unknown("limits.tokens", "uses; drop the limit, or choose another model")
        cost = session.cost_usd
        if limits.cost_usd is not None and cost is None:
            raise _unknown("limits.cost_usd", "costs; drop the limit, or choose models whose cost is known")
        reached = {
            "steps": steps >= limits.steps,
            "seconds": self.seconds_left() <= 0,
            "tokens": limits.tokens is not None and session.tokens >= limits.tokens,
            "cost_usd": limits.cost_usd is not None and (cost or 0) >= limits.cost_usd,
        }
        for limit, is_reached in reached.items():
            if is_reached:
                raise LimitReached(limit)


def _unknown(limit: str, what: str) -> ModelRefusedError:
    return ModelRefusedError(f"{limit} cannot be held: a model that answered does not tell what a call {what}")
